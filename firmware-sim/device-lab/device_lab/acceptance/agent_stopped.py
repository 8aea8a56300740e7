"""An agent that makes no progress is ended and started again by systemd."""

import time
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.device import Device

SHORTENED = 60
DROP_IN = f"[Service]\nWatchdogSec={SHORTENED}\n"
"""The unit's 180 s would only take longer to watch; the agent feeds it at least every 30 s."""
FOLDER = "/run/systemd/system/nattro.service.d"


def show(device: Device) -> Iterator[Shown]:
    device.machine.demand("mkdir", "-p", FOLDER)
    device.write(f"{FOLDER}/lab.conf", DROP_IN, mode="644")
    device.machine.demand("systemctl", "daemon-reload")
    device.start()
    stopped = device.main_pid()
    device.machine.demand("kill", "-STOP", str(stopped))
    since = time.monotonic()
    beat = device.listener.wait("heartbeat", lambda _: True, seconds=600.0, since=since)
    tally = device.journal("--unit=nattro.service", "--grep=Watchdog timeout", "--quiet").splitlines()
    started = device.main_pid()
    yield Shown(
        f"SIGSTOP: systemd's watchdog restarts the agent (WatchdogSec={SHORTENED} here, 180 in the unit)",
        f"{tally[-1].split(': ', 1)[-1] if tally else 'no timeout in the journal'}; a new process, a heartbeat",
        bool(tally) and started not in (0, stopped),
        f"{beat.at - since:.0f} s from SIGSTOP to heartbeat",
    )
    device.machine.demand("rm", "-r", FOLDER)
    device.machine.demand("systemctl", "daemon-reload")
