"""The outbox: messages that were decided and have not yet arrived, in SQLite, bounded.

Every change happens inside the caller's transaction, so that a message is kept exactly when its reason is.
When the outbox is full the least important rows give way, oldest first, and each loss is counted:

1. heartbeats (`until_expiry`): the next one says it better;
2. replies and reports (`while_room`);
3. answers and alarms (`always`) take that room, and may then fill the outbox up to a reserve some ten times as
   large: half a year of an alarm repeated every five minutes. Only beyond it does the oldest of them give way,
   to keep the newest; `add` returns that loss and `dropped()["always"]` shows it for good: never silently.
"""

import math
import sqlite3
from collections.abc import Iterator

import msgspec

from agent.ports import Keep, OutboxRow

EXPIRED = "expired"
_COLUMNS = "message, topic, payload, retain, keep, boot_id, expires_boot, then_empty"


class OutboxLimits(msgspec.Struct, frozen=True):
    """What the outbox may hold, in rows and bytes of payload, and the reserve that `always` rows may fill."""

    rows: int = 5_000
    bytes: int = 8 * 1024 * 1024
    reserve_rows: int = 50_000
    reserve_bytes: int = 64 * 1024 * 1024


class Queued(msgspec.Struct, frozen=True):
    """A waiting row and its place in the queue; places are never used twice."""

    sequence: int
    row: OutboxRow


class Lost(msgspec.Struct, frozen=True):
    """A row that had to give way, and what it was worth."""

    message: str
    keep: Keep


