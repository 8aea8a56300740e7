"""The bed's corners from four printed cards, one on each corner of the mattress.

The cards are ArUco markers: black toner on white paper, which infrared light shows as well as day. Whichever way a
card is turned, its outermost corner is the mattress's: of all choices of one corner a card, the one that encloses
most.
"""

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capture import Picture
from vision.commission.protocol import CARDS

DICTIONARY = cv2.aruco.DICT_4X4_50
MODULES = 8
"""A card's side in the marker's own squares: four of code, a black rim, and a white one around it."""
SMALLEST = 12.0  # pixels of a marker's shorter side below which its corners are guesses
FEWEST_FRAMES = 5
STEADY_WITHIN = 2.0  # pixels

Points = NDArray[np.float32]
Found = dict[int, Points]
"""Cards' corners (4, 2) by number."""


@dataclass
class Sightings:
    """What many pictures showed of the cards."""

    pictures: int = 0
    cards: dict[int, list[Points]] = field(default_factory=dict)

    def add(self, picture: Picture) -> None:
        self.pictures += 1
        for number, corners in find(picture).items():
            self.cards.setdefault(number, []).append(corners)

    def middles(self) -> dict[str, tuple[float, float]]:
        """Where each card was seen, by name."""
        placed = self._placed()
        return {CARDS[number]: _pair(corners.mean(0)) for number, corners in sorted(placed.items())}

    def sides(self) -> dict[str, float]:
        """The shorter side of each card, pixels, by name."""
        return {CARDS[number]: round(_side(corners), 1) for number, corners in sorted(self._placed().items())}

    def spread(self) -> float:
        """By how many pixels a card's corners differed from picture to picture; the worst card."""
        return max((_spread(seen) for seen in self.cards.values()), default=0.0)

    def complaints(self) -> tuple[str, ...]:
        """Why these cards give no bed; empty if they do."""
        if self.pictures < FEWEST_FRAMES:
            return ("few_frames",)
        often = [n for n, seen in self.cards.items() if len(seen) >= max(3, self.pictures // 4)]
        missing = [f"missing:{name}" for number, name in enumerate(CARDS) if number not in often]
        if missing:
            return tuple(missing)
        small = [f"small:{CARDS[n]}" for n, corners in self._placed().items() if _side(corners) < SMALLEST]
        if small:
            return tuple(small)
        if self.spread() > STEADY_WITHIN:
            return ("unsteady",)
        return _order(self.corners())

    def corners(self) -> Points:
        """The mattress's corners (4, 2), head-left, head-right, foot-right, foot-left."""
        placed = self._placed()
        return _outermost([placed[number] for number in range(len(CARDS))])

    def _placed(self) -> Found:
        return {n: np.median(np.stack(seen), axis=0).astype(np.float32) for n, seen in self.cards.items()}


def find(picture: Picture) -> Found:
    """The cards in one picture: in it as it is, or else with its contrast evened out and twice as large."""
    found = _detected(picture)
    if len(found) < len(CARDS):
        even = cv2.createCLAHE(4.0, (8, 8)).apply(picture)
        large = np.asarray(cv2.resize(even, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
        halved = {n: _halved(corners) for n, corners in _detected(large).items()}
        found = halved | found
    return {n: _whole_card(corners) for n, corners in found.items()}


def _detected(picture: Picture) -> Found:
    """Markers' corners as the detector orders them: clockwise, the marker's own upper left first."""
    corners, numbers, _ = _detector().detectMarkers(picture)
    if not corners:
        return {}
    told = zip(np.ravel(numbers).astype(int), corners, strict=True)
    return {int(n): np.asarray(four, np.float32).reshape(4, 2) for n, four in told if n < len(CARDS)}


def _halved(corners: Points) -> Points:
    """In a picture twice as large, as they are in this one."""
    return np.asarray((corners + 0.5) / 2 - 0.5, np.float32)


def _detector() -> cv2.aruco.ArucoDetector:
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.cornerRefinementWinSize = 2
    settings.adaptiveThreshWinSizeMin, settings.adaptiveThreshWinSizeMax = 3, 43
    settings.adaptiveThreshWinSizeStep = 8
    settings.minMarkerPerimeterRate = 0.02
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), settings)


def _whole_card(marker: Points) -> Points:
    """The paper's corners, which lie one of the marker's squares outside its own."""
    inner, outer = 1.0, float(MODULES)
    squares = np.array([[inner, inner], [outer - inner, inner], [outer - inner, outer - inner],
                        [inner, outer - inner]], np.float32)  # fmt: skip
    way = cv2.getPerspectiveTransform(squares, marker)
    paper = np.array([[[0, 0], [outer, 0], [outer, outer], [0, outer]]], np.float32)
    return np.asarray(cv2.perspectiveTransform(paper, way)[0], np.float32)


def _outermost(cards: list[Points]) -> Points:
    chosen: Iterable[tuple[int, ...]] = itertools.product(range(4), repeat=len(cards))
    beds = [np.stack([card[k] for card, k in zip(cards, choice, strict=True)]) for choice in chosen]
    return max(beds, key=lambda bed: abs(_area(bed)))


def _area(bed: Points) -> float:
    x, y = bed[:, 0].astype(np.float64), bed[:, 1].astype(np.float64)
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def _order(bed: Points) -> tuple[str, ...]:
    """Clockwise without crossing, as the four are seen from above."""
    sides = np.roll(bed, -1, axis=0) - bed
    after = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    if (turns > 0).all():
        return ()
    return ("mirrored",) if (turns < 0).all() else ("order",)


def _side(card: Points) -> float:
    """Of the marker on it."""
    lengths = np.linalg.norm(np.roll(card, -1, axis=0) - card, axis=1)
    return float(lengths.min()) * (MODULES - 2) / MODULES


def _spread(seen: list[Points]) -> float:
    middle = np.median(np.stack(seen), axis=0)
    return statistics.median(float(np.abs(corners - middle).max()) for corners in seen)


def _pair(point: Points) -> tuple[float, float]:
    return round(float(point[0]), 1), round(float(point[1]), 1)
