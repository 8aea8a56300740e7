"""What must be in the store after each note: an own account of snapshot, outbox and journal, apart from SQLite."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from agent.core.state import decode
from agent.ports import OutboxRow
from agent.store import JOURNAL_DAYS
from firmware_sim.crash import notes as nt
from firmware_sim.crash.notes import AnyNote, Committing, JournalRow

Consent = Literal["none", "given", "withdrawn", "lost"]


class Memory(msgspec.Struct, frozen=True):
    """The content of a store. outbox: by message id, in the order of the queue."""

    snapshot: bytes | None = None
    outbox: dict[str, OutboxRow] = {}
    journal: tuple[JournalRow, ...] = ()

    @property
    def consent(self) -> Consent:
        return decode(self.snapshot).consent.state if self.snapshot else "none"

    def after(self, commit: Committing) -> "Memory":
        """The content when the transaction is through."""
        journal = self.journal
        for entry in commit.entries:
            journal = (*journal, entry)
            if entry[0] == "opening" and commit.now.trusted:
                journal = _pruned(journal, commit.now.utc - JOURNAL_DAYS * 86400)
        outbox = {
            message: row
            for message, row in self.outbox.items()
            if message not in commit.forget and not _expired(row, commit)
        }
        for row in commit.add:
            outbox.setdefault(row.message, row)
        return Memory(commit.snapshot, outbox, journal)


class Expected(msgspec.Struct, frozen=True):
    """What a start may find at one moment.

    memories: the contents that the store may have, the last durable one first; lost: the store is spoilt, or
    its loss is not yet noted in a snapshot; spoiling: it is just being spoilt, anything may be found; made:
    `Store.open` has returned once; epoch: of message ids, "" while not known; marks: whether the mark of consent
    may be there; goodbyes: whether the last process may count as ended in good order; said: all message ids so far.
    """

    memories: tuple[Memory, ...] = (Memory(),)
    lost: bool = False
    spoiling: bool = False
    made: bool = False
    epoch: str = ""
    marks: tuple[bool, ...] = (False,)
    goodbyes: tuple[bool, ...] = (False,)
    said: frozenset[str] = frozenset()


def expectations(notes: list[AnyNote], at_first: Expected | None = None) -> Iterator[Expected]:
    """What holds before the first note, and after each."""
    expected = at_first or Expected()
    yield expected
    for note in notes:
        expected = _after(expected, note)
        yield expected


def _after(was: Expected, note: AnyNote) -> Expected:  # noqa: C901, PLR0911 - one case a note
    def now(**changes: object) -> Expected:
        return msgspec.structs.replace(was, **changes)

    match note:
        case nt.OpeningStore():
            return now(goodbyes=_both(was.goodbyes, False), epoch="" if was.lost else was.epoch)
        case nt.Opened(kind=kind, epoch=epoch):
            memories = was.memories if kind == "resumed" else (Memory(),)
            return now(memories=memories, made=True, epoch=epoch, goodbyes=(False,))
        case nt.Committing():
            said = was.said | {row.message for row in note.add}
            return now(memories=(was.memories[0], was.memories[0].after(note)), said=said)
        case nt.Committed():
            return now(memories=was.memories[-1:], lost=False)
        case nt.Marking(given=given):
            return now(marks=_both(was.marks, given))
        case nt.Marked():
            return now(marks=was.marks[-1:])
        case nt.Closing():
            return now(goodbyes=(False, True))
        case nt.Closed():
            return now(goodbyes=(True,))
        case nt.Damaging():
            return now(spoiling=True)
        case nt.Damaged():
            return now(memories=(Memory(),), spoiling=False, lost=True, goodbyes=(False,))


def _both(were: tuple[bool, ...], given: bool) -> tuple[bool, ...]:
    return were if were[-1] == given else (were[-1], given)


def _pruned(journal: tuple[JournalRow, ...], before: float) -> tuple[JournalRow, ...]:
    """Without what lies before the last opening that is older."""
    old = [place for place, (kind, _, utc, *_) in enumerate(journal) if kind == "opening" and utc < before]
    return journal[old[-1] :] if old else journal


def _expired(row: OutboxRow, commit: Committing) -> bool:
    if row.expires_boot is None:
        return False
    return row.boot_id != commit.boot_id or row.expires_boot <= commit.now.boot
