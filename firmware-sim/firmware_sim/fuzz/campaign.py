"""A long hunt in blocks, which may be interrupted and go on: `python -m firmware_sim.fuzz.campaign LEDGER`.

Each block of nights becomes one line of the ledger (JSON), with the version of the code that was hunted, so that
what is told at the end says on which code how many nights were played. A block that is not finished does not count.
Once what broke a promise is mended, `--mended` plays all of each such block again: a campaign is done when every
block, as it was played last, broke none.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from firmware_sim.fuzz.bag import Bag
from firmware_sim.fuzz.command import show
from firmware_sim.fuzz.hunt import hunt

BLOCK = 5000


class Block(msgspec.Struct, frozen=True):
    """Nights of the seeds from `first` on, all played on one code. code: its commit; `+`: changed since."""

    code: str
    first: int
    seconds: float
    bag: Bag


def main() -> int:
    """Hunt on where the ledger ends, then tell all of it. Exit status 1 if a block, when last played, broke one."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.fuzz.campaign", description=__doc__)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--nights", type=int, default=0, metavar="N", help="how many more (0: only tell)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J")
    parser.add_argument(
        "--first", type=int, default=0, metavar="S", help="seed of a new ledger's first night"
    )
    parser.add_argument(
        "--mended", action="store_true", help="before, play again each block that broke a promise"
    )
    options = parser.parse_args()
    blocks = read(options.ledger)
    for seeds in [*(_broken(blocks) if options.mended else []), *_to_come(blocks, options)]:
        block = hunted(seeds.start, len(seeds), options.jobs)
        if block.bag.nights < len(seeds):
            break  # interrupted
        blocks.append(block)
        with options.ledger.open("ab") as file:
            file.write(msgspec.json.encode(block) + b"\n")
        tell(Console(stderr=True), [block])
    tell(Console(), blocks)
    return int(any(block.bag.caught for block in played_last(blocks)))


def _broken(blocks: list[Block]) -> list[range]:
    return [
        range(block.first, block.first + block.bag.nights)
        for block in played_last(blocks)
        if block.bag.caught
    ]


def _to_come(blocks: list[Block], options: argparse.Namespace) -> list[range]:
    first = max((block.first + block.bag.nights for block in blocks), default=options.first)
    end = first + options.nights
    return [range(begin, min(begin + BLOCK, end)) for begin in range(first, end, BLOCK)]


def played_last(blocks: list[Block]) -> list[Block]:
    """Of each block the last time that it was played, by seeds."""
    return sorted({block.first: block for block in blocks}.values(), key=lambda block: block.first)


def read(ledger: Path) -> list[Block]:
    """All finished blocks; a last line that was cut off by a power cut is left out."""
    if not ledger.exists():
        return []
    lines = ledger.read_bytes().splitlines(keepends=True)
    return [msgspec.json.decode(line, type=Block) for line in lines if line.endswith(b"\n")]


def hunted(first: int, nights: int, jobs: int) -> Block:
    """Play one block of nights."""
    code = version_of_the_code()
    bag = hunt(range(first, first + nights), jobs)
    return Block(code, first, bag.seconds, bag)


def version_of_the_code() -> str:
    """The commit, with a `+` if something has been changed since; `unknown` outside a repository."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=8"],  # noqa: S607 # git is found by its name
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def tell(console: Console, blocks: list[Block]) -> None:
    """The sum of the blocks on each code, newest last, and of all as they were played last."""
    for code in dict.fromkeys(block.code for block in blocks):
        console.print(
            f"\non the code of {code}: {_line([b for b in blocks if b.code == code])}", highlight=False
        )
    if len(blocks) > 1:
        last = played_last(blocks)
        console.print(f"\neach block as it was played last: {_line(last)}\n", highlight=False)
        show(console, _sum(last), sum(block.seconds for block in last), 1)


def _line(blocks: list[Block]) -> str:
    bag = _sum(blocks)
    seeds = ", ".join(f"{run.start}-{run.stop - 1}" for run in _runs(blocks))
    broken = ", ".join(str(caught.seed) for caught in bag.caught[:20])
    return (
        f"{bag.nights} nights (seeds {seeds}), {bag.events / max(bag.nights, 1):.1f} events and "
        f"{bag.fault_count / max(bag.nights, 1):.1f} faults a night, {bag.events / max(bag.seconds, 1e-9):.0f} "
        f"events a CPU second, {len(bag.caught)} nights broke a promise{': ' + broken if broken else ''}"
    )


def _runs(blocks: list[Block]) -> list[range]:
    """The seeds of these blocks, those that follow one another as one."""
    runs: list[range] = []
    for block in sorted(blocks, key=lambda block: block.first):
        begin, end = block.first, block.first + block.bag.nights
        if runs and runs[-1].stop == begin:
            runs[-1] = range(runs[-1].start, end)
        else:
            runs.append(range(begin, end))
    return runs


def _sum(blocks: list[Block]) -> Bag:
    total = Bag()
    for block in blocks:
        total.add(block.bag)
    return total


if __name__ == "__main__":
    sys.exit(main())
