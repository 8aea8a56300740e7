"""The store: state snapshot, outbox and journal in one SQLite file, one transaction per handled event.

WAL with synchronous=FULL: what `commit` returned from has survived a power cut. The file is owned by one
process at a time. A mark beside it tells that consent is in force, so that a missing or torn file
is noticed as a loss.
"""

import contextlib
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from agent.core.moment import Now
from agent.ports import JournalEntry, Opening, OutboxRow, StoreError
from transport.outbox import Outbox

FILE = "nattro.db"
MARK = "commissioned"
LOCK = "lock"
VERSION = 1
JOURNAL_DAYS = 90
PAGES_WITHOUT_SYNC = 64
"""A checkpoint that syncs nothing costs next to nothing: the log stays short, and copies of it cheap."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('opening', 'event')),
    boot REAL NOT NULL, utc REAL NOT NULL, trusted INTEGER NOT NULL,
    first BLOB NOT NULL,  -- opening: policy; event: the event
    second BLOB NOT NULL  -- opening: state before; event: the actions
);
"""

NO_GOODBYE_YET = "UPDATE meta SET value = '0' WHERE key = 'clean' AND value != '0'"
KEEP_SNAPSHOT = "INSERT INTO snapshot VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"


class StoreRefused(Exception):
    """The store cannot be used by this process; the text says why and what to do. Nothing was changed."""


class Loaded(NamedTuple):
    """What was found.

    epoch: first part of every message id; clean: the last process said goodbye; consent_marked: the mark outside
    the database says that consent is in force.
    """

    kind: Literal["new", "resumed", "lost"]
    epoch: str
    snapshot: bytes | None
    clean: bool
    consent_marked: bool


