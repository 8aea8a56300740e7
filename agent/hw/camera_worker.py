"""Two ways to a vision worker: a child process of the agent, or a unit that systemd starts on a socket."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

OWN_WORKER = (sys.executable, "-m", "vision")


class Worker(Protocol):
    """A worker that was started. The socket is its only voice."""

    socket: socket.socket

    def ask_to_end(self) -> None:
        """Close our side of the conversation: a well-behaved worker ends at once."""

    def kill(self) -> None:
        """End it by force, where that is in our power."""

    def gone(self, within: float) -> bool:
        """Whether it has ended, or ends within so many seconds: then the camera is closed for certain."""

    def last_words(self) -> str:
        """How it ended, for the log: `signal SIGSEGV`, `exit status 3`."""


class ChildWorker:
    """The worker as our own child over a socket pair. Raises OSError if it cannot be started.

    inherits: descriptors that it takes along until it ends.
    """

    def __init__(self, command: Sequence[str] = OWN_WORKER, inherits: Sequence[int] = ()) -> None:
        self.socket, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [*command, "--fd", str(theirs.fileno())],
                pass_fds=[theirs.fileno(), *inherits],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            self.socket.close()
            raise
        finally:
            theirs.close()

    def ask_to_end(self) -> None:
        _hang_up(self.socket)

    def kill(self) -> None:
        """The whole session, so that nothing that the worker may have started survives it."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()  # harmless if it was waited for already

    def gone(self, within: float) -> bool:
        try:
            self._process.wait(timeout=within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self) -> str:
        status = self._process.poll()
        if status is None:
            return "closed the connection and stayed"
        if status < 0:
            return f"signal {signal.Signals(-status).name}"
        return f"exit status {status}"


class UnitWorker:
    """The worker as a socket-activated unit. Only systemd can kill it; that it is gone is seen by the socket.

    Raises OSError if nobody listens there.
    """

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(1.0)
        try:
            self.socket.connect(str(path))
        except BaseException:
            self.socket.close()
            raise

    def ask_to_end(self) -> None:
        _hang_up(self.socket)

    def kill(self) -> None:
        """Not in our power: the unit's RuntimeMaxSec= is the backstop."""

    def gone(self, within: float) -> bool:
        until = time.monotonic() + within
        try:
            while (left := until - time.monotonic()) > 0:
                self.socket.settimeout(left)
                if not self.socket.recv(4096):
                    return True
        except TimeoutError:
            return False
        except OSError:
            return True
        return False

    def last_words(self) -> str:
        return "closed the connection"


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it has hung up before us
