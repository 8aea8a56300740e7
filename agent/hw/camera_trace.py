"""Whether a vision worker lives, also one that an agent before this one started: the kernel remembers it.

A worker ends when its agent dies, unless the driver holds it; then the camera may be open, and nothing in this
process would know. So a trace is left that lasts exactly as long as the worker does, whatever state it is in.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_WAITS_OR_CONNECTED = ("02", "03")


class Trace(Protocol):
    """What workers leave while they live."""

    def alive(self) -> bool:
        """Whether one lives; True when that cannot be told."""


class LockTrace:
    """A lock on a file, inherited by a child: the kernel gives it up with the last process that has it open."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def alive(self) -> bool:
        try:
            descriptor = self._open()
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    @contextmanager
    def left_by_a_child(self) -> Iterator[int]:
        """A descriptor for a child to inherit; ours is closed afterwards. Raises OSError."""
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)  # whoever asks `alive` holds it for an instant only
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


class SocketTrace:
    """The worker's end of its socket in the kernel's table: it stays there until systemd's unit is gone."""

    def __init__(self, path: Path, root: Path = Path("/")) -> None:
        self._path = str(path)
        self._table = root / "proc/net/unix"

    def alive(self) -> bool:
        try:
            rows = self._table.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
        except OSError:
            return True
        return any(
            len(row) == 8 and row[5] in _WAITS_OR_CONNECTED and row[7] == self._path
            for row in (line.split(None, 7) for line in rows)
        )
