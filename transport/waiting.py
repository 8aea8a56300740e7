"""What waits to be sent: the store's outbox, read without being able to write it, and what no store could hold.

Used by the messenger's thread alone, except `hand_over` and `take_back`.
"""

import logging
import queue
import sqlite3
from collections.abc import Callable
from pathlib import Path

from agent.core.moment import Now
from agent.ports import OutboxRow
from transport.outbox import Outbox, OutboxLimits, Queued

TROUBLE_SECONDS = 5.0
UNDURABLE_LIMITS = OutboxLimits(rows=500, bytes=2**20, reserve_rows=1000, reserve_bytes=2**21)

log = logging.getLogger("nattro.mqtt")


class Waiting:
    """Rows of both sources, without those that have expired. Never raises; trouble is logged and retried.

    database: the store's SQLite file; now, boot_id: the clock and the running boot that expiry is judged by.
    """

    def __init__(self, database: Path, now: Callable[[], Now], boot_id: str) -> None:
        self._database = database
        self.now = now
        self._boot_id = boot_id
        self._reader: sqlite3.Connection | None = None
        self._handed_over: queue.SimpleQueue[OutboxRow | str] = queue.SimpleQueue()
        self._memory: sqlite3.Connection | None = None
        self._trouble_until = 0.0

    @property
    def patience(self) -> float | None:
        """Seconds until the outbox is to be tried again, if it is in trouble."""
        left = self._trouble_until - self.now().boot
        return left if left > 0 else None

    def hand_over(self, row: OutboxRow) -> None:
        """Keep a row in memory since it could not be committed; from any thread."""
        self._handed_over.put(row)

    def take_back(self, message: str) -> None:
        """Forget a row that was handed over: a newer one has taken its place; from any thread."""
        self._handed_over.put(message)

    def durable(self, after: int, limit: int) -> list[Queued]:
        """The outbox's next rows behind place `after`; none while it cannot be read."""
        boot = self.now().boot
        if boot < self._trouble_until:
            return []
        try:
            return Outbox(self._connection()).batch(after, limit, boot_id=self._boot_id, boot=boot)
        except sqlite3.Error as error:
            log.warning("the outbox cannot be read, trying again in %.0f s: %s", TROUBLE_SECONDS, error)
            self._trouble_until = boot + TROUBLE_SECONDS
            self._close_reader()
            return []

    def undurable(self) -> list[Queued]:
        """The rows that are only in memory, oldest first: all of them newer than what the outbox holds.

        One that the outbox has got meanwhile, when the disk worked again, has its place there.
        """
        while not self._handed_over.empty():
            self._take_in(self._handed_over.get())
        if self._memory is None:
            return []
        boot, memory = self.now().boot, Outbox(self._memory)
        found = memory.batch(0, UNDURABLE_LIMITS.reserve_rows, boot_id=self._boot_id, boot=boot)
        stored = {queued.row.message for queued in found if self._is_stored(queued.row.message)}
        for message in stored:
            memory.remove(message)
        return [queued for queued in found if queued.row.message not in stored]

    def _take_in(self, handed_over: OutboxRow | str) -> None:
        self._memory = self._memory or _memory()
        memory = Outbox(self._memory, UNDURABLE_LIMITS)
        if isinstance(handed_over, str):
            memory.remove(handed_over)
            return
        for lost in memory.add(handed_over):
            log.error("message %s is lost: no store, no broker and no more room in memory", lost.message)

    def _is_stored(self, message: str) -> bool:
        """Not, as far as can be told while the outbox cannot be read."""
        if self.now().boot < self._trouble_until:
            return False
        try:
            return Outbox(self._connection()).holds(message)
        except sqlite3.Error:
            return False

    def arrived(self, message: str) -> None:
        """The broker has it: forget it, if it was only in memory."""
        if self._memory is not None:
            Outbox(self._memory).remove(message)

    def close(self) -> None:
        """The end of it: what was only in memory is gone."""
        self._close_reader()
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _connection(self) -> sqlite3.Connection:
        if self._reader is None:
            self._reader = sqlite3.connect(
                f"{self._database.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0, isolation_level=None
            )
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(Outbox.SCHEMA)
    return connection
