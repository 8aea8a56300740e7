"""The lamp that is lit while the camera is open: a LED of the kernel's (/sys/class/leds)."""

import logging
from pathlib import Path

log = logging.getLogger(__name__)


class NoLamp:
    """No lamp is fitted."""

    def set(self, lit: bool) -> None:
        """Nothing to light."""


class SysfsLamp:
    """A LED by its name below /sys/class/leds.

    A LED that cannot be written is tried again at the next change: a dead lamp must not stop a check, but it is
    logged, and remembered in `fault`.
    """

    def __init__(self, name: str, root: Path = Path("/")) -> None:
        self._led = root / "sys/class/leds" / name
        self.fault: str | None = None

    def set(self, lit: bool) -> None:
        try:
            (self._led / "trigger").write_text("none", encoding="ascii")
            full = (self._led / "max_brightness").read_text(encoding="ascii").strip()
            (self._led / "brightness").write_text(full if lit else "0", encoding="ascii")
        except OSError as error:
            if self.fault is None:
                log.warning("the lamp cannot be lit: %s: %s", error.filename, error.strerror)
            self.fault = f"{error.filename}: {error.strerror}"
        else:
            self.fault = None
