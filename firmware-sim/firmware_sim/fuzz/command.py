"""`nattro simulate --fuzz`: the hunt on the command line, and nights of it again by their seeds."""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from firmware_sim.fuzz.bag import Bag
from firmware_sim.fuzz.hunt import hunt
from firmware_sim.fuzz.night import night, seeds_beside
from firmware_sim.scenario import ScenarioError, build, write

MOST_CAUGHT_SHOWN = 20
NOTHING_CAUGHT, CAUGHT = 0, 1
PROGRESS_EVERY = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the hunt."""
    group = parser.add_argument_group("hunting: random nights with random faults, judged by the promises")
    group.add_argument("--fuzz", type=int, metavar="N", help="play N random nights")
    group.add_argument("--seed", type=int, default=0, metavar="S", help="the first night's seed (default 0)")
    group.add_argument(
        "--beside",
        type=Path,
        metavar="FILE",
        help="with --fuzz: nights beside those whose seeds this file lists, in place of fresh ones",
    )
    group.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="processes")
    group.add_argument("--fuzz-seed", type=int, metavar="S", help="play the one night of this seed again")
    group.add_argument(
        "--fuzz-seeds", type=Path, metavar="FILE", help="play the nights of these seeds again, one a line"
    )
    group.add_argument("--write", type=Path, metavar="FILE", help="with --fuzz-seed: write it as a scenario")


def run(options: argparse.Namespace, console: Console) -> int:
    """Hunt, and tell what was found. Returns the exit code."""
    if options.beside is not None and options.fuzz is None:
        raise ScenarioError("--beside needs --fuzz: how many nights to play")
    if (options.fuzz is not None and options.fuzz < 1) or options.jobs < 1:
        raise ScenarioError("--fuzz and --jobs take a number of at least 1")
    begun = time.perf_counter()
    seeds = _chosen(options)
    bag = hunt(seeds, options.jobs, _Progress(len(seeds)))
    show(console, bag, time.perf_counter() - begun, options.jobs)
    return CAUGHT if bag.caught else NOTHING_CAUGHT


def _chosen(options: argparse.Namespace) -> Sequence[int]:
    if options.fuzz_seeds is not None:
        return seeds_in(options.fuzz_seeds)
    if options.beside is not None:
        return seeds_beside(seeds_in(options.beside), options.seed, options.fuzz)
    return range(options.seed, options.seed + options.fuzz)


def seeds_in(path: Path) -> list[int]:
    """The seeds that a file lists, one a line; what follows a `#` says why. Raises ScenarioError, OSError."""
    seeds = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.partition("#")[0].strip()
        if text and not text.isdecimal():
            raise ScenarioError(f"{path}, line {number}: {text!r} is no seed; write one whole number a line")
        if text:
            seeds.append(int(text))
    if not seeds:
        raise ScenarioError(f"{path} lists no seed; write one whole number a line")
    return seeds


def written(seed: int, path: Path) -> None:
    """Write the night of a seed as a scenario file."""
    file = night(seed)
    build(path.stem, file)
    path.write_text(write(file), encoding="utf-8")


def show(console: Console, bag: Bag, seconds: float, jobs: int) -> None:
    """The totals, the faults by kind, the answers, and each night that broke a promise with how to see it again."""
    nights, core_seconds = max(bag.nights, 1), max(bag.seconds, 1e-9)
    console.print(
        f"{bag.nights} nights, {bag.events} events handled by the core ({bag.events / nights:.1f} a night), "
        f"{bag.fault_count} faults ({bag.fault_count / nights:.1f} a night), in {seconds:.0f} s, {jobs} processes: "
        f"{bag.nights / core_seconds:.1f} nights and {bag.events / core_seconds:.0f} events a CPU second"
    )
    console.print(_table("fault", bag.faults))
    console.print(_table("answer", bag.answers))
    for caught in bag.caught[:MOST_CAUGHT_SHOWN]:
        console.print(f"[red]✗ seed {caught.seed}[/red]: nattro simulate --fuzz-seed {caught.seed}")
        for violation in caught.violations[:3]:
            console.print(f"    {violation}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{len(bag.caught)} nights broke a promise")


def _table(what: str, counts: dict[str, int]) -> Table:
    table = Table(what, "times", box=None)
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(name, str(count))
    return table


class _Progress:
    """One line on standard error, now and then."""

    def __init__(self, wanted: int) -> None:
        self._console = Console(stderr=True)
        self._wanted = wanted
        self._begun = self._told_at = time.perf_counter()

    def __call__(self, bag: Bag) -> None:
        now = time.perf_counter()
        if now - self._told_at < PROGRESS_EVERY:
            return
        self._told_at = now
        pace = bag.nights / (now - self._begun)
        left = (self._wanted - bag.nights) / pace
        self._console.print(
            f"{bag.nights} of {self._wanted} nights, {pace:.0f} a second, {len(bag.caught)} broke a promise, "
            f"{left:.0f} s left",
            highlight=False,
        )
