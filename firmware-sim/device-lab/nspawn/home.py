"""A home around the machine: the documented broker and certificates, a configuration, a film as its camera."""

import json
import shlex
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from agent.config import example
from firmware_sim.full.certificates import Authority
from nspawn.machine import Machine
from nspawn.root import LabError

PROJECT = Path(__file__).parents[3]
RECORDINGS = PROJECT / "firmware-sim/recordings"
FILM = "covered_sleeper"
ROOT = "nattro/v1/soderhagen/home-17"
GRANT = "nattro consent grant --reference form-2031 --date 2026-01-02 --person --alone"
PATIENCE = 90.0
_CERTS = "/etc/mosquitto/certs"
_OPERATOR = (
    f"--cafile {_CERTS}/ca.pem --cert /root/operator.pem --key /root/operator.key -h localhost -p 8883"
)


def furnish(machine: Machine) -> None:
    """Broker and films; a clock that was synchronised; nothing of nattro's."""
    with TemporaryDirectory() as folder:
        _issue_certificates(machine, Authority(Path(folder)))
    machine.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    documented = PROJECT / "docs/mosquitto"
    machine.write("/etc/mosquitto/nattro.acl", (documented / "nattro.acl").read_text())
    machine.write("/etc/mosquitto/mosquitto.conf", (documented / "nattro.conf").read_text())
    machine.run("systemctl", "restart", "mosquitto")
    for kind in ("avi", "toml"):
        film = machine.root / f"srv/films/{FILM}.{kind}"
        film.parent.mkdir(parents=True, exist_ok=True)
        film.write_bytes((RECORDINGS / f"{FILM}.{kind}").read_bytes())
    machine.write("/run/systemd/timesync/synchronized", "")
    for script in (Path(__file__).parent / "inside").glob("*.py"):
        machine.write(f"/srv/lab/{script.name}", script.read_text())


def configured() -> str:
    """The example, changed as a technician would for this home."""
    corners = tomllib.loads((RECORDINGS / f"{FILM}.toml").read_text())["bed"]
    far = datetime.now(ZoneInfo("Europe/Stockholm")) + timedelta(hours=12)
    text = example()
    for old, new in {
        "device:/dev/video0": f"recording:/srv/films/{FILM}.avi",
        "broker.example.org": "localhost",
        '["23:30", "02:30", "05:30"]': f'["{far:%H:00}"]',  # no window of its own comes near
        "[[212, 96], [424, 92], [520, 388], [118, 396]]": str(corners),
        '# worker = "child"': 'worker = "socket:/run/nattro/vision.sock"',
        "# look_seconds = 20": "look_seconds = 10",
    }.items():
        if old not in text:
            raise LabError(f"the example configuration no longer says {old}")
        text = text.replace(old, new)
    return text


def settle_in(machine: Machine) -> None:
    """What docs tell a technician to do after installing: configuration, credentials, start, consent."""
    machine.write("/etc/nattro/nattro.toml", configured())
    for name in ("ca.pem", "home-17.pem", "home-17.key"):
        machine.run("install", "-m", "600", f"/root/issued/{name}", f"/etc/nattro/credentials/{name}")
    machine.run("nattro", "config", "check", "--here")
    machine.run("systemctl", "start", "nattro")
    machine.run("sh", "-c", GRANT)


class Ear:
    """Somebody at the broker who may read everything, and send commands."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._heard = machine.root / "run/heard"

    def on(self, topic: str) -> list[dict[str, Any]]:
        """The data of what was said on one of the device's topics."""
        lines = (line.partition(" ") for line in self._heard.read_text().splitlines())
        return [
            json.loads(payload)["data"] for name, _, payload in lines if name == f"{ROOT}/{topic}" and payload
        ]

    def await_more(self, topic: str, than: int = 0) -> dict[str, Any]:
        """The newest message, once there are more than so many."""
        until = time.monotonic() + PATIENCE
        while len(said := self.on(topic)) <= than:
            if time.monotonic() > until:
                raise LabError(f"nothing came on {topic}; heard: {self._heard.read_text()[-600:]}")
            time.sleep(0.05)
        return said[-1]

    def order(self, name: str, **order: object) -> None:
        command = {
            "id": f"lab-{name}-{time.monotonic_ns()}",
            "expires": (datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
            "requested_by": "operator",
            "order": {"type": name, **order},
        }
        topic, payload = shlex.quote(f"{ROOT}/cmd/{name}"), shlex.quote(json.dumps(command))
        self._machine.run("sh", "-c", f"mosquitto_pub {_OPERATOR} -q 1 -t {topic} -m {payload}")


@contextmanager
def listening(machine: Machine) -> Iterator[Ear]:
    """mosquitto_sub as the operator, for as long as it is wanted."""
    heard = f"exec mosquitto_sub {_OPERATOR} -v -t 'nattro/#' > /run/heard"
    (machine.root / "run/heard").touch()
    process = subprocess.Popen([*machine.entered(), "sh", "-c", heard], stdin=subprocess.DEVNULL)
    try:
        yield Ear(machine)
    finally:
        process.terminate()
        process.wait(10)


def _issue_certificates(machine: Machine, authority: Authority) -> None:
    server, device, operator = (
        authority.sign("localhost", server=True),
        authority.sign("home-17"),
        authority.sign("operator"),
    )
    for target, source in {
        f"{_CERTS}/ca.pem": authority.file,
        f"{_CERTS}/broker.pem": server.certificate,
        f"{_CERTS}/broker.key": server.key,
        "/root/operator.pem": operator.certificate,
        "/root/operator.key": operator.key,
        "/root/issued/ca.pem": authority.file,
        "/root/issued/home-17.pem": device.certificate,
        "/root/issued/home-17.key": device.key,
    }.items():
        machine.write(target, source.read_text(), mode=0o600)
    machine.run("chown", "-R", "mosquitto:", _CERTS)
