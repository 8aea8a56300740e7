"""What the recorded device writes down beside its store, so that a judge knows what it may rely on at each moment.

Every note is one line and one `write`: its place among the recorded system calls tells when it was made.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from agent.core.moment import Now
from agent.ports import JournalEntry, Opening, OutboxRow
from agent.store import Store

JournalRow = tuple[str, float, float, bool, bytes, bytes]
"""kind, boot, utc, trusted, first, second: as the journal's table holds it."""


class Note(msgspec.Struct, frozen=True, tag=True):
    """Base of all notes."""


class OpeningStore(Note, frozen=True):
    """The store is about to be opened."""


class Opened(Note, frozen=True):
    """The store was opened: what the process was told."""

    kind: Literal["new", "resumed", "lost"]
    epoch: str


class Committing(Note, frozen=True):
    """A transaction is about to be committed: what is in it."""

    snapshot: bytes
    entries: list[JournalRow]
    add: list[OutboxRow]
    forget: list[str]
    boot_id: str
    now: Now


class Committed(Note, frozen=True):
    """`commit` has returned: from here on nothing of it may be lost."""


class Marking(Note, frozen=True):
    """The mark of consent is about to be left (given) or taken away."""

    given: bool


class Marked(Note, frozen=True):
    """`mark_consent` has returned."""


class Closing(Note, frozen=True):
    """The process is about to say goodbye."""


class Closed(Note, frozen=True):
    """It has said goodbye."""


class Damaging(Note, frozen=True):
    """The disk is about to spoil the store."""


class Damaged(Note, frozen=True):
    """The store is spoilt, and durably so."""


AnyNote = (
    OpeningStore | Opened | Committing | Committed | Marking | Marked | Closing | Closed | Damaging | Damaged
)
_reader: msgspec.msgpack.Decoder[AnyNote] = msgspec.msgpack.Decoder(AnyNote)


class Notebook:
    """Writes notes into a file, each with one system call."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def note(self, note: AnyNote) -> None:
        os.write(self._descriptor, msgspec.msgpack.encode(note).hex().encode() + b"\n")


def read_note(line: bytes) -> AnyNote:
    """A note as it was written."""
    return _reader.decode(bytes.fromhex(line.decode()))


class NotedStore:
    """The real store, with a note before and after everything that it makes durable."""

    def __init__(self, store: Store, notebook: Notebook) -> None:
        self.store = store
        self._note = notebook.note

    @classmethod
    def open(cls, directory: Path, boot_id: str, notebook: Notebook) -> "NotedStore":
        """Open the store as the agent does."""
        notebook.note(OpeningStore())
        store = Store.open(directory, boot_id=boot_id)
        notebook.note(Opened(store.loaded.kind, store.loaded.epoch))
        return cls(store, notebook)

    def commit(
        self,
        snapshot: bytes,
        entries: Sequence[JournalEntry | Opening],
        add: Sequence[OutboxRow],
        forget: Sequence[str],
        now: Now,
    ) -> None:
        rows = [journal_row(entry) for entry in entries]
        self._note(Committing(snapshot, rows, list(add), list(forget), self.store.boot_id, now))
        self.store.commit(snapshot, entries, add, forget, now)
        self._note(Committed())

    def mark_consent(self, given: bool) -> bool:
        self._note(Marking(given))
        done = self.store.mark_consent(given)
        self._note(Marked())
        return done

    def close(self) -> None:
        """Say goodbye."""
        self._note(Closing())
        self.store.close(clean=True)
        self._note(Closed())


def journal_row(entry: JournalEntry | Opening) -> JournalRow:
    """An entry as the journal's table holds it."""
    now = entry.now
    if isinstance(entry, Opening):
        return "opening", now.boot, now.utc, now.trusted, entry.policy, entry.state
    return "event", now.boot, now.utc, now.trusted, entry.event, entry.actions
