"""Speaks to systemd: ready, stopping, and "I make progress" (sd_notify(3): one datagram of KEY=VALUE lines).

Written out here since the protocol is three lines, and the wheels that carry it have been left alone for years.
"""

import os
import socket
from collections.abc import Callable, Mapping

from agent.hw.clock import boot_time


class Systemd:
    """The Watchdog port. Outside systemd all of it does nothing."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = boot_time
    ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._clock = clock
        self._fed = -float("inf")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.patience = int(environment.get("WATCHDOG_USEC", "0")) / 1e6 if ours else 0.0
        """Seconds after which systemd restarts a silent agent; 0 without a watchdog."""

    def ready(self, status: str) -> None:
        self._tell(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def progress(self) -> None:
        """Feed the watchdog, at most four times within its patience: steps may come in bursts."""
        now = self._clock()
        if self.patience and now - self._fed >= self.patience / 4:
            self._fed = now
            self._tell("WATCHDOG=1")

    def _tell(self, lines: str) -> None:
        if not self._address:
            return
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            try:
                sock.sendto(lines.encode(), name)
            except OSError:
                return  # systemd is gone or busy: it will draw its own conclusion
