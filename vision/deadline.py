"""The worker's end, which nothing in it can prevent: at its deadline, and when the agent's socket closes."""

import os
import threading
import time

EXIT_AT_DEADLINE = 0


def boot_seconds() -> float:
    """The boot-time clock, which runs on in suspend and never steps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def exit_at(deadline: float) -> None:
    """Ends the process at `deadline` on the boot-time clock, even while a driver's call hangs in another thread.

    `os._exit` runs no clean-up on purpose: the kernel closes the camera, and nothing can hold it up.
    """
    threading.Thread(target=_wait_and_exit, args=(deadline,), name="deadline", daemon=True).start()


def leave(status: int = 0) -> None:
    """End the process at once."""
    os._exit(status)


def _wait_and_exit(deadline: float) -> None:
    while (left := deadline - boot_seconds()) > 0:
        time.sleep(min(left, 0.5))  # short naps: a suspended machine wakes up late
    leave(EXIT_AT_DEADLINE)