class Store:
    """One device's memory. Make it with `Store.open`."""

    def __init__(
        self, directory: Path, boot_id: str, connection: sqlite3.Connection, loaded: Loaded, lock: int
    ) -> None:
        self.directory = directory
        self.boot_id = boot_id
        self.loaded = loaded
        self.outbox = Outbox(connection)
        self._connection = connection
        self._lock = lock
        self._all_is_stored = True

    @classmethod
    def open(cls, directory: Path, *, boot_id: str = "", durable: bool = True) -> "Store":
        """Open or create the store in `directory`.

        boot_id: the kernel's id of this boot; messages of another boot that expire by its clock are dropped.
        durable=False leaves syncing to the operating system (for simulations, where no power is cut for real).
        Raises StoreRefused: another process owns it, it is of a later version, or the directory cannot be written.
        """
        try:
            _make(directory, durable)
            lock = _lock(directory)
        except OSError as error:
            raise StoreRefused(f"the state directory {directory} cannot be used: {error.strerror}") from error
        try:
            connection, loaded = _open_or_create(directory, durable)
        except BaseException:
            os.close(lock)
            raise
        return cls(directory, boot_id, connection, loaded, lock)

    def commit(
        self,
        snapshot: bytes,
        entries: Sequence[JournalEntry | Opening],
        add: Sequence[OutboxRow],
        forget: Sequence[str],
        now: Now,
    ) -> None:
        """Make all of it durable or nothing. Raises StoreError."""
        self._all_is_stored = False
        try:
            with _transaction(self._connection):
                self._connection.execute(KEEP_SNAPSHOT, (snapshot,))
                self._connection.execute(NO_GOODBYE_YET)
                self._write_journal(entries, now)
                for message in forget:
                    self.outbox.remove(message)
                self.outbox.drop_expired(self.boot_id, now.boot)
                for row in add:
                    self.outbox.add(row)
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        self._all_is_stored = True

    def mark_consent(self, given: bool) -> bool:
        """Leave, or take away, the mark that consent is in force. False if the disk refuses."""
        try:
            if given:
                os.close(os.open(self.directory / MARK, os.O_CREAT | os.O_WRONLY, 0o600))
            else:
                (self.directory / MARK).unlink(missing_ok=True)
            _sync(self.directory)
        except OSError:
            return False
        return True

    def close(self, *, clean: bool) -> None:
        """Let go of the store; `clean` tells the next process that this one said goodbye.

        What the last commit could not take the next process does not know: then this was no end in good order.
        """
        with contextlib.suppress(sqlite3.Error), _transaction(self._connection):
            _set_meta(self._connection, "clean", "1" if clean and self._all_is_stored else "0")
        self._connection.close()
        os.close(self._lock)

    def _write_journal(self, entries: Sequence[JournalEntry | Opening], now: Now) -> None:
        for entry in entries:
            is_opening = isinstance(entry, Opening)
            first, second = (
                (entry.policy, entry.state) if isinstance(entry, Opening) else (entry.event, entry.actions)
            )
            self._connection.execute(
                "INSERT INTO journal (kind, boot, utc, trusted, first, second) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    "opening" if is_opening else "event",
                    entry.now.boot,
                    entry.now.utc,
                    entry.now.trusted,
                    first,
                    second,
                ),
            )
            if is_opening and now.trusted:
                self._prune_journal(now.utc - JOURNAL_DAYS * 86400)

    def _prune_journal(self, before: float) -> None:
        """Delete what is older, up to an opening, so that the rest can still be replayed."""
        self._connection.execute(
            "DELETE FROM journal WHERE seq < (SELECT max(seq) FROM journal WHERE kind = 'opening' AND utc < ?)",
            (before,),
        )


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _lock(directory: Path) -> int:
    lock = os.open(directory / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StoreRefused(
            f"another nattro process uses {directory}; stop it first, or name another state directory"
        ) from None
    return lock


def _open_or_create(directory: Path, durable: bool) -> tuple[sqlite3.Connection, Loaded]:
    path = directory / FILE
    if path.exists():
        try:
            connection = _connect(path, durable)
            return connection, _load(connection, path)
        except sqlite3.DatabaseError as error:
            if not _is_torn(error):
                raise StoreRefused(f"the store {path} cannot be opened: {error}") from error
            _set_aside(path)
    try:
        connection = _connect(path, durable)
        return connection, _create(connection, "lost" if _marked(directory) else "new")
    except sqlite3.Error as error:
        raise StoreRefused(f"the store {path} cannot be created: {error}") from error


def _connect(path: Path, durable: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
    connection.execute("PRAGMA secure_delete = ON")
    if not durable:
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_WITHOUT_SYNC}")
    return connection


def _load(connection: sqlite3.Connection, path: Path) -> Loaded:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        connection.close()
        raise StoreRefused(
            f"the store {path} has version {version}, this nattro reads up to {VERSION}; "
            "install the newer nattro again, or move the file away and record consent anew"
        )
    (health,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    if health != "ok" or version != VERSION or "epoch" not in meta:
        connection.close()
        raise sqlite3.DatabaseError("malformed: " + str(health))
    found = connection.execute("SELECT body FROM snapshot").fetchone()
    with contextlib.suppress(sqlite3.OperationalError), _transaction(connection):
        connection.execute(NO_GOODBYE_YET)  # a full disk may refuse this, until the first commit succeeds
    marked = _marked(path.parent)
    untold = found is None and marked  # made anew after a loss, and no process lived to say so
    return Loaded(
        kind="lost" if untold else "resumed",
        epoch=meta["epoch"],
        snapshot=found[0] if found else None,
        clean=meta.get("clean") == "1",
        consent_marked=marked,
    )


def _create(connection: sqlite3.Connection, kind: Literal["new", "lost"]) -> Loaded:
    epoch = secrets.token_hex(4)
    connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {Outbox.SCHEMA} PRAGMA user_version = {VERSION};")
    _set_meta(connection, "epoch", epoch)
    _set_meta(connection, "clean", "0")
    connection.execute("COMMIT")
    return Loaded(kind, epoch, None, clean=False, consent_marked=kind == "lost")


def _marked(directory: Path) -> bool:
    return (directory / MARK).exists()


def _make(directory: Path, durable: bool) -> None:
    """The state directory, there for certain: a power cut may take a new one away with all that it holds."""
    made = [level for level in directory.parents if not level.exists()]
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if durable:
        for holder in {directory.parent, *(level.parent for level in made)}:
            with contextlib.suppress(OSError):  # a directory that is not ours to read was made by another
                _sync(holder)


def _sync(directory: Path) -> None:
    """Make it durable which files the directory holds."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_torn(error: sqlite3.DatabaseError) -> bool:
    """Damaged content, as against a disk that is full, busy or unreadable."""
    return not isinstance(error, sqlite3.OperationalError) or "no such table" in str(error)


def _set_aside(path: Path) -> None:
    """Keep the torn file for a technician; begin a new one in its place."""
    aside = path.with_name(f"{FILE}.torn-{secrets.token_hex(3)}")
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))


def _set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
