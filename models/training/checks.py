"""Whole checks on rendered films: how often nattro is right, wrong or unsure.

    python -m models.training.checks render choosing --homes 100
    python -m models.training.checks judge test
    python -m models.training.checks see test     # anew, after vision/motion.py or vision/integrity.py has changed

Films are rendered once (about four seconds of a core and 20 MB for a home's two); they are seen in half of that,
and a net judges what was seen in a fraction.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import cv2

from models.training.check_cache import LOOK, extended, filmed, keep, kept, seen
from models.training.check_films import NoRoom
from models.training.check_judging import Chances
from models.training.check_report import Check, tell
from vision.occupancy import OccupancyNet

FOLDER = Path("build/checks")
SETS = {"test": (2_000_000, 1), "choosing": (1_600_001, 10)}
"""The first home and the step to the next. Nothing is ever chosen by the test homes."""
REMEMBER_EVERY = 25


def render(folder: Path, which: str, homes: int, minutes: float, seconds: int = LOOK) -> None:
    """The first homes of a set, going on where an earlier run ended, for so many minutes; of each film so many
    seconds.
    """
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
            filmed(number, folder, seconds)
        except NoRoom:
            path.with_suffix(".none").touch()


def see(folder: Path, *, anew: bool = False) -> None:
    """Films of a set that nobody has seen. anew: all of them, since the worker has changed; what was known of the
    net's chances is forgotten then.
    """
    for remembered in folder.glob("chances-*.json") if anew else ():
        remembered.unlink()
    for path in sorted(folder.glob("home-*.npz")):
        home = kept(path)
        if anew or not all(film.moments for film in home.films):
            keep(seen(home, folder), folder)


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
                home = extended(home, film, folder)
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
    parser.add_argument("what", choices=("render", "see", "judge"))
    parser.add_argument("which", choices=sorted(SETS))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--homes", type=int, default=400, help="how many to render (400)")
    parser.add_argument("--minutes", type=float, default=1000)
    parser.add_argument("--seconds", type=int, default=LOOK, help=f"of each film to render ({LOOK})")
    parser.add_argument("--model", type=Path, help="a net other than the shipped one")
    parser.add_argument(
        "--as-seen", action="store_true", help="see no further: quicker, and more looks stay uncertain"
    )
    options = parser.parse_args()
    os.nice(12)
    cv2.setNumThreads(1)
    folder = options.folder / options.which
    if options.what == "render":
        render(folder, options.which, options.homes, options.minutes, options.seconds)
    elif options.what == "see":
        see(folder, anew=True)
    else:
        see(folder)
        tell(list(judged(folder, OccupancyNet.load(options.model), extend=not options.as_seen)))


if __name__ == "__main__":
    main()