class Outbox:
    """Outgoing messages on a SQLite connection. It never commits; the store's transaction surrounds it.

    A connection that only reads (the one of the MQTT thread) may use `batch` and `depth`.
    Raises sqlite3.Error as the connection does.
    """

    SCHEMA = """
        CREATE TABLE IF NOT EXISTS outbox (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            message TEXT NOT NULL UNIQUE,
            topic TEXT NOT NULL,
            payload BLOB NOT NULL,
            retain INTEGER NOT NULL,
            keep TEXT NOT NULL,
            boot_id TEXT NOT NULL,
            expires_boot REAL,
            then_empty INTEGER NOT NULL,
            size INTEGER NOT NULL
        );
        CREATE INDEX IF NOT EXISTS outbox_worth ON outbox (keep, sequence);
        CREATE TABLE IF NOT EXISTS outbox_held (messages INTEGER NOT NULL, bytes INTEGER NOT NULL);
        INSERT INTO outbox_held SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM outbox_held);
        CREATE TRIGGER IF NOT EXISTS outbox_grows AFTER INSERT ON outbox BEGIN
            UPDATE outbox_held SET messages = messages + 1, bytes = bytes + NEW.size;
        END;
        CREATE TRIGGER IF NOT EXISTS outbox_shrinks AFTER DELETE ON outbox BEGIN
            UPDATE outbox_held SET messages = messages - 1, bytes = bytes - OLD.size;
        END;
        CREATE TABLE IF NOT EXISTS outbox_dropped (why TEXT PRIMARY KEY, messages INTEGER NOT NULL);
    """

    def __init__(self, connection: sqlite3.Connection, limits: OutboxLimits | None = None) -> None:
        self._connection = connection
        self._limits = limits or OutboxLimits()
        self._nothing_expires: tuple[str, float] | None = None  # in this boot, before this instant of it

    def add(self, row: OutboxRow) -> tuple[Lost, ...]:
        """Queue a row; one with the same id that already waits is left as it is.

        Returns what had to give way for it, which may be the row itself.
        """
        if row.expires_boot is not None:
            self._nothing_expires = None
        placed = self._connection.execute(
            f"INSERT INTO outbox ({_COLUMNS}, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 # a constant
            " ON CONFLICT (message) DO NOTHING",
            (
                row.message,
                row.topic,
                row.payload,
                row.retain,
                row.keep,
                row.boot_id,
                row.expires_boot,
                row.then_empty,
                len(row.payload),
            ),
        )
        return tuple(self._make_room()) if placed.rowcount else ()

    def remove(self, message: str) -> None:
        """The message has arrived; one that is not here is no error."""
        self._connection.execute("DELETE FROM outbox WHERE message = ?", (message,))

    def batch(self, after: int, limit: int, *, boot_id: str, boot: float) -> list[Queued]:
        """The next rows behind place `after`, oldest first, without those that have expired by now."""
        found = self._connection.execute(
            f"SELECT sequence, {_COLUMNS} FROM outbox"  # noqa: S608 # a constant
            " WHERE sequence > ? AND (expires_boot IS NULL OR (boot_id = ? AND expires_boot > ?))"
            " ORDER BY sequence LIMIT ?",
            (after, boot_id, boot, limit),
        )
        return [
            Queued(sequence, OutboxRow(message, topic, payload, bool(retain), keep, of, until, bool(empty)))
            for sequence, message, topic, payload, retain, keep, of, until, empty in found
        ]

    def drop_expired(self, boot_id: str, boot: float) -> int:
        """Delete, count and return the number of rows whose time is over, or whose boot is.

        Asked at every commit, so it looks only when something may have expired. What it knows of the future it
        has from a look that deleted nothing: that holds even if the transaction around it is rolled back.
        """
        if self._nothing_expires is not None:
            of_boot, before = self._nothing_expires
            if boot_id == of_boot and boot < before:
                return 0
        gone = self._connection.execute(
            "DELETE FROM outbox WHERE expires_boot IS NOT NULL AND (boot_id <> ? OR expires_boot <= ?)",
            (boot_id, boot),
        ).rowcount
        if gone:
            self._count(EXPIRED, gone)
        else:
            (soonest,) = self._connection.execute("SELECT min(expires_boot) FROM outbox").fetchone()
            self._nothing_expires = (boot_id, math.inf if soonest is None else soonest)
        return gone

    def holds(self, message: str) -> bool:
        """Whether this message waits here."""
        found = self._connection.execute("SELECT 1 FROM outbox WHERE message = ?", (message,)).fetchone()
        return found is not None

    def depth(self) -> int:
        """How many messages wait."""
        (messages,) = self._connection.execute("SELECT messages FROM outbox_held").fetchone()
        return int(messages)

    def dropped(self) -> dict[str, int]:
        """Messages lost since the store was made, by what they were worth (`expired`: out of date)."""
        return dict(self._connection.execute("SELECT why, messages FROM outbox_dropped"))

    def _make_room(self) -> Iterator[Lost]:
        limits = self._limits
        if not self._exceeds(limits.rows, limits.bytes):
            return
        while self._exceeds(limits.rows, limits.bytes):
            lost = self._drop_oldest("until_expiry") or self._drop_oldest("while_room")
            if lost is None:
                break
            yield lost
        while self._exceeds(limits.reserve_rows, limits.reserve_bytes):
            lost = self._drop_oldest("always")
            if lost is None:
                break
            yield lost

    def _exceeds(self, rows: int, size: int) -> bool:
        messages, held = self._connection.execute("SELECT messages, bytes FROM outbox_held").fetchone()
        return bool(messages > rows or held > size)

    def _drop_oldest(self, keep: Keep) -> Lost | None:
        oldest = self._connection.execute(
            "DELETE FROM outbox WHERE sequence = (SELECT min(sequence) FROM outbox WHERE keep = ?)"
            " RETURNING message",
            (keep,),
        ).fetchone()
        if oldest is None:
            return None
        self._count(keep, 1)
        return Lost(message=oldest[0], keep=keep)

    def _count(self, why: str, messages: int) -> None:
        if messages:
            self._connection.execute(
                "INSERT INTO outbox_dropped VALUES (?, ?)"
                " ON CONFLICT (why) DO UPDATE SET messages = messages + excluded.messages",
                (why, messages),
            )
