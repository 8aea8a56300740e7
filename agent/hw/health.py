"""Reads the device's own state from /sys and /proc. What cannot be read is None, never an error."""

import os
from collections.abc import Callable
from pathlib import Path

from agent.core.events import Health, Relay

_NOW, _SINCE_BOOT = 0x1, 0x10000
"""Bits of the Raspberry Pi firmware's `get_throttled` that tell of under-voltage."""


class DeviceHealth:
    """The HealthReader port.

    state: folder whose disk is measured; camera_present, relays: ask their adapters;
    outbox: depth and drops of the outbox; root: where /sys and /proc are.
    """

    def __init__(
        self,
        state: Path,
        camera_present: Callable[[], bool],
        relays: Callable[[], dict[Relay, bool]],
        outbox: Callable[[], tuple[int, int]],
        root: Path = Path("/"),
    ) -> None:
        self._state = state
        self._camera_present = camera_present
        self._relays = relays
        self._outbox = outbox
        self._root = root

    def read(self) -> Health:
        depth, dropped = self._outbox()
        return Health(
            camera_present=self._camera_present(),
            relays={str(relay): works for relay, works in self._relays().items()},
            disk_free=self._disk_free(),
            memory_free=self._memory_free(),
            temperature=self._temperature(),
            under_voltage=self._under_voltage(),
            outbox_depth=depth,
            outbox_dropped=dropped,
        )

    def _disk_free(self) -> int | None:
        try:
            disk = os.statvfs(self._state)
        except OSError:
            return None
        return disk.f_bavail * disk.f_frsize

    def _memory_free(self) -> int | None:
        for line in (self._text("proc/meminfo") or "").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return None

    def _temperature(self) -> float | None:
        """The first thermal zone: the processor on every board that matters here."""
        milli = self._text("sys/class/thermal/thermal_zone0/temp")
        return int(milli) / 1000 if milli and milli.lstrip("-").isdigit() else None

    def _under_voltage(self) -> bool | None:
        """From the firmware's word, or from the driver that took its place."""
        if word := self._text("sys/devices/platform/soc/soc:firmware/get_throttled"):
            return bool(int(word, 16) & (_NOW | _SINCE_BOOT))
        for sensor in sorted((self._root / "sys/class/hwmon").glob("hwmon*")):
            if self._text(sensor / "name") == "rpi_volt":
                return self._text(sensor / "in0_lcrit_alarm") == "1"
        return None

    def _text(self, path: str | Path) -> str | None:
        try:
            return (self._root / path).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
