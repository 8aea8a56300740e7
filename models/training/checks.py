"""Whole checks on rendered films: how often nattro is right, wrong or unsure.

    python -m models.training.checks render choosing --homes 100
    python -m models.training.checks judge test

Films are rendered and seen once (about four seconds of a core for a home's two); a net judges them in a fraction.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import cv2

from models.training.check_cache import extended, keep, kept, observe
from models.training.check_films import NoRoom
from models.training.check_judging import Chances
from models.training.check_report import Check, tell
from vision.occupancy import OccupancyNet

FOLDER = Path("build/checks")
SETS = {"test": (2_000_000, 1), "choosing": (1_600_001, 10)}
"""The first home and the step to the next. Nothing is ever chosen by the test homes."""
REMEMBER_EVERY = 25


def render(folder: Path, which: str, homes: int, minutes: float) -> None:
    """The first homes of a set, going on where an earlier run ended, for so many minutes."""
    first, step = SETS[which]
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    for number in range(first, first + homes * step, step):
        path = folder / f"home-{number}.npz"
        if path.exists() or path.with_suffix(".none").exists():
            continue
        if time.monotonic() - begun > 60 * minutes:
            return
        try:
            keep(observe(number), path)
        except NoRoom:
            path.with_suffix(".none").touch()


def judged(folder: Path, net: OccupancyNet, *, extend: bool) -> Iterator[Check]:
    """Every check of a folder. extend: see on where a look asks for its extension."""
    remembered = folder / f"chances-{net.version}.json"
    known = json.loads(remembered.read_text()) if remembered.exists() else {}
    for count, path in enumerate(sorted(folder.glob("home-*.npz"))):
        home = kept(path)
        chances = Chances(**known.get(str(home.number), {}))
        chances.ask(net, home)
        for film in range(len(home.films)):
            check = Check.of(home.films[film], chances, film)
            if extend and check.unseen():
                home = extended(home, film)
                keep(home, path)
                chances.ask(net, home)
                check = Check.of(home.films[film], chances, film)
            yield check
        known[str(home.number)] = asdict(chances)
        if count % REMEMBER_EVERY == 0:
            remembered.write_text(json.dumps(known))
    remembered.write_text(json.dumps(known))


def main() -> None:
    """Renders, or judges and tells."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("render", "judge"))
    parser.add_argument("which", choices=sorted(SETS))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--homes", type=int, default=400, help="how many to render (400)")
    parser.add_argument("--minutes", type=float, default=1000)
    parser.add_argument("--model", type=Path, help="a net other than the shipped one")
    parser.add_argument(
        "--as-seen", action="store_true", help="see no further: quicker, and more looks stay uncertain"
    )
    options = parser.parse_args()
    os.nice(12)
    cv2.setNumThreads(1)
    folder = options.folder / options.which
    if options.what == "render":
        render(folder, options.which, options.homes, options.minutes)
    else:
        tell(list(judged(folder, OccupancyNet.load(options.model), extend=not options.as_seen)))


if __name__ == "__main__":
    main()
