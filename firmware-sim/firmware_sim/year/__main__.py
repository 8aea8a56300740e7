"""`python -m firmware_sim.year`: a year of one device in one run; what its store, outbox and memory come to.

Exit codes: 0 the promises were kept; 1 one was broken.

    store, wal, memory    MiB: the store's file, its write-ahead log at its largest, this process
    journal, outbox       rows: at the month's end; at the most in the month
    state                 bytes of the core's snapshot
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from firmware_sim.runner import MEMORY
from firmware_sim.year.life import a_life
from firmware_sim.year.play import Year, play

MIB = 1024 * 1024
SHOWN_AT_MOST = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.year", description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=365, help="how long (default: 365)")
    parser.add_argument("--seed", type=int, default=1, help="which life (default: 1)")
    options = parser.parse_args(arguments)
    memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="nattro-year-", dir=memory) as directory:
        year = play(a_life(options.days, options.seed), Path(directory))
    _show(year, Console())
    return 1 if year.violations else 0


def _show(year: Year, console: Console) -> None:
    console.print(_table(year), crop=False, no_wrap=True)
    for month in year.months:
        answers = ", ".join(f"{status} {count}" for status, count in sorted(month.answers.items()))
        console.print(f"{month.until}  {answers}", highlight=False)
    most = ", ".join(f"{name} {entries}" for name, entries in sorted(year.most.items()) if entries)
    changes, dropped = sum(year.happened.values()), year.months[-1].gauge.dropped
    pace = f"{year.seconds:.0f} s ({year.events / year.seconds:,.0f} events/s)"
    for line in (
        f"most entries at a month's end: {most}",
        f"dropped from the outbox in all: {dropped or 'nothing'}",
        f"{year.events:,} events and {changes:,} changes of the world in {pace}",
        f"{len(year.violations)} violations",
    ):
        console.print(line, highlight=False, soft_wrap=True)
    for violation in year.violations[:SHOWN_AT_MOST]:
        when = year.scenario.night.local(violation.at)
        text = f"  {when:%Y-%m-%d %H:%M:%S} promise {violation.promise}: {violation.text}"
        console.print(text, highlight=False, soft_wrap=True)


def _table(year: Year) -> Table:
    """One row a month; the module's text says what the columns are."""
    table = Table(title=year.scenario.title, title_justify="left", box=None, padding=(0, 1))
    for name in ("until", "store", "wal", "memory", "journal", "state", "outbox", "events", "alarms"):
        table.add_column(name, justify="right", no_wrap=True)
    for month in year.months:
        gauge = month.gauge
        table.add_row(
            str(month.until),
            f"{gauge.store / MIB:.1f}",
            f"{month.wal_most / MIB:.1f}",
            f"{month.memory / MIB:.1f}",
            f"{gauge.journal:,}",
            f"{gauge.snapshot:,}",
            str(month.outbox_most),
            f"{month.events:,}",
            str(month.alarms),
        )
    return table


if __name__ == "__main__":
    raise SystemExit(main())
