"""The journal: every handled event with what the core then asked for. It replays to the same actions.

An incident in the field becomes a test: `nattro replay JOURNAL` runs the events through this version's core
and shows where it would have acted differently.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from agent.core.actions import AnyAction
from agent.core.core import Core
from agent.core.events import AnyEvent
from agent.core.moment import Now
from agent.core.policy import Policy
from agent.core.state import decode

T = TypeVar("T")
POLICIES = msgspec.json.Decoder(Policy)
EVENTS: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
ACTIONS = msgspec.json.Decoder(list[AnyAction])


class JournalUnreadable(Exception):
    """The file is no journal of nattro; the text says why."""


class Difference(NamedTuple):
    """An event after which this core asks for something else. recorded, replayed: actions as JSON lines."""

    seq: int
    now: Now
    event: str
    recorded: list[str]
    replayed: list[str]


class Replay(NamedTuple):
    """What a replay found. openings: from how many recorded states it started; events: how many were replayed."""

    openings: int
    events: int
    differences: list[Difference]


class _Row(NamedTuple):
    seq: int
    kind: str
    now: Now
    first: bytes
    second: bytes


def replay(path: Path, *, most_differences: int = 20) -> Replay:
    """Run a recorded journal through the core. Raises JournalUnreadable."""
    core: Core | None = None
    openings = events = 0
    differences: list[Difference] = []
    for row in _rows(path):
        if row.kind == "opening":
            core = Core(_decode(row, row.first, POLICIES), decode(row.second))
            openings += 1
        elif core is not None:
            events += 1
            difference = _replay_one(core, row)
            if difference is not None and len(differences) < most_differences:
                differences.append(difference)
    return Replay(openings, events, differences)


def _replay_one(core: Core, row: _Row) -> Difference | None:
    event = _decode(row, row.first, EVENTS)
    recorded = _decode(row, row.second, ACTIONS)
    replayed = core.handle(event, row.now)
    if recorded == replayed:
        return None
    return Difference(row.seq, row.now, row.first.decode(), _lines(recorded), _lines(replayed))


def _lines(actions: list[AnyAction]) -> list[str]:
    return [msgspec.json.encode(action).decode() for action in actions]


def _decode(row: _Row, data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as error:
        raise JournalUnreadable(f"entry {row.seq} cannot be read by this version: {error}") from error


def _rows(path: Path) -> Iterator[_Row]:
    """The journal of a store file (or of the store in a state directory), read-only, in order."""
    file = path / "nattro.db" if path.is_dir() else path
    if not file.is_file():
        raise JournalUnreadable(f"{file} does not exist; give a state directory or its nattro.db")
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            for seq, kind, boot, utc, trusted, first, second in connection.execute(
                "SELECT seq, kind, boot, utc, trusted, first, second FROM journal ORDER BY seq"
            ):
                yield _Row(seq, kind, Now(boot, utc, bool(trusted)), first, second)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise JournalUnreadable(f"{file} is no journal of nattro: {error}") from error
