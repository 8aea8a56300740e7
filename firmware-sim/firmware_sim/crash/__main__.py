"""`python -m firmware_sim.crash`: cut the power at every write of a recorded life, and open what is left.

Exit codes: 0 every start went on from where it must; 1 one did not; 2 nothing could be recorded.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from firmware_sim.crash.campaign import Figures, Recording, cut_again, open_with, record_life
from firmware_sim.crash.cuts import Effort
from firmware_sim.crash.life import LIVES
from firmware_sim.crash.recording import NoStrace

MOST_FAILURES = 20


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    effort = Effort(every=options.every, torn=options.torn, subsets=options.subsets, seed=options.seed)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nattro-life-") as folder:
        try:
            recorded = record_life(options.life, Path(folder))
        except NoStrace as error:
            Console(stderr=True).print(f"[red]{error}[/red]")
            return 2
        console.print(_told(recorded))
        first = open_with(options.jobs, recorded, effort)
        _show(console, "the power cut once", first)
        second = cut_again(recorded, options.again, effort)
        _show(console, f"and again while it started, in {options.again} starts", second)
    failures = [*first.failures, *second.failures]
    for failure in failures[:MOST_FAILURES]:
        console.print(f"✗ {failure}")
    verdict = (
        f"✗ {len(failures)} failures" if failures else "✓ every start went on from what was committed last"
    )
    console.print(f"{verdict}; {time.monotonic() - begun:.0f} s, seed {options.seed}")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.crash", description=__doc__)
    parser.add_argument("--life", choices=tuple(LIVES), default="long")
    parser.add_argument(
        "--every", type=int, default=1, help="cut at each so-manieth call only (default: each)"
    )
    parser.add_argument(
        "--torn", type=int, default=3, help="ways in which the next write is torn, at each cut"
    )
    parser.add_argument("--subsets", type=int, default=3, help="choices of un-synced writes, at each cut")
    parser.add_argument(
        "--again", type=int, default=20, help="starts in which the power is cut a second time"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    return parser


def _told(recorded: Recording) -> str:
    kinds = Counter(type(call).__name__.lower() for call in recorded.calls)
    calls = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return (
        f"recorded: {recorded.commits()} commits, {len(recorded.calls)} system calls on the store ({calls})"
    )


def _show(console: Console, title: str, figures: Figures) -> None:
    total = sum(figures.images.values())
    console.print(f"{title}: {total} images, {total - figures.alike} of them different")
    for manner, count in sorted(figures.images.items()):
        console.print(f"  {count:7} {manner}")
    opened = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.opened.items()))
    console.print(f"  opened as: {opened}")


if __name__ == "__main__":
    sys.exit(main())
