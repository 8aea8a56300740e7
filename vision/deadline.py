"""The worker's end, which nothing in it can prevent: at its deadline, and when the agent's socket closes."""

import ctypes
import os
import signal
import threading
import time

EXIT_AT_DEADLINE = 0
LENIENCE = 2.0
"""Seconds after its deadline at which a process that has not gone by itself is killed by the kernel."""

_SIGEV_SIGNAL, _TIMER_ABSTIME = 0, 1  # bits/sigevent-consts.h, linux/time.h


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _TimerSpec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class _SignalEvent(ctypes.Structure):
    """The head of `struct sigevent`; the rest is room."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("number", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("room", ctypes.c_char * 48),
    )


def boot_seconds() -> float:
    """The boot-time clock, which runs on in suspend and never steps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def exit_at(deadline: float) -> None:
    """Ends the process at `deadline` on the boot-time clock, even while a driver's call hangs in another thread.

    `os._exit` runs no clean-up on purpose: the kernel closes the camera, and nothing can hold it up.
    """
    threading.Thread(target=_wait_and_exit, args=(deadline,), name="deadline", daemon=True).start()
    have_kernel_kill_at(deadline + LENIENCE)


def have_kernel_kill_at(instant: float) -> bool:
    """SIGKILL to this process at `instant` on the boot-time clock (timer_create(2)).

    No thread of ours need run for it: neither native code that keeps the interpreter's lock nor SIGSTOP stops it.
    False if there is no such timer.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    event = _SignalEvent(number=signal.SIGKILL, notify=_SIGEV_SIGNAL)
    timer = ctypes.c_void_p()
    whole = int(instant)
    when = _TimerSpec(value=_Timespec(whole, int((instant - whole) * 1e9)))
    try:
        made = libc.timer_create(time.CLOCK_BOOTTIME, ctypes.byref(event), ctypes.byref(timer)) == 0
        return bool(made and libc.timer_settime(timer, _TIMER_ABSTIME, ctypes.byref(when), None) == 0)
    except AttributeError:  # a C library that keeps them elsewhere
        return False


def leave(status: int = 0) -> None:
    """End the process at once."""
    os._exit(status)


def _wait_and_exit(deadline: float) -> None:
    while (left := deadline - boot_seconds()) > 0:
        time.sleep(min(left, 0.5))  # short naps: a suspended machine wakes up late
    leave(EXIT_AT_DEADLINE)
