"""Wakes the loop when somebody sets the clock, or when it becomes trustworthy, without polling.

The kernel cancels a timer on CLOCK_REALTIME at every discontinuous change of the clock; a thread sleeps on such a
timer. Without it a loop that sleeps until its next deadline would notice a stepped clock only then: too late for a
window that has just begun.
"""

import contextlib
import ctypes
import errno
import os
import select
import struct
import threading
import time
from collections.abc import Callable

_TFD_CLOEXEC = os.O_CLOEXEC
_TFD_NONBLOCK = os.O_NONBLOCK
_TFD_TIMER_ABSTIME = 1
_TFD_TIMER_CANCEL_ON_SET = 2
_FAR_AWAY = 2**33
"""Seconds since 1970 at which the timer would fire by itself: the year 2242."""
RECHECK = 30.0
"""Seconds between looks at an untrusted clock: slewing into trust cancels no timer."""

_libc = ctypes.CDLL(None, use_errno=True)


class ClockWatch:
    """Calls `look` whenever the clock was set, and every 30 s as long as `look` says that it is not trusted."""

    def __init__(self, look: Callable[[], bool]) -> None:
        self._look = look
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._timer = _cancellable_timer()
        self._thread = threading.Thread(target=self._watch, name="clock-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self._stop_write, b".")
        self._thread.join()
        for descriptor in (self._timer, self._stop_read, self._stop_write):
            os.close(descriptor)

    def _watch(self) -> None:
        while True:
            trusted = self._look()
            ready, _, _ = select.select([self._timer, self._stop_read], [], [], None if trusted else RECHECK)
            if self._stop_read in ready:
                return
            if self._timer in ready:
                self._rearm()

    def _rearm(self) -> None:
        """Reading tells of the cancellation and clears it; the timer stays armed for the next one."""
        try:
            os.read(self._timer, 8)
        except OSError as error:
            if error.errno not in {errno.ECANCELED, errno.EAGAIN}:
                raise
        with contextlib.suppress(OSError):
            _arm(self._timer)


def _cancellable_timer() -> int:
    descriptor: int = _libc.timerfd_create(time.CLOCK_REALTIME, _TFD_CLOEXEC | _TFD_NONBLOCK)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    _arm(descriptor)
    return descriptor


def _arm(descriptor: int) -> None:
    when = struct.pack("@qqqq", 0, 0, _FAR_AWAY, 0)  # struct itimerspec: interval, then value
    flags = _TFD_TIMER_ABSTIME | _TFD_TIMER_CANCEL_ON_SET
    if _libc.timerfd_settime(descriptor, flags, when, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
