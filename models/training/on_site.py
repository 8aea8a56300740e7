"""What a home's own correction of the net is worth: `python -m models.training.on_site render|judge choosing|test`.

In each rendered home a camera is installed, the states that an installer records are taken, and others are drawn as
they occur at night. `render` keeps the net's grey views; `judge` asks the net about them, fits the correction with
three and with five states of each kind, and compares with none. A new net is judged within a minute.

With `--checks build/checks` the homes are those of models.training.checks: three recorded states of each kind, one
film each of an empty and of an occupied bed.
"""

import argparse
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.states import Scene, arrange
from models.training.check_cache import kept
from models.training.check_films import EMPTY, OCCUPIED, CheckedHome, NoRoom
from vision.correction import NOTHING, Correction, fitted, unguarded
from vision.occupancy import OccupancyNet
from vision.region import Grey, View

FOLDER = Path("build/on-site")
SETS = {"choosing": 1_500_001, "test": 2_150_000}
"""The first home; every tenth from there. Nothing is ever chosen by the test homes."""
RECORDED = {"empty": ("made", "thrown_back", "heap", "messy", "made"), "occupied": ("covered",) * 5}
OTHERS = 8
"""States of each kind that are drawn as they occur at night."""
KINDS = ("recorded_empty", "recorded_occupied", "empty", "occupied")


class Asked(NamedTuple):
    """The net's log odds in one home, by kind of picture."""

    home: int
    log_odds: dict[str, list[float]]


@dataclass
class Judged:
    """One way of correcting, over all homes: what is believed of empty and of occupied beds, home by home."""

    name: str
    empty: list[NDArray[np.float64]]
    occupied: list[NDArray[np.float64]]
    corrected: int = 0


def render_home(number: int) -> dict[str, NDArray[np.generic]]:
    """The views of every picture of a home. Raises NoRoom."""
    at = CheckedHome(number)
    rng = np.random.default_rng([number, 4])
    wanted: dict[str, tuple[str, ...]] = {f"recorded_{kind}": states for kind, states in RECORDED.items()}
    for kind, shares in (("empty", EMPTY), ("occupied", OCCUPIED)):
        likely = np.array(list(shares.values()))
        wanted[kind] = tuple(map(str, rng.choice(list(shares), OTHERS, p=likely / likely.sum())))
    rows: dict[str, NDArray[np.generic]] = {}
    for kind, states in wanted.items():
        tidy = kind.startswith("recorded")
        views = [
            at.region.views(_picture(at, rng, arrange(rng, at.home.bed, state, tidy=tidy)))
            for state in states
        ]
        rows[kind] = np.stack([[view.picture for view in one] for one in views])
        rows["corners"] = np.stack([view.corners for view in views[0]])
    return rows


def _picture(at: CheckedHome, rng: np.random.Generator, scene: Scene) -> Grey:
    linear = at.home.light(scene, at.camera, at.light)
    return at.sensor.shoot(rng, linear, at.exposure(linear))


def render(which: str, folder: Path, homes: int, minutes: float) -> None:
    """Homes that are missing, for so many minutes."""
    (folder / which).mkdir(parents=True, exist_ok=True)
    begun, first = time.monotonic(), SETS[which]
    for number in range(first, first + 10 * homes, 10):
        path = folder / which / f"home-{number}.npz"
        if path.exists() or path.with_suffix(".none").exists():
            continue
        if time.monotonic() - begun > 60 * minutes:
            return
        try:
            rows = render_home(number)
        except NoRoom:
            path.with_suffix(".none").touch()
            continue
        whole = path.with_suffix(".part")
        with whole.open("wb") as file:
            np.savez(file, **rows)  # type: ignore[arg-type]
        whole.rename(path)


def asked(net: OccupancyNet, folder: Path) -> Iterator[Asked]:
    """What the net says in each home that was rendered."""
    for path in sorted(folder.glob("home-*.npz")):
        with np.load(path) as rows:
            corners = rows["corners"]
            told = {
                kind: [
                    _log_odds(net, [View(*view) for view in zip(one, corners, strict=True)])
                    for one in rows[kind]
                ]
                for kind in KINDS
            }
        yield Asked(int(path.stem.removeprefix("home-")), told)


def asked_of_checks(net: OccupancyNet, folder: Path) -> Iterator[Asked]:
    """The same of the homes whose checks were rendered: a film counts as one picture, the mean of a look's."""
    for path in sorted(folder.glob("home-*.npz")):
        home = kept(path)
        stills = {
            f"recorded_{kind}": [_log_odds(net, home.views(one)) for one in home.stills[kind]]
            for kind in ("empty", "occupied")
        }
        films = {
            "occupied" if film.told.occupied else "empty": [
                float(np.mean([_log_odds(net, home.views(one)) for one in film.views[:40:8]]))
            ]
            for film in home.films
        }
        yield Asked(home.number, stills | films)


