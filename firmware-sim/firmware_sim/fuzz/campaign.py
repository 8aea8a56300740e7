"""A long hunt in blocks, which may be interrupted and go on: `python -m firmware_sim.fuzz.campaign LEDGER`.

Each block of nights becomes one line of the ledger (JSON), with the version of the code that was hunted, so that
what is told at the end says on which code how many nights were played. A block that is not finished does not count.
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
    """Hunt on where the ledger ends, then tell all of it. Exit status 1 if the last code broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.fuzz.campaign", description=__doc__)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--nights", type=int, default=0, metavar="N", help="how many more (0: only tell)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J")
    parser.add_argument(
        "--first", type=int, default=0, metavar="S", help="seed of a new ledger's first night"
    )
    options = parser.parse_args()
    blocks = read(options.ledger)
    first = max((block.first + block.bag.nights for block in blocks), default=options.first)
    for begin in range(first, first + options.nights, BLOCK):
        wanted = min(BLOCK, first + options.nights - begin)
        blocks.append(hunted(begin, wanted, options.jobs))
        if blocks[-1].bag.nights < wanted:
            break  # interrupted
        with options.ledger.open("ab") as file:
            file.write(msgspec.json.encode(blocks[-1]) + b"\n")
        tell(Console(stderr=True), blocks[-1:])
    tell(Console(), blocks)
    return int(any(block.bag.caught for block in blocks if block.code == blocks[-1].code))


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
    """The sum of the blocks on each code, newest last, and of all."""
    for code in dict.fromkeys(block.code for block in blocks):
        console.print(
            f"\non the code of {code}: {_line([b for b in blocks if b.code == code])}", highlight=False
        )
    if len(blocks) > 1:
        console.print()
        show(console, _sum(blocks), sum(block.seconds for block in blocks), 1)


def _line(blocks: list[Block]) -> str:
    bag = _sum(blocks)
    seeds = f"{blocks[0].first}-{blocks[-1].first + blocks[-1].bag.nights - 1}"
    broken = ", ".join(str(caught.seed) for caught in bag.caught[:20])
    return (
        f"{bag.nights} nights (seeds {seeds}), {bag.events / max(bag.nights, 1):.1f} events and "
        f"{bag.fault_count / max(bag.nights, 1):.1f} faults a night, {bag.events / max(bag.seconds, 1e-9):.0f} "
        f"events a CPU second, {len(bag.caught)} nights broke a promise{': ' + broken if broken else ''}"
    )


def _sum(blocks: list[Block]) -> Bag:
    total = Bag()
    for block in blocks:
        total.add(block.bag)
    return total


if __name__ == "__main__":
    sys.exit(main())
