"""Opens what a power cut left with the code that every start runs, and judges what it makes of it."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from agent.core.core import Core
from agent.core.events import Started
from agent.core.moment import Now
from agent.core.state import State, decode
from agent.loop import Loop
from agent.ports import JournalEntry, Opening, OutboxRow
from agent.store import FILE, Store
from firmware_sim.crash.disk import Image
from firmware_sim.crash.expected import Expected, Memory
from firmware_sim.crash.life import POLICY, Boot, Clock, outside

Kind = Literal["new", "resumed", "lost"]
AFTER_THE_CUT = 90.0
NEXT_BOOT = 99
RUBBISH = bytes(range(256)) * 128


class Found(msgspec.Struct, frozen=True):
    """What a start found, and what it then knew and said. before: the store's content before its first event."""

    kind: Kind
    epoch: str
    clean: bool
    marked: bool
    before: Memory
    state: State
    said: frozenset[str]


def lay_out(image: Image | None, directory: Path) -> None:
    """Write an image as the state directory. SQLite's shared memory is left as rubbish: nobody may rely on it."""
    if image is None:
        return
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    if f"{FILE}-wal" in image:
        (directory / f"{FILE}-shm").write_bytes(RUBBISH)


def start(directory: Path, utc: float) -> Found:
    """A new boot's first process, up to and including its first event. Raises what the start-up code raises."""
    boot = Boot(NEXT_BOOT, utc)
    store = Store.open(directory, boot_id=boot.id)
    try:
        loaded = store.loaded
        before = _content(directory, loaded.snapshot)
        state = decode(loaded.snapshot) if loaded.snapshot else State()
        core = Core(POLICY, state)
        wrote: list[str] = []
        loop = Loop(core, outside(Clock(boot, utc), _Listening(store, wrote), boot))
        loop.step(
            Started(
                boot_id=boot.id,
                instance="after-the-cut",
                epoch=loaded.epoch,
                store=loaded.kind,
                clean=loaded.clean,
                version="1.0.0",
                consent_marked=loaded.consent_marked,
            )
        )
    finally:
        store.close(clean=False)
    return Found(
        loaded.kind, loaded.epoch, loaded.clean, loaded.consent_marked, before, core.state, frozenset(wrote)
    )


def judge(found: Found, expected: Expected) -> Iterator[str]:
    """Everything about a start that must not be, in words."""
    if expected.spoiling:
        return
    yield from _judge_memory(found, expected)
    yield from _judge_consent(found, expected)
    if found.clean not in expected.goodbyes:
        yield f"the last process counts as {'ended in good order' if found.clean else 'killed'}"
    if expected.epoch and found.epoch != expected.epoch:
        yield f"message ids begin with another epoch: {found.epoch}, not {expected.epoch}"
    if again := found.said & expected.said:
        yield f"message ids are used again: {sorted(again)[:3]}"


def _judge_memory(found: Found, expected: Expected) -> Iterator[str]:
    if expected.lost:
        if not any(_same(found.before, memory) for memory in expected.memories):
            yield "a spoilt store is believed"
    elif not expected.made:
        if found.kind == "lost" or found.before != Memory():
            yield f"a device that never was counts as {found.kind}"
    elif found.kind != "resumed":
        yield f"a good store counts as {found.kind}"
    elif not any(_same(found.before, memory) for memory in expected.memories):
        yield _difference(found.before, expected.memories)


def _judge_consent(found: Found, expected: Expected) -> Iterator[str]:
    consent = found.state.consent.state
    if expected.lost:
        if consent != "lost" or "state_lost" not in found.state.faults:
            yield f"the loss of the store is not told: consent is {consent!r}, faults {sorted(found.state.faults)}"
        return
    if found.marked not in expected.marks:
        yield f"the mark of consent is {'there' if found.marked else 'gone'}"
    must = found.before.consent
    if must == "given" and not found.marked:
        must = "withdrawn"
    if consent != must:
        yield f"consent is {consent!r} and must be {must!r}"


def _same(one: Memory, other: Memory) -> bool:
    return one == other and list(one.outbox) == list(other.outbox)


def _difference(found: Memory, allowed: tuple[Memory, ...]) -> str:
    near = allowed[-1] if found.snapshot == allowed[-1].snapshot else allowed[0]
    parts = [name for name in Memory.__struct_fields__ if getattr(found, name) != getattr(near, name)]
    return (
        f"{', '.join(parts)} not as committed: {len(found.outbox)} messages wait and {len(found.journal)} entries "
        f"are in the journal, must be {len(near.outbox)} and {len(near.journal)}"
    )


def _content(directory: Path, snapshot: bytes | None) -> Memory:
    """The store's content, read past the store."""
    connection = sqlite3.connect(f"{(directory / FILE).as_uri()}?mode=ro", uri=True)
    try:
        outbox = connection.execute(
            "SELECT message, topic, payload, retain, keep, boot_id, expires_boot, then_empty FROM outbox"
            " ORDER BY sequence"
        ).fetchall()
        journal = connection.execute(
            "SELECT kind, boot, utc, trusted, first, second FROM journal ORDER BY seq"
        ).fetchall()
    finally:
        connection.close()
    rows = [OutboxRow(m, t, p, bool(r), k, b, e, bool(n)) for m, t, p, r, k, b, e, n in outbox]
    return Memory(
        snapshot,
        {row.message: row for row in rows},
        tuple((kind, boot, utc, bool(trusted), a, b) for kind, boot, utc, trusted, a, b in journal),
    )


class _Listening:
    """The real store; notes which message ids it was given."""

    def __init__(self, store: Store, wrote: list[str]) -> None:
        self._store = store
        self._wrote = wrote

    def commit(
        self,
        snapshot: bytes,
        entries: Sequence[JournalEntry | Opening],
        add: Sequence[OutboxRow],
        forget: Sequence[str],
        now: Now,
    ) -> None:
        self._store.commit(snapshot, entries, add, forget, now)
        self._wrote += [row.message for row in add]

    def mark_consent(self, given: bool) -> bool:
        return self._store.mark_consent(given)