def _log_odds(net: OccupancyNet, views: list[View]) -> float:
    chance = min(max(net.calibrated(net.logit(views)), 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))


def corrected(name: str, homes: Sequence[Asked], way: Callable[[Asked], Correction]) -> Judged:
    """All homes, each with its own correction."""
    judged = Judged(name, [], [])
    for home in homes:
        correction = way(home)
        judged.corrected += correction.corrects
        judged.empty.append(np.array([correction.corrected(x) for x in home.log_odds["empty"]]))
        judged.occupied.append(np.array([correction.corrected(x) for x in home.log_odds["occupied"]]))
    return judged


def _with(
    k: int, fit: Callable[[Sequence[float], Sequence[float]], Correction]
) -> Callable[[Asked], Correction]:
    return lambda home: fit(home.log_odds["recorded_empty"][:k], home.log_odds["recorded_occupied"][:k])


def ways(homes: Sequence[Asked]) -> list[Judged]:
    """Without, with three and five states of each kind, and the same without the guard."""
    judged = [corrected("as it is", homes, lambda _: NOTHING)]
    most = min(len(home.log_odds["recorded_empty"]) for home in homes)
    for k in (k for k in (3, 5) if k <= most):
        judged.append(corrected(f"k = {k}", homes, _with(k, fitted)))
        judged.append(corrected(f"k = {k}, no guard", homes, _with(k, unguarded)))
    return judged


def figures(judged: Judged) -> dict[str, float]:
    """over all pictures: auc, balanced accuracy at even odds, mean logarithmic loss, shares called wrongly."""
    empty, occupied = np.concatenate(judged.empty), np.concatenate(judged.occupied)
    above = (occupied[:, None] > empty[None]).mean() + 0.5 * (occupied[:, None] == empty[None]).mean()
    loss = (np.logaddexp(0, empty).mean() + np.logaddexp(0, -occupied).mean()) / 2
    return {
        "auc": float(above),
        "balanced": float(((empty < 0).mean() + (occupied > 0).mean()) / 2),
        "loss": float(loss),
        "false occupied": float((empty > 0).mean()),
        "missed": float((occupied < 0).mean()),
        "surely occupied, empty": float((empty > SURE).mean()),
        "surely occupied": float((occupied > SURE).mean()),
    }


SURE = math.log(200) - math.log(19)
"""Log odds from which a lone picture would be called occupied, at the usual stakes."""


def gain(judged: Judged, without: Judged, of: str, draws: int = 1000) -> tuple[float, float]:
    """95 % interval of the change that the correction brings, drawn anew home by home."""
    rng = np.random.default_rng(7)
    count, changes = len(without.empty), []
    for _ in range(draws):
        drawn = rng.integers(count, size=count)
        now, before = (
            Judged("", [each.empty[i] for i in drawn], [each.occupied[i] for i in drawn])
            for each in (judged, without)
        )
        changes.append(figures(now)[of] - figures(before)[of])
    return float(np.percentile(changes, 2.5)), float(np.percentile(changes, 97.5))


def table(homes: Sequence[Asked]) -> str:
    """What `judge` prints."""
    judged = ways(homes)
    names = list(figures(judged[0]))
    pictures = sum(len(one) for one in judged[0].empty)
    lines = [f"{len(homes)} homes, {pictures} empty and as many occupied pictures of the night"]
    lines.append(f"{'':18}{'corrected':>10}" + "".join(f"{name:>24}" for name in names))
    for one in judged:
        told = figures(one)
        lines.append(f"{one.name:18}{one.corrected:>10}" + "".join(f"{told[name]:>24.4f}" for name in names))
    for one in judged[1:]:
        spans = {of: gain(one, judged[0], of, 300) for of in ("balanced", "loss", "false occupied", "missed")}
        lines.append(f"{one.name} against as it is: " + ", ".join(
            f"{of} {low:+.4f} to {high:+.4f}" for of, (low, high) in spans.items()))  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Renders, or judges what was rendered."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["render", "judge"])
    parser.add_argument("which", choices=sorted(SETS))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--homes", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=1000)
    parser.add_argument("--net", type=Path, help="folder of another net than the shipped one")
    parser.add_argument("--checks", type=Path, help="judge the homes of this folder of whole checks instead")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.what == "render":
        os.nice(10)
        render(options.which, options.folder, options.homes, options.minutes)
        return
    net = OccupancyNet.load(options.net)
    if options.checks:
        homes = list(asked_of_checks(net, options.checks / options.which))
    else:
        homes = list(asked(net, options.folder / options.which))
    print(f"net {net.version}, {options.which} homes")
    print(table(homes))


if __name__ == "__main__":
    main()
