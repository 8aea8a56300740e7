"""Reads the device's own state from /sys and /proc, quickly. What cannot be read is None, never an error."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from agent.core.events import Health, Relay
from agent.core.facts import ClockState
from agent.hw.clock import boot_id

_UNDER_VOLTAGE = 0x1_0001
_SLOWED = 0xE_000E
"""Bits of the Raspberry Pi firmware's `get_throttled`, now and since boot: under-voltage; and clock capped,
throttled, or at its soft limit of temperature."""
_PROCESSORS = ("cpu-thermal", "cpu_thermal", "x86_pkg_temp", "soc-thermal")
_WORN_OUT = 0x0B
_SUPPLIES, _BATTERIES = ("Mains", "USB"), ("Battery", "UPS")


class Parts(msgspec.Struct, frozen=True):
    """What others know about the device, asked at each reading.

    camera_present, lamp: None where none is fitted; relays: whether each can be switched; outbox: depth and drops;
    clock: what the time of day rests on; ended_clean: whether the process before this one said goodbye.
    """

    camera_present: Callable[[], bool]
    relays: Callable[[], dict[Relay, bool]]
    outbox: Callable[[], tuple[int, int]]
    clock: Callable[[], ClockState | None] = lambda: None
    lamp: Callable[[], bool | None] = lambda: None
    ended_clean: bool | None = None


class DeviceHealth:
    """The HealthReader port. state: folder whose disk is measured; root: where /sys and /proc are."""

    def __init__(self, state: Path, parts: Parts, root: Path = Path("/")) -> None:
        self._state = state
        self._parts = parts
        self._root = root

    def read(self) -> Health:
        parts = self._parts
        depth, dropped = parts.outbox()
        word = self._throttled_word()
        return Health(
            camera_present=parts.camera_present(),
            relays={str(relay): works for relay, works in parts.relays().items()},
            disk_free=self._disk_free(),
            disk_wear=self._disk_wear(),
            memory_free=self._memory_free(),
            temperature=self._temperature(),
            under_voltage=self._under_voltage(word),
            throttled=None if word is None else bool(word & _SLOWED),
            clock=parts.clock(),
            mains=self._mains(),
            battery=self._battery(),
            lamp=parts.lamp(),
            boot_id=self._boot_id(),
            ended_clean=parts.ended_clean,
            outbox_depth=depth,
            outbox_dropped=dropped,
        )

    # ---- disk, memory, boot

    def _disk_free(self) -> int | None:
        try:
            disk = os.statvfs(self._state)
        except OSError:
            return None
        return disk.f_bavail * disk.f_frsize

    def _disk_wear(self) -> int | None:
        """An eMMC tells in tenths how much of its life is used, for two kinds of cells; SD cards and USB sticks
        tell nothing, and SATA and NVMe disks only to root.
        """
        words = (self._text(self._disk() / "device/life_time") or "").split()
        try:
            used = [int(word, 16) for word in words]
        except ValueError:
            return None
        known = [tenths for tenths in used if 0 < tenths <= _WORN_OUT]
        return min(100, 10 * max(known)) if known else None

    def _disk(self) -> Path:
        """The disk that holds the state, not its partition."""
        try:
            number = self._state.stat().st_dev
        except OSError:
            return Path("/nowhere")
        disk = (self._root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
        return disk.parent if (disk / "partition").exists() else disk

    def _memory_free(self) -> int | None:
        for line in (self._text("proc/meminfo") or "").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return None

    def _boot_id(self) -> str:
        try:
            return boot_id(self._root)
        except OSError:
            return ""

    # ---- heat and power

    def _temperature(self) -> float | None:
        """Degrees Celsius of the processor's zone, of the first one where none calls itself so."""
        zones = sorted((self._root / "sys/class/thermal").glob("thermal_zone*"))
        chosen = [zone for zone in zones if self._text(zone / "type") in _PROCESSORS] or zones
        milli = self._number(chosen[0] / "temp") if chosen else None
        return None if milli is None else milli / 1000

    def _throttled_word(self) -> int | None:
        """The firmware's word; its folder is named after the chip's address on a Raspberry Pi 5."""
        for file in (self._root / "sys/devices/platform").glob("soc*/soc*:firmware/get_throttled"):
            try:
                return int(self._text(file) or "", 16)
            except ValueError:
                return None
        return None

    def _under_voltage(self, word: int | None) -> bool | None:
        """From the firmware's word, or from the driver that took its place."""
        if word is not None:
            return bool(word & _UNDER_VOLTAGE)
        for sensor in sorted((self._root / "sys/class/hwmon").glob("hwmon*")):
            if self._text(sensor / "name") == "rpi_volt":
                return self._text(sensor / "in0_lcrit_alarm") == "1"
        return None

    def _mains(self) -> bool | None:
        """Whether a supply gives power; where only a battery tells, whether it is not being emptied."""
        online = [self._text(each / "online") == "1" for each in self._supplies(_SUPPLIES)]
        if online:
            return any(online)
        states = [self._text(each / "status") for each in self._supplies(_BATTERIES)]
        known = [state for state in states if state not in (None, "Unknown")]
        return "Discharging" not in known if known else None

    def _battery(self) -> int | None:
        """Percent left, of the emptiest."""
        left = [self._number(each / "capacity") for each in self._supplies(_BATTERIES)]
        return min((percent for percent in left if percent is not None), default=None)

    def _supplies(self, kinds: tuple[str, ...]) -> Iterator[Path]:
        """Those that feed the device: a wireless mouse has a battery, too, of scope `Device`."""
        for supply in sorted((self._root / "sys/class/power_supply").glob("*")):
            if self._text(supply / "type") in kinds and self._text(supply / "scope") != "Device":
                yield supply

    def _number(self, path: Path) -> int | None:
        try:
            return int(self._text(path) or "")
        except ValueError:
            return None

    def _text(self, path: str | Path) -> str | None:
        try:
            return (self._root / path).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
