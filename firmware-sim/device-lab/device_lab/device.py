"""The device under test: installs its configuration, begins checks, and asks what happened on its lines."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from device_lab.broker import Broker, Heard, Listener
from device_lab.machine import Machine, MachineFailed
from device_lab.root import BROKER

SITE, NAME, ZONE = "lab", "lab-1", "Europe/Stockholm"
RECORDED, UNPLUGGABLE = "/dev/video42", "/dev/video10"
PYTHON = "/usr/lib/nattro/bin/python"
CREDENTIALS = "/etc/nattro/credentials"
BED = "[[362.5, 140.2], [481.3, 184.4], [255.4, 417.9], [116.6, 303.9]]"
"""As in all recordings; see their .toml."""

CONFIG = """
[site]
name = "{site}"
timezone = "{zone}"
[device]
id = "{name}"
[checks]
times = []
window_minutes = 5
extension_seconds = 30
further_looks = 0
heartbeat_minutes = 1
[limits]
windows_per_day = 24
unlocked_minutes_per_day = 720
camera_restarts_per_day = 24
[recovery]
camera_wait_seconds = 5
camera_off_seconds = 10
camera_boot_seconds = 20
[camera]
source = "device:{camera}"
bed = {bed}
worker = "socket:/run/nattro/vision.sock"
lamp = {{ chip = "lab-board", line = "LAMP" }}
[relays]
driver = "gpiod"
chip = "lab-board"
camera = {{ line = "RELAY_CAMERA", active_low = true }}
router = {{ line = "RELAY_ROUTER", active_low = true }}
[network]
targets = ["10.0.2.2:{port}", "{broker}:{port}"]
dns_name = "{broker}"
[broker]
host = "{broker}"
port = {port}
ca = "credentials/ca.pem"
certificate = "credentials/{name}.pem"
key = "credentials/{name}.key"
"""

PLAYER = f"""[Unit]
Description=What the camera {RECORDED} sees
After=lab-bench.service
Before=nattro.service
[Service]
ExecStart=/usr/bin/python3 /lab/player.py /lab/recordings/{{recording}}.grey {RECORDED}
[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class Change:
    """A line of the board took another level. boot: seconds of the device's boot clock; utc: of its wall clock."""

    line: str
    level: int
    boot: float
    utc: float

    @property
    def cut(self) -> bool:
        """Whether the relay was energised, and so the power cut (the board is active-low)."""
        return self.level == 0


class Device:
    """nattro on the virtual machine, its broker, and the operator who listens there."""

    def __init__(self, machine: Machine, broker: Broker, listener: Listener) -> None:
        self.machine = machine
        self.broker = broker
        self.listener = listener

    # ---- as a technician

    def install(self) -> None:
        """Credentials, configuration, start, consent: what the installation's guide says."""
        self.give_credentials()
        self.configure()
        self.start()
        self.give_consent()

    def give_consent(self) -> None:
        self.machine.demand(
            *("nattro", "consent", "grant", "--reference", "lab-form", "--date", "2026-01-02"),
            *("--person", "--alone"),
        )

    def give_credentials(self, *, days: float | None = None) -> None:
        pair = self.broker.device_pair(NAME, days=days)
        for name, file in {
            "ca.pem": self.broker.authority.file,
            f"{NAME}.pem": pair.certificate,
            f"{NAME}.key": pair.key,
        }.items():
            self.write(f"{CREDENTIALS}/{name}", file.read_text(), mode="600")

    def configure(self, *, camera: str = RECORDED, change: Callable[[str], str] = str) -> None:
        """Write the configuration; the agent reads it when it starts."""
        text = CONFIG.format(
            site=SITE, zone=ZONE, name=NAME, camera=camera, bed=BED, port=self.broker.port, broker=BROKER
        )
        self.write("/etc/nattro/nattro.toml", change(text), mode="644")

    def start(self) -> Heard:
        """Start the agent anew; returns its first heartbeat."""
        since = time.monotonic()
        self.machine.demand("systemctl", "restart", "nattro.service")
        return self.listener.wait("heartbeat", lambda _: True, seconds=300.0, since=since)

    def write(self, path: str, text: str, *, mode: str) -> None:
        self.machine.demand("sh", "-c", f"umask 077; cat > {path}; chmod {mode} {path}", stdin=text)

    # ---- as a night

    def play(self, recording: str) -> None:
        """Have the second camera show a recording from now on, also after a boot, in place of the one before."""
        self.write("/etc/systemd/system/lab-player.service", PLAYER.format(recording=recording), mode="644")
        self.machine.demand("systemctl", "daemon-reload")
        self.machine.demand("systemctl", "enable", "lab-player.service")
        self.machine.demand("systemctl", "restart", "lab-player.service")

    def agree_on_next_minute(self, at_least: float = 20.0) -> str:
        """Agree by command on a check at the next full minute that far ahead; returns the check's id."""
        begin = (datetime.now(UTC) + timedelta(seconds=60 + at_least)).replace(second=0, microsecond=0)
        local = begin.astimezone(ZoneInfo(ZONE))
        self.listener.command("set-schedule", times=[local.strftime("%H:%M")])
        return local.strftime("%Y-%m-%dT%H:%M")

    def await_open_camera(self, seconds: float = 240.0) -> None:
        """Until a worker has a video node open (only it may). Raises MachineFailed."""
        held = "ls -l /proc/$(pgrep -n -u nattro-vision)/fd 2>/dev/null | grep -q /dev/video"
        done = self.machine.shell(f"until {held}; do sleep 0.2; done", timeout=seconds)
        if done.rc is None:
            raise MachineFailed(f"no camera was opened within {seconds:.0f} s")

    def answers(self, check: str) -> list[Heard]:
        """The answers to a check, without their repetitions."""
        by_id = {
            each.message["id"]: each for each in self.listener.all("check") if each.data["check"] == check
        }
        return list(by_id.values())

    # ---- as a bystander

    def changes(self, line: str) -> list[Change]:
        """What the line did since this boot."""
        notes = self.machine.demand("cat", "/run/lab/lines.jsonl").splitlines()
        return [change for note in notes if (change := Change(**json.loads(note))).line == line]

    def boot_seconds(self) -> float:
        """The device's boot clock."""
        return float(self.machine.demand("cat", "/proc/uptime").split()[0])

    def main_pid(self) -> int:
        """The agent's process, 0 if it does not run."""
        shown = self.machine.demand("systemctl", "show", "--property=MainPID", "--value", "nattro.service")
        return int(shown)

    def agent_began(self) -> float:
        """When the agent's process was started, on the boot clock (the device never sleeps)."""
        name = "--property=ExecMainStartTimestampMonotonic"
        return int(self.machine.demand("systemctl", "show", name, "--value", "nattro.service")) / 1e6

    def journal(self, *arguments: str) -> str:
        return self.machine.demand("journalctl", "--no-pager", "--output=short-precise", *arguments)
