"""Measures the net on rendered pictures of homes that nobody has trained on or chosen anything by:
`python -m models.training.judging`.

The homes' numbers begin at 2,100,000; what is missing of them is rendered first. Each picture is judged as the
worker does it: the mean over its views and their mirror images.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.figures import calibration_error
from models.training.pictures import HOMES_A_FILE, Pictures, load, render
from vision.evaluate.figures import auc
from vision.occupancy import OccupancyNet, prepare
from vision.region import outline

Numbers = NDArray[np.float64]
Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""A net: prepared views (n, 5, 128, 96) to logits (n,)."""

FIRST_HOME, FILES = 2_100_000, 47
RECALL = 0.98
RESAMPLES = 500
BATCH = 64


def answers_by_shot(answer: Answer, pictures: Pictures) -> tuple[Numbers, Pictures]:
    """One logit for each shot, and of each shot one view."""
    answers = np.empty(len(pictures))
    for first in range(0, len(pictures), BATCH):
        part = range(first, min(first + BATCH, len(pictures)))
        batch = np.stack([prepare(pictures.views[i], outline(pictures.corners[i])) for i in part])
        both = answer(batch), answer(np.ascontiguousarray(batch[:, :, :, ::-1]))
        answers[part.start : part.stop] = (both[0] + both[1]) / 2
    shots, first_of, which = np.unique(pictures.shot, return_index=True, return_inverse=True)
    chosen = Pictures(**{name: values[first_of] for name, values in vars(pictures).items()})
    return np.bincount(which, answers, len(shots)) / np.bincount(which), chosen


def figures(chances: Numbers, shots: Pictures) -> dict[str, object]:
    """What is to be said about a net, from its chance for each shot."""
    occupied = shots.occupied > 0.5
    groups = {"high camera": ~shots.low, "low camera": shots.low}
    groups |= {str(light): shots.light == light for light in sorted(set(shots.light))}
    said = {
        str(state): [int((chances[shots.state == state] > 0.5).sum()), int((shots.state == state).sum())]
        for state in sorted(set(shots.state))
    }
    return {
        "homes": len(set(shots.home)),
        "pictures": len(shots),
        "occupied": int(occupied.sum()),
        "auc": round(auc(chances, shots.occupied), 4),
        "auc_interval": _interval(chances, shots, auc),
        f"false_at_{RECALL}_recall": round(false_at_recall(chances, shots.occupied), 4),
        f"false_at_{RECALL}_recall_interval": _interval(chances, shots, false_at_recall),
        "found_at_5_percent_false": round(
            float((chances[occupied] > np.quantile(chances[~occupied], 0.95)).mean()), 4
        ),
        "calibration_error": round(calibration_error(chances, shots.occupied), 4),
        "auc_by_group": {name: _of(chances[which], shots.only(which)) for name, which in groups.items()},
        "said_occupied": said,
    }


def false_at_recall(chances: Numbers, occupied: NDArray[np.floating]) -> float:
    """Share of the empty beds that are called occupied where RECALL of the occupied ones are found."""
    threshold = np.quantile(chances[occupied > 0.5], 1 - RECALL)
    return float((chances[occupied < 0.5] >= threshold).mean())


def _of(chances: Numbers, shots: Pictures) -> dict[str, object]:
    both = 0 < shots.occupied.sum() < len(shots)
    return {"pictures": len(shots), "auc": round(auc(chances, shots.occupied), 4) if both else None,
            "interval": _interval(chances, shots, auc) if both else None}  # fmt: skip


def _interval(
    chances: Numbers, shots: Pictures, figure: Callable[[Numbers, NDArray[np.float32]], float]
) -> list[float]:
    """95 of 100 resamplings of the homes: pictures of one home are alike."""
    rng = np.random.default_rng(1)
    homes = [np.flatnonzero(shots.home == home) for home in sorted(set(shots.home))]
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([homes[i] for i in rng.integers(0, len(homes), len(homes))])
        found.append(figure(chances[drawn], shots.occupied[drawn]))
    return [round(float(np.quantile(found, q)), 4) for q in (0.025, 0.975)]


def worst(chances: Numbers, shots: Pictures, columns: int = 12) -> NDArray[np.uint8]:
    """A picture of the worst errors: above empty beds with the highest chances, below occupied ones with the
    lowest; from each home one at most.
    """
    rows = []
    for occupied, order in ((0, np.argsort(-chances)), (1, np.argsort(chances))):
        homes: set[int] = set()
        tiles: list[NDArray[np.uint8]] = []
        for i in order:
            if shots.occupied[i] == occupied and shots.home[i] not in homes and len(tiles) < columns:
                homes.add(int(shots.home[i]))
                tiles.append(_tile(shots.views[i], f"{shots.state[i]} {chances[i]:.2f}"))
        rows.append(np.hstack(tiles + [np.zeros_like(tiles[0])] * (columns - len(tiles))))
    return np.vstack(rows)


def _tile(view: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    told = np.zeros((14, view.shape[1]), np.uint8)
    cv2.putText(told, text, (1, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 255, 1, cv2.LINE_AA)
    return np.vstack([view, told])


def main() -> None:
    """Renders what is missing, measures, prints."""
    options = _options()
    cv2.setNumThreads(1)
    first = FIRST_HOME // HOMES_A_FILE
    render(options.pictures, range(first, first + options.files), options.workers)
    net = OccupancyNet.load(options.model)
    answers, shots = answers_by_shot(net.answer, load(options.pictures, options.files))
    chances = np.array([net.calibrated(answer) for answer in answers])
    print(json.dumps({"net": net.version} | figures(chances, shots), indent=2))
    if options.worst is not None:
        cv2.imwrite(str(options.worst), worst(chances, shots))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("build/test-pictures"))
    parser.add_argument("--files", type=int, default=FILES, help="of rendered homes, nine in each")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="a net other than the shipped one")
    parser.add_argument("--worst", type=Path, metavar="FILE.png", help="write the worst errors as a picture")
    return parser.parse_args()


if __name__ == "__main__":
    main()
