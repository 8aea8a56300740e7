"""`python -m firmware_sim.soak`: a month of one agent process; prints what it takes, and whether it grows.

Exit codes: 0 flat and every check answered once; 1 not; 2 there is no mosquitto.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from firmware_sim.full.brokers import BrokerMissing
from firmware_sim.soak import gauge
from firmware_sim.soak.gauge import MIB, Sample
from firmware_sim.soak.run import Soak, Soaked


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="virtual days (default 30)")
    parser.add_argument("--minutes", type=float, default=12.0, help="of real time (default 12)")
    parser.add_argument("--seed", type=int, default=1, help="of the broker's deaths")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="nattro-soak-") as folder:
        try:
            soak = Soak(Path(folder), days=options.days, minutes=options.minutes, seed=options.seed)
            soaked = soak.run(lambda sample: console.print(_line(sample)))
        except BrokerMissing as error:
            Console(stderr=True).print(f"[red]{error}[/red]")
            return 2
    show(console, soaked)
    return 1 if soaked.failures else 0


def show(console: Console, soaked: Soaked) -> None:
    """The slopes, the answers, and what must not be."""
    console.print(
        f"{soaked.days:g} days in {soaked.seconds:.0f} s, the agent's time {soaked.factor:.0f} times as fast; "
        f"the broker {_counted(soaked.deaths)} times"
    )
    table = Table("after the warm-up", "least", "most", "growth in 30 days", "at most", box=None)
    for limit in gauge.LIMITS:
        values = [limit.of(sample) for sample in soaked.settled]
        grown = gauge.growth(soaked.settled, limit.of)
        table.add_row(
            limit.name,
            f"{min(values):.2f}",
            f"{max(values):.2f}",
            f"{grown:+.2f}",
            f"{limit.growth:g} {limit.unit}",
        )
    console.print(table)
    console.print(
        f"{soaked.checks} checks; decided: {_counted(soaked.decided)}; heard: {_counted(soaked.heard)}"
    )
    console.print(f"{soaked.acknowledged} alarms acknowledged by command")
    for failure in soaked.failures:
        console.print(f"✗ {failure}")
    if not soaked.failures:
        console.print("✓ flat, and every check answered once")


def _line(sample: Sample) -> str:
    return (
        f"day {sample.day:5.1f}: {sample.own / MIB:6.2f} MiB own, {sample.resident / MIB:6.2f} MiB resident, "
        f"{sample.descriptors} descriptors, {sample.threads} threads, {sample.disk / MIB:5.2f} MiB on disk, "
        f"{sample.journal} journal entries, {sample.outbox} messages waiting"
    )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items()) or "none"


if __name__ == "__main__":
    sys.exit(main())
