"""Looks into a store from outside, read-only, also while the agent runs: for `nattro status` and `outbox`."""

import fcntl
import os
import sqlite3
from pathlib import Path

from agent.core.state import State, decode
from agent.store import FILE, LOCK
from transport.outbox import Outbox, Queued


class NothingToSee(Exception):
    """There is no readable store; the text says why and what to do."""


class Onlooker:
    """A read-only view of one state directory. Raises NothingToSee."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        file = directory / FILE
        try:
            present = file.is_file()
        except OSError as error:
            raise NothingToSee(f"{file}: {error.strerror}; run this as root or as nattro's user") from error
        if not present:
            raise NothingToSee(f"{file}: no store yet; `nattro run` or `nattro consent grant` makes it")
        try:
            self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5.0)
            self._connection.execute("SELECT 1 FROM snapshot").fetchone()
        except sqlite3.Error as error:
            raise NothingToSee(f"{file}: {error}; run this as root or as nattro's user") from error

    def close(self) -> None:
        self._connection.close()

    def state(self) -> State | None:
        """The last snapshot, None before the first. Raises agent.core.state.Incompatible."""
        found = self._connection.execute("SELECT body FROM snapshot").fetchone()
        return decode(found[0]) if found else None

    def waiting(self, boot_id: str, boot: float) -> list[Queued]:
        """The messages in the outbox, oldest first."""
        return Outbox(self._connection).batch(0, -1, boot_id=boot_id, boot=boot)

    def dropped(self) -> dict[str, int]:
        """Messages that had to be dropped since the store was made, by kind."""
        return Outbox(self._connection).dropped()

    def agent_runs(self) -> bool:
        """Whether a process holds the store."""
        try:
            lock = os.open(self._directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False
