"""What each unit cannot do, tried from within it: the same unit, with a probe in the place of its program."""

import json
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.device import PYTHON, Device
from device_lab.machine import MachineFailed

DROP_INS = "/run/systemd/system"
NODES = "/dev/lab-open"
"""Device nodes that everybody may open, so that it is the unit that refuses and not the file's owner."""
MAKE_NODES = f"""mkdir -p {NODES} && cd {NODES} && rm -f * &&
for node in video42 video10 gpiochip0 vda watchdog0; do
    mknod -m 666 $node $(stat -c '%F' /dev/$node | cut -c1) $(stat -c '0x%t 0x%T' /dev/$node)
done"""

KNOCK = """
import socket
agent = socket.socket(socket.AF_UNIX)
agent.connect("/run/nattro/vision.sock")
print(agent.recv(65536).decode())
"""


def show(device: Device) -> Iterator[Shown]:
    device.machine.demand("sh", "-c", MAKE_NODES)
    device.machine.demand("systemctl", "stop", "nattro.service")
    try:
        yield from _of_the_worker(device)
        yield from _of_the_agent(device)
    finally:
        device.machine.demand("sh", "-c", f"rm -rf {DROP_INS}/nattro*.d {NODES}; systemctl daemon-reload")
    device.start()


def _of_the_worker(device: Device) -> Iterator[Shown]:
    _replace(device, "nattro-vision@.service", "worker")
    tried = json.loads(device.machine.demand("runuser", "-u", "nattro", "--", PYTHON, "-Ic", KNOCK))
    yield _all_refused("the worker can open no socket to the network", tried["network"])
    yield _all_refused("the worker can open no other device", tried["devices"])
    yield _all_refused("the worker can read nothing of the agent's", tried["files"])
    yield _allowed("the worker can open a video device", tried["allowed"])


def _of_the_agent(device: Device) -> Iterator[Shown]:
    _replace(device, "nattro.service", "agent")
    device.machine.run("systemctl", "start", "nattro.service")
    lines = device.machine.demand(
        "journalctl", "--unit=nattro.service", "--output=cat", "--lines=50"
    ).splitlines()
    found = [line for line in lines if line.startswith('{"who": "agent"')]
    if not found:
        raise MachineFailed(f"the probe in the agent's unit said nothing: {lines[-5:]}")
    tried = json.loads(found[-1])
    yield _all_refused("the agent can open no video device, and no other", tried["devices"])
    yield _all_refused("the agent can read nothing of the worker's", tried["files"])
    yield _allowed("the agent can open the GPIO chip and the network", tried["allowed"])


def _replace(device: Device, unit: str, who: str) -> None:
    """Only the program: user, namespaces, device list and system-call filter stay those of the unit."""
    folder = f"{DROP_INS}/{unit}.d"
    text = (
        f"[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nExecStopPost=\nExecStart=\n"
        f"ExecStart={PYTHON} -I /lab/probe.py {who} {device.broker.port}\n"
    )
    device.machine.demand("mkdir", "-p", folder)
    device.write(f"{folder}/probe.conf", text, mode="644")
    device.machine.demand("systemctl", "daemon-reload")


def _all_refused(asked: str, tried: dict[str, str]) -> Shown:
    """tried: what was tried → the error's name, or `done`."""
    done = [what for what, came in tried.items() if came == "done"]
    return Shown(
        asked, ", ".join(f"{what}: {came}" for what, came in tried.items()), bool(tried) and not done
    )


def _allowed(asked: str, tried: dict[str, str]) -> Shown:
    return Shown(
        f"({asked}: the probe works)",
        ", ".join(f"{what}: {came}" for what, came in tried.items()),
        all(came == "done" for came in tried.values()),
    )
