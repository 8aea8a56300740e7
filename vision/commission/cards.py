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
SMALLEST = 8.0  # pixels of a marker's shorter side below which its corners are guesses
TOGETHER = 8
"""Pictures that are averaged, since their noise hides small cards."""
GROUPS = 3
CORRECTED_BITS = 2  # the four differ in seven bits, however they are turned
LARGER = 4
STEADY_WITHIN = 2.0  # pixels

Points = NDArray[np.float32]
Found = dict[int, Points]
"""Cards' corners (4, 2) by number."""


@dataclass
class Sightings:
    """What many pictures showed of the cards."""

    groups: int = 0
    gathered: list[Picture] = field(default_factory=list)
    cards: dict[int, list[Points]] = field(default_factory=dict)

    def add(self, picture: Picture) -> None:
        self.gathered.append(picture)
        if len(self.gathered) < TOGETHER:
            return
        mean = np.mean(np.stack(self.gathered), axis=0, dtype=np.float32)
        self.groups += 1
        self.gathered = []
        for number, corners in find(np.asarray(mean + 0.5, np.uint8)).items():
            self.cards.setdefault(number, []).append(corners)

    @property
    def enough(self) -> bool:
        """Whether more pictures would hardly tell more."""
        return self.groups >= GROUPS

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
        if not self.enough:
            return ("few_frames",)
        often = [n for n, seen in self.cards.items() if len(seen) > self.groups // 2]
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
    """The cards in one picture, which is searched as it is and with its contrast evened out."""
    even = cv2.createCLAHE(4.0, (8, 8)).apply(picture)
    found = _detected(np.asarray(even, np.uint8)) | _detected(picture)
    return {n: _whole_card(corners) for n, corners in found.items()}


def _detected(picture: Picture) -> Found:
    """Markers' corners as the detector orders them: clockwise, the marker's own upper left first.

    Small cards far away are read in a picture made larger: the detector works with whole pixels.
    """
    large = cv2.resize(picture, None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC)
    corners, numbers, _ = _detector().detectMarkers(large)
    if not corners:
        return {}
    fours = [np.asarray((four.reshape(4, 2) + 0.5) / LARGER - 0.5, np.float32) for four in corners]
    told = sorted(zip(np.ravel(numbers).astype(int), fours, strict=True), key=lambda one: abs(_area(one[1])))
    return {int(n): four for n, four in told}  # of two alike, the larger one


def _detector() -> cv2.aruco.ArucoDetector:
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.adaptiveThreshWinSizeMin, settings.adaptiveThreshWinSizeMax = 5, 5 + 16 * LARGER
    settings.adaptiveThreshWinSizeStep = 6 * LARGER
    settings.minMarkerPerimeterRate = 0.01
    settings.perspectiveRemovePixelPerCell = 8
    settings.polygonalApproxAccuracyRate = 0.05
    settings.minDistanceToBorder = 1
    settings.errorCorrectionRate = 1.0
    known = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    ours = cv2.aruco.Dictionary(known.bytesList[: len(CARDS)].copy(), known.markerSize, CORRECTED_BITS)
    return cv2.aruco.ArucoDetector(ours, settings)


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
