"""What a process takes of the computer, read from outside, and whether it grows."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from agent.store import FILE

KIB, MIB = 1024, 1024.0 * 1024.0


class Sample(msgspec.Struct, frozen=True):
    """One reading. day: of the month, virtual.

    resident, own: bytes of the process, and those that it shares with no other; disk: bytes of all files in the
    state directory; outbox: messages; journal: entries.
    """

    day: float
    resident: int
    own: int
    descriptors: int
    threads: int
    disk: int
    outbox: int
    journal: int


class Limit(msgspec.Struct, frozen=True):
    """How much a figure may grow in thirty days, in its own unit, and how it is read and shown."""

    name: str
    of: Callable[[Sample], float]
    growth: float
    unit: str


LIMITS = (
    Limit("own memory", lambda sample: sample.own / MIB, 1.0, "MiB"),
    Limit("resident memory", lambda sample: sample.resident / MIB, 1.0, "MiB"),
    Limit("descriptors", lambda sample: sample.descriptors, 1.0, ""),
    Limit("threads", lambda sample: sample.threads, 0.5, ""),
    Limit("disk", lambda sample: sample.disk / MIB, 2.0, "MiB"),
    Limit("journal", lambda sample: sample.journal, 4000.0, "entries"),
)


def read(process: int, state: Path, day: float) -> Sample:
    """Read all of it now. Raises OSError if the process is gone."""
    proc = Path("/proc") / str(process)
    status = _table(proc / "status")
    outbox, journal = _counts(state / FILE)
    return Sample(
        day=day,
        resident=_kib(status["VmRSS"]),
        own=sum(_kib(text) for name, text in _table(proc / "smaps_rollup").items() if "Private_" in name),
        descriptors=len(list((proc / "fd").iterdir())),
        threads=int(status["Threads"]),
        disk=sum(file.stat().st_blocks * 512 for file in state.iterdir() if file.is_file()),
        outbox=outbox,
        journal=journal,
    )


def growth(samples: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    """The slope of the straight line through the samples, times thirty days."""
    days = [sample.day for sample in samples]
    values = [of(sample) for sample in samples]
    middle, mean = sum(days) / len(days), sum(values) / len(values)
    spread = sum((day - middle) ** 2 for day in days)
    if not spread:
        return 0.0
    return (
        30.0 * sum((day - middle) * (value - mean) for day, value in zip(days, values, strict=True)) / spread
    )


def not_flat(samples: Sequence[Sample]) -> list[str]:
    """Everything that grows more than it may, in words."""
    found = []
    for limit in LIMITS:
        grown = growth(samples, limit.of)
        if grown > limit.growth:
            found.append(
                f"{limit.name} grows by {grown:.2f} {limit.unit} in thirty days, at most {limit.growth:g}"
            )
    return found


def _table(file: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in file.read_text(encoding="utf-8").splitlines())
    return {name.strip(): rest.strip() for name, _, rest in pairs}


def _kib(text: str) -> int:
    return int(text.split(maxsplit=1)[0]) * KIB


def _counts(database: Path) -> tuple[int, int]:
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=5.0)
    try:
        (outbox,) = connection.execute("SELECT count(*) FROM outbox").fetchone()
        (journal,) = connection.execute("SELECT count(*) FROM journal").fetchone()
    finally:
        connection.close()
    return int(outbox), int(journal)
