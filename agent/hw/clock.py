"""The device's clocks, and whether the time of day may be believed, and why.

Trust: the clock was synchronised in this boot, or the kernel set it from a battery-backed RTC; and that is no more
than 14 days ago. (The kernel's own "unsynchronised" flag comes back hours after the network goes: too soon for a
home whose uplink is down over a week-end.)
"""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from agent.core.events import AnyEvent
from agent.core.facts import ClockState
from agent.core.moment import Now

HOLDOVER = 14 * 24 * 3600.0
RELEASED = 1_767_225_600.0
"""2026-01-01: no device that runs this can be older, so a clock before it is a flat battery."""

_STA_UNSYNC = 0x40
_adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex


class _Timex(ctypes.Structure):
    """The head of `struct timex` (linux/timex.h, 64-bit), as far as the status word; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


def kernel_is_synchronised() -> bool:
    """Whether a time daemon disciplines the kernel's clock just now (adjtimex, read only)."""
    timex = _Timex()
    return _adjtimex(ctypes.byref(timex)) >= 0 and not timex.status & _STA_UNSYNC


def boot_time() -> float:
    """Seconds since boot, suspend included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id(root: Path = Path("/")) -> str:
    """The kernel's id of this boot."""
    return (root / "proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


class Trust:
    """Remembers when in this boot the clock was last known to be right."""

    def __init__(
        self, root: Path = Path("/"), synchronised: Callable[[], bool] = kernel_is_synchronised
    ) -> None:
        self._stamp = root / "run/systemd/timesync/synchronized"
        self._rtc = root / "sys/class/rtc/rtc0"
        self._synchronised = synchronised
        self._right_at: float | None = None
        self._by_rtc = False

    def given(self, boot: float, utc: float) -> bool:
        """Whether `utc` may be believed at `boot`."""
        return self.basis(boot, utc) != "untrusted"

    def basis(self, boot: float, utc: float) -> ClockState:
        """What `utc` rests on at `boot`."""
        if utc < RELEASED:
            return "untrusted"
        if self._synchronised():
            self._right_at, self._by_rtc = boot, False
            return "synchronised"
        if (stamped := self._stamped(boot, utc)) is not None:
            self._right_at, self._by_rtc = max(stamped, self._right_at or 0.0), False
        elif self._right_at is None and self._came_from_rtc():
            self._right_at, self._by_rtc = 0.0, True
        if self._right_at is None or boot - self._right_at > HOLDOVER:
            return "untrusted"
        return "rtc" if self._by_rtc else "holdover"

    def _stamped(self, boot: float, utc: float) -> float | None:
        """When systemd-timesyncd last synchronised; /run is made anew at every boot."""
        try:
            age = utc - self._stamp.stat().st_mtime
        except OSError:
            return None
        return boot - max(age, 0.0) if age <= boot else None

    def _came_from_rtc(self) -> bool:
        try:
            set_at_boot = (self._rtc / "hctosys").read_text(encoding="ascii").strip() == "1"
            return set_at_boot and float((self._rtc / "since_epoch").read_text(encoding="ascii")) >= RELEASED
        except (OSError, ValueError):
            return False


class DeviceClock:
    """The Clock port. (The loop itself notices steps and changes of trust between two readings.)"""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def now(self) -> Now:
        boot, utc = boot_time(), time.time()
        return Now(boot=boot, utc=utc, trusted=self._trust.given(boot, utc))

    def basis(self) -> ClockState:
        """What the time of day rests on now."""
        return self._trust.basis(boot_time(), time.time())

    def wait(self, inbox: SimpleQueue[AnyEvent], until_boot: float) -> AnyEvent | None:
        """The next event of the inbox, or None once `until_boot` has come."""
        try:
            return inbox.get(timeout=max(0.0, until_boot - boot_time()))
        except Empty:
            return None
