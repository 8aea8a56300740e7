"""How well the four cards are found in rendered homes: `python -m models.training.card_sightings`.

A card is laid into the picture where the camera sees the mattress's corner, as bright as the bed around it, with
the noise, blur and JPEG of the home's sensor. A sighting is what `nattro commission` does with its pictures.
"""

import argparse
import os
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.states import arrange
from models.training.check_films import CheckedHome, NoRoom
from vision.commission.cards import DICTIONARY, MODULES, Sightings
from vision.evaluate.figures import share

FIRST_HOME = 1_500_001
CARD = 0.184  # metres
PAPER, TONER = 1.5, 0.12
"""Brightness against the bed's: white paper, and what infrared light leaves of black toner."""
FINE = 40


@dataclass(frozen=True)
class Sighting:
    """tilt: degrees that the camera looks down; error: of the worst corner, pixels; None if it was refused."""

    tilt: float
    light: str
    low: bool
    error: float | None
    reasons: tuple[str, ...]


def sighting(number: int) -> Sighting:
    """One home. Raises NoRoom."""
    at = CheckedHome(number)
    rng = np.random.default_rng([number, 5])
    linear = at.home.light(arrange(rng, at.home.bed, "made", tidy=True), at.camera, at.light)
    true, _ = at.camera.project(at.home.bed.corners)
    for card in range(4):
        linear = _laid(linear, card, _places(at.home.bed.corners, card, float(rng.normal(0, 0.12))), at)
    sightings = Sightings()
    while not sightings.enough:
        sightings.add(at.sensor.shoot(rng, linear, at.exposure(linear)))
    reasons = sightings.complaints()
    error = None if reasons else float(np.linalg.norm(sightings.corners() - true, axis=1).max())
    return Sighting(at.region.tilt, at.light.kind, at.region.low, error, reasons)


def _places(bed: NDArray[np.floating], card: int, turned: float) -> NDArray[np.float64]:
    """The paper's corners (4, 3) in metres: one on the mattress's, the others within it, turned a little."""
    corner = bed[card].astype(np.float64)
    along, across = (bed[(card + step) % 4] - corner for step in (1, -1))
    along, across = along / np.linalg.norm(along), across / np.linalg.norm(across)
    c, s = np.cos(turned), np.sin(turned)
    u, v = CARD * (c * along + s * across), CARD * (c * across - s * along)
    placed = np.stack([corner, corner + u, corner + u + v, corner + v])
    placed[:, 2] += 0.005
    return placed


def _laid(
    linear: NDArray[np.float32], card: int, places: NDArray[np.float64], at: CheckedHome
) -> NDArray[np.float32]:
    """The card in the picture, lit as the bed is there."""
    corners, _ = at.camera.project(places.astype(np.float32))
    side = MODULES * FINE
    marker = cv2.aruco.generateImageMarker(
        cv2.aruco.getPredefinedDictionary(DICTIONARY), card, side - 2 * FINE
    )
    paper = np.full((side, side), 255, np.uint8)
    paper[FINE:-FINE, FINE:-FINE] = marker
    own = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    big = 4  # drawn finer than the picture, then averaged, as a lens does
    way = cv2.getPerspectiveTransform(own, (corners * big).astype(np.float32))
    size = (linear.shape[1] * big, linear.shape[0] * big)
    seen = cv2.warpPerspective(paper.astype(np.float32) / 255, way, size, flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.ones((side, side), np.float32), way, size)
    small = (linear.shape[1], linear.shape[0])
    seen, inside = (cv2.resize(each, small, interpolation=cv2.INTER_AREA) for each in (seen, inside))
    lit = cv2.GaussianBlur(linear, (0, 0), 12)
    reflected = lit * (TONER * inside + (PAPER - TONER) * seen)
    return np.asarray(linear * (1 - inside) + reflected, np.float32)


def table(sightings: list[Sighting]) -> str:
    """By how steeply the camera looks down."""
    lines = [
        f"{'camera looks down by':>22} {'homes':>6} {'found':>24} {'error: median':>14} {'95 %':>7} {'worst':>7}"
    ]
    for low, high in ((0, 25), (25, 35), (35, 45), (45, 60), (60, 90)):
        some = [one for one in sightings if low <= one.tilt < high]
        if not some:
            continue
        errors = [one.error for one in some if one.error is not None]
        told = share([one.error is not None for one in some])
        spread = np.percentile(errors, [50, 95, 100]) if errors else [float("nan")] * 3
        lines.append(
            f"{f'{low}-{high} degrees':>22} {len(some):>6} {told.hits:>6} ({told.low:.2f}-{told.high:.2f}) "
            + " ".join(f"{value:>10.2f}" for value in spread)
        )
    refused: dict[str, int] = {}
    for one in sightings:
        for reason in one.reasons:
            refused[reason.partition(":")[0]] = refused.get(reason.partition(":")[0], 0) + 1
    return "\n".join([*lines, f"refused, by reason (a card each): {refused}"])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--homes", type=int, default=60)
    homes = parser.parse_args().homes
    os.nice(10)
    cv2.setNumThreads(1)
    seen = []
    for number in range(FIRST_HOME, FIRST_HOME + 10 * homes, 10):
        try:
            seen.append(sighting(number))
        except NoRoom:
            continue
    print(table(seen))


if __name__ == "__main__":
    main()
