"""`nattro simulate --shrink`: a failing night cut down to what its failure needs, with its picture."""

import argparse
from pathlib import Path

import msgspec
from rich.console import Console

from firmware_sim.fuzz.failure import Failure, failures, same
from firmware_sim.fuzz.night import night
from firmware_sim.fuzz.shrink import shrink
from firmware_sim.runner import play
from firmware_sim.scenario import ScenarioFile, build, find, load, write
from firmware_sim.timeline import draw

SHRUNK, NOTHING_TO_SHRINK = 0, 1
FOLDER = Path("var/shrunk")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the shrinking."""
    group = parser.add_argument_group("shrinking: the shortest night that still fails in the same way")
    group.add_argument("--shrink", metavar="SEED|FILE", help="a night of the hunt, or a scenario that fails")
    group.add_argument(
        "--which", type=int, default=1, metavar="N", help="its N-th failure (default: the first)"
    )
    group.add_argument(
        "--out", type=Path, default=FOLDER, metavar="DIR", help=f"where it is written (default {FOLDER})"
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Shrink it, write scenario and picture, and tell. Returns the exit code."""
    name, file = _named(options.shrink)
    found = failures(build(name, file))
    if len(found) < options.which:
        console.print(f"{name}: {len(found)} failures, nothing to shrink")
        return NOTHING_TO_SHRINK
    wanted = found[options.which - 1]
    console.print(f"{name}: {wanted}", highlight=False, markup=False)
    path = keep(shrunk(file, wanted), f"{name}-shrunk", options.out)
    console.print(f"written: {path} and its time line; nattro simulate {path}", highlight=False)
    return SHRUNK


def shrunk(file: ScenarioFile, wanted: Failure) -> ScenarioFile:
    """The shortest night found that fails like this; it says so itself. Raises NoFailure."""
    bare = msgspec.structs.replace(file, expect=None)
    found = shrink(bare, same(wanted))
    about = f"Shrunk from {file.title!r}. Broke {wanted}"
    return msgspec.structs.replace(found, title=f"{file.title}, shrunk", about=about)


def keep(file: ScenarioFile, name: str, folder: Path) -> Path:
    """Write it as a scenario file, and its time line as a picture beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(write(file), encoding="utf-8")
    draw(play(build(name, file)), path.with_suffix(".png"))
    return path


def _named(text: str) -> tuple[str, ScenarioFile]:
    if text.isdigit():
        return f"night-{text}", night(int(text))
    path = find(text)
    load(path)  # says in full what is wrong with a file that cannot be played
    return path.stem, msgspec.toml.decode(path.read_bytes(), type=ScenarioFile)
