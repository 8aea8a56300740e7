"""What could grow on a device that nobody looks after: its files, its queues, its memory."""

import sqlite3
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec

from agent.core.state import State, decode
from agent.store import FILE

PAGE = 4096


class Gauge(msgspec.Struct, frozen=True):
    """One reading of a state directory.

    store, wal: bytes; journal, outbox: rows; dropped: messages lost since the store was made, by their worth;
    snapshot: bytes; collections: how many entries each list and table of the core's state has.
    """

    store: int
    wal: int
    journal: int
    outbox: int
    dropped: dict[str, int]
    snapshot: int
    collections: dict[str, int]


class Month(msgspec.Struct, frozen=True):
    """What a month came to. memory: bytes that the process holds; outbox_most, wal_most: read every hour."""

    until: date
    gauge: Gauge
    outbox_most: int
    wal_most: int
    memory: int
    events: int
    answers: Counter[str]
    alarms: int


def read(directory: Path) -> Gauge:
    """Read the gauges, beside the process that owns the store."""
    file = directory / FILE
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        (journal,) = connection.execute("SELECT count(*) FROM journal").fetchone()
        (outbox,) = connection.execute("SELECT messages FROM outbox_held").fetchone()
        dropped = dict(connection.execute("SELECT why, messages FROM outbox_dropped"))
        (snapshot,) = connection.execute("SELECT body FROM snapshot").fetchone()
    finally:
        connection.close()
    return Gauge(
        store=file.stat().st_size,
        wal=wal_size(directory),
        journal=journal,
        outbox=outbox,
        dropped=dropped,
        snapshot=len(snapshot),
        collections=_sizes(decode(snapshot)),
    )


def wal_size(directory: Path) -> int:
    """Bytes of the write-ahead log."""
    wal = directory / f"{FILE}-wal"
    return wal.stat().st_size if wal.exists() else 0


def outbox_depth(directory: Path) -> int:
    """Messages that wait."""
    connection = sqlite3.connect(f"file:{directory / FILE}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT messages FROM outbox_held").fetchone()[0])
    finally:
        connection.close()


def memory() -> int:
    """Bytes of this process that are in RAM."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def _sizes(state: State) -> dict[str, int]:
    holders = {"": state, "camera.": state.camera, "uplink.": state.uplink}
    return {
        prefix + name: len(value)
        for prefix, holder in holders.items()
        for name in holder.__struct_fields__
        if isinstance(value := getattr(holder, name), list | dict)
    }
