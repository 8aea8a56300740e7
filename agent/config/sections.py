"""The sections of the configuration file as types: every key, its default and its bounds.

Paths may be relative; they are then relative to the folder of the configuration file. What each key means is told
by `example.toml`, beside this file; a test keeps the two in step.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from agent.core.orders import TimeOfDay
from agent.core.policy import CheckPolicy, LimitPolicy, Policy, RecoveryPolicy
from transport.broker import BrokerConfig
from vision.protocol import Stakes

Pseudonym = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")]
Target = Annotated[str, msgspec.Meta(pattern=r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$")]
Line = Annotated[int, msgspec.Meta(ge=0, le=511)] | Annotated[str, msgspec.Meta(min_length=1)]
UsbPort = Annotated[str, msgspec.Meta(pattern=r"^\d+-\d+(\.\d+)*$")]
Corner = tuple[float, float]
Bed = tuple[Corner, Corner, Corner, Corner]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: an unknown key is an error, never ignored."""


class SiteSection(Section, frozen=True):
    """[site]: whose device it is, as a pseudonym, and which local time holds."""

    name: Pseudonym
    timezone: str = "Europe/Stockholm"


class DeviceSection(Section, frozen=True):
    """[device]: its pseudonym, and the folder that holds its memory."""

    id: Pseudonym
    state: Path = Path("/var/lib/nattro")


class ChecksSection(CheckPolicy, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[checks]: the agreed times and the check protocol."""

    times: tuple[TimeOfDay, ...] = ()
    heartbeat_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 60
    blind_test_times: tuple[TimeOfDay, ...] = ()


class GpioLine(Section, frozen=True):
    """A line of a chip, by offset or name.

    active_low: a low level means "locked" (the privacy switch), or puts the lamp out. A switch's line is pulled to
    "locked": its contact, to ground or with active_low to 3.3 V, unlocks.
    """

    chip: Annotated[str, msgspec.Meta(min_length=1)]
    line: Line
    active_low: bool = False


class CameraSection(Section, frozen=True):
    """[camera]: where the picture comes from, where the bed is in it, and how its power is switched.

    source: `device:` and a path, `usb:VENDOR:PRODUCT[:SERIAL]` or `only`; or `recording:film.avi`; bed: pixels,
    head-left, head-right, foot-right, foot-left as seen from the foot end; controls: the camera's own settings by
    the names of `v4l2-ctl --list-ctrls`; worker: `child`, or `socket:PATH` of systemd's socket unit;
    usb_port: the port's name below /sys/bus/usb/devices; lamp: name below /sys/class/leds, or a line that puts the
    lamp out while it is driven; privacy_switch: the switch that locks the camera at once, where one is fitted.
    """

    source: Annotated[str, msgspec.Meta(pattern=r"^(device|recording):.+$")]
    bed: Bed
    reference: Path | None = None
    worker: Annotated[str, msgspec.Meta(pattern=r"^(child|socket:/.+)$")] = "child"
    controls: dict[Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]+$")], int] = {}
    usb_port: UsbPort | None = None
    lamp: Annotated[str, msgspec.Meta(pattern=r"^[^/]+$")] | GpioLine | None = None
    privacy_switch: GpioLine | None = None

    @property
    def name(self) -> str:
        """The camera's name or the film, without the word before it."""
        return self.source.partition(":")[2]

    @property
    def node(self) -> Path:
        """The film, or the device node where the camera is named by one (`is_node`)."""
        return Path(self.name)

    @property
    def worker_socket(self) -> Path | None:
        """Where systemd's worker listens; None if the agent starts its own."""
        kind, _, path = self.worker.partition(":")
        return Path(path) if kind == "socket" else None

    @property
    def is_device(self) -> bool:
        return self.source.startswith("device:")

    @property
    def is_node(self) -> bool:
        """Whether a device node names the camera, and not its USB model or that it is the only one."""
        return self.source.startswith("device:/")


class RelayWiring(Section, frozen=True):
    """One relay, by the driver that switches it.

    line, active_low: `gpiod`: its line on the chip, and whether a low level energises it;
    port: `usb`, `uhubctl`: the USB port that its load is plugged into; driver: another one than the section's.
    """

    line: Line | None = None
    active_low: bool = False
    port: UsbPort | None = None
    driver: Literal["gpiod", "usb", "uhubctl"] | None = None


class RelaysSection(Section, frozen=True):
    """[relays]: what cuts the power of camera and router.

    `gpiod`: relays on lines of a chip, contacts wired normally-closed, so that an energised relay cuts the power;
    `usb`: the hub's own switch of a port, by the kernel; `uhubctl`: the same by that program; `none`: nothing.
    """

    driver: Literal["none", "gpiod", "usb", "uhubctl"] = "none"
    chip: str = ""
    camera: RelayWiring | None = None
    router: RelayWiring | None = None

    def driver_of(self, wiring: RelayWiring) -> str:
        """The driver that switches this relay."""
        return wiring.driver or self.driver


class NetworkSection(Section, frozen=True):
    """[network]: what tells that the uplink works.

    targets: `host:port`, independent of each other; by address, so that a name server's fault is not the uplink's.
    """

    interface: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:-]{1,15}$")] | None = None
    targets: tuple[Target, ...] = ("1.1.1.1:443", "9.9.9.9:443", "8.8.8.8:443")
    dns_name: Annotated[str, msgspec.Meta(min_length=1)] = "example.org"


class Config(Section, frozen=True):
    """The whole file."""

    site: SiteSection
    device: DeviceSection
    camera: CameraSection
    broker: BrokerConfig
    checks: ChecksSection = msgspec.field(default_factory=ChecksSection)
    limits: LimitPolicy = msgspec.field(default_factory=LimitPolicy)
    recovery: RecoveryPolicy = msgspec.field(default_factory=RecoveryPolicy)
    relays: RelaysSection = msgspec.field(default_factory=RelaysSection)
    network: NetworkSection = msgspec.field(default_factory=NetworkSection)
    verdict: Stakes = msgspec.field(default_factory=Stakes)

    @property
    def policy(self) -> Policy:
        """What the core is configured with."""
        protocol = {name: getattr(self.checks, name) for name in CheckPolicy.__struct_fields__}
        return Policy(
            device=self.device.id,
            timezone=self.site.timezone,
            times=self.checks.times,
            check=CheckPolicy(**protocol),
            limits=self.limits,
            recovery=self.recovery,
            heartbeat_minutes=self.checks.heartbeat_minutes,
            blind_test_times=self.checks.blind_test_times,
        )
