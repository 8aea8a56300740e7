"""`python -m firmware_sim.mutants`: plants every bug, hunts until the referee catches it, and prints the table.

Exit codes: 0 all caught; 1 one survived.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from firmware_sim.fuzz.hunt import scenario
from firmware_sim.mutants.answers import ANSWERS
from firmware_sim.mutants.confirmations import CONFIRMATIONS
from firmware_sim.mutants.deliveries import DELIVERIES
from firmware_sim.mutants.locks import LOCKS
from firmware_sim.mutants.mendings import MENDINGS
from firmware_sim.mutants.planting import Planted
from firmware_sim.mutants.schedules import SCHEDULES
from firmware_sim.referee import Violation
from firmware_sim.runner import play

PLANTED: tuple[Planted, ...] = (*LOCKS, *ANSWERS, *DELIVERIES, *MENDINGS, *CONFIRMATIONS, *SCHEDULES)
NIGHTS = 3000
ALL_CAUGHT, SURVIVED = 0, 1
REMEMBERED = Path(__file__).with_name("caught.json")


class Caught(msgspec.Struct, frozen=True):
    """How a planted bug was caught. nights: how many were played, the last one showed it; by: the violation."""

    bug: str
    nights: int
    seed: int = -1
    promise: int = 0
    by: str = ""

    @property
    def survived(self) -> bool:
        return self.seed < 0


def hunt_for(bug: Planted, seed: int, nights: int) -> Caught:
    """Play nights with the bug until a promise breaks that holds without it."""
    for played, each in enumerate(range(seed, seed + nights), 1):
        with bug.growing():
            found = _violations(each)
        if found and not _violations(each):
            return Caught(bug.name, played, each, found[0].promise, found[0].text)
    return Caught(bug.name, nights)


def remembered() -> list[Caught]:
    """How each planted bug was caught when the table was last made."""
    return msgspec.json.decode(REMEMBERED.read_bytes(), type=list[Caught])


def _violations(seed: int) -> list[Violation]:
    try:
        return play(scenario(seed)).violations
    except Exception as error:  # noqa: BLE001 # a bug may well end the night; that is as good as a violation
        return [Violation(0.0, 0, f"the night could not be played to its end: {type(error).__name__}")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="firmware_sim.mutants", description=__doc__)
    parser.add_argument("bug", nargs="*", help="part of a bug's name (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="the first night")
    parser.add_argument("--nights", type=int, default=NIGHTS, help="how many nights a bug may survive")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--remember", action="store_true", help=f"write {REMEMBERED.name}, by which the tests go"
    )
    options = parser.parse_args(arguments)
    bugs = [bug for bug in PLANTED if not options.bug or any(word in bug.name for word in options.bug)]
    begun = time.perf_counter()
    work = [(bug.name, options.seed, options.nights) for bug in bugs]
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        caught = pool.starmap(_hunt_by_name, work, chunksize=1)
    _show(bugs, caught, time.perf_counter() - begun)
    if options.remember:
        REMEMBERED.write_bytes(msgspec.json.format(msgspec.json.encode(caught), indent=1) + b"\n")
    return SURVIVED if any(each.survived for each in caught) else ALL_CAUGHT


def _hunt_by_name(name: str, seed: int, nights: int) -> Caught:
    caught = hunt_for(next(bug for bug in PLANTED if bug.name == name), seed, nights)
    print(
        f"{name}: {'survived' if caught.survived else 'caught'} after {caught.nights} nights", file=sys.stderr
    )
    return caught


def _show(bugs: list[Planted], caught: list[Caught], seconds: float) -> None:
    table = Table("planted bug", "promise", "nights", "seed", "caught by", box=None)
    for bug, each in zip(bugs, caught, strict=True):
        how = "[red]survived[/red]" if each.survived else each.by
        table.add_row(
            bug.name, str(bug.promise), str(each.nights), "" if each.survived else str(each.seed), how
        )
    console = Console(width=160)
    console.print(table)
    good = sum(not each.survived for each in caught)
    console.print(f"{good} of {len(caught)} planted bugs caught in {seconds:.0f} s")
