"""Movement of the blanket as evidence of presence: never a rate, only how likely it is that something lives there.

Each patch of 48×48 pixels, one every 16, is followed against the mean of the first frames (one Lucas-Kanade step
after its change of brightness, so that a passing light is no shift; saturated pixels left out, the gain of each
frame evened out); vision/blocks.py weighs the bed against the room. Coarse movement (turning, getting up) begins
anew.
"""

from collections import deque
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.blocks import Surroundings, excess, far_from
from vision.capture import Picture
from vision.courses import Courses
from vision.integrity import bed_mask
from vision.protocol import Bed

Array = NDArray[np.float32]

WORK_WIDTH = 320
BLOCK = 8  # pixels at WORK_WIDTH: 16 of a picture 640 wide
PATCH = 3  # blocks along each side of what is followed as one
ANCHOR_FRAMES = 8
SHORTEST = 9.0  # seconds in which a sleeper breathes twice at least
USABLE_FROM = 0.4
STILL_BELOW = 0.8  # share of unchanged pixels; above it a codec has removed what there was to see
SATURATED, BLACK = 246, 6
CHEST_END = 0.65  # share of the mattress, from the head end, in which chest and belly lie
REACH = (0.3, 0.2, 0.08)  # of the bed's size: how far beside it a sleeper may show; less if it is near

NEITHER, STEEPNESS = 0.6, 4.0  # the score that speaks for neither; evidence for each unit beyond it
LEAST_WORTH, MOST_WORTH = -2.0, 2.5  # natural logarithm: shallow breath hides in noise, and cats breathe

QUIET = 0.6  # score that an undisturbed empty bed does not reach

COARSE_STEP = 0.6  # seconds between the pictures that coarse movement is seen in
COARSE_FROM = 0.03  # share of the bed's blocks
EVERYWHERE = 0.5  # share of the room's blocks: then it is the light, not a person


@dataclass(frozen=True, slots=True)
class Movement:
    """score: how much more the bed moves slowly than the room does (natural logarithm), None if blind;
    coarse: largest share of the bed seen to change within 0.6 s; settled: seconds since;
    usable: share of the bed that can be judged.
    """

    score: float | None
    coarse: float
    settled: float
    usable: float

    @property
    def restless(self) -> bool:
        """Whether something large moved in the bed."""
        return self.coarse >= COARSE_FROM

    @property
    def evidence(self) -> float | None:
        """Logarithm of the likelihood ratio for presence; limited, since cats breathe, moonlight may fall on the
        bed alone, and noise hides breath.
        """
        if self.score is None:
            return None
        return max(LEAST_WORTH, min(MOST_WORTH, STEEPNESS * (self.score - NEITHER)))

    def against(self, quiet: float | None) -> float | None:
        """The evidence in a home whose empty bed once scored `quiet`: a fan or a curtain that moves its bedding is
        no sleeper. It never counts for more than elsewhere.
        """
        if self.score is None or quiet is None:
            return self.evidence
        return replace(self, score=self.score - max(0.0, quiet - QUIET)).evidence


class Movements:
    """Follows one bed through the frames of one look; keeps small numbers, never frames."""

    def __init__(self, bed: Bed, width: int, height: int) -> None:
        self._scale = WORK_WIDTH / width
        rows, columns = round(height * self._scale) // BLOCK, WORK_WIDTH // BLOCK
        self._size = (columns * BLOCK, rows * BLOCK)
        inside = bed_mask(bed, width, height, self._scale)
        inside = np.asarray(cv2.resize(inside, self._size, interpolation=cv2.INTER_NEAREST), np.uint8)
        self._bed_pixels = inside > 0
        self._bed = _block_sums(inside.astype(np.float32)) > BLOCK * BLOCK / 2
        self._where = _surroundings(inside, self._chest_end(bed))
        self._earlier: deque[tuple[float, Array]] = deque(maxlen=32)
        self._first: float | None = None
        self._last = 0.0
        self._coarse = 0.0
        self._usable = 0.0
        self._begin_anew(0.0)

    def add(self, picture: Picture, at: float) -> None:
        """Take in a frame of the size told at the beginning; at: seconds."""
        small = np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        if self._first is None:
            self._first = self._settled_at = at
        self._last = at
        if self._stirred(small, at):
            self._begin_anew(at)
        elif self._anchor is None:
            self._gather_anchor(small)
        else:
            self._follow(self._anchor, small, at)

    def judge(self) -> Movement:
        """What has been seen so far."""
        return Movement(self._score(), self._coarse, self._last - self._settled_at, self._usable)

    def _chest_end(self, bed: Bed) -> Picture:
        """1 where chest and belly of somebody in bed are, seen on the mattress."""
        mattress = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        seen = cv2.getPerspectiveTransform(mattress, np.asarray(bed, np.float32) * np.float32(self._scale))
        end = np.array([[[0, 0], [1, 0], [1, CHEST_END], [0, CHEST_END]]], np.float32)
        corners = cv2.perspectiveTransform(end, seen)[0]
        mask = np.zeros((self._size[1], self._size[0]), np.uint8)
        cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1)
        return mask

    def _begin_anew(self, at: float) -> None:
        self._settled_at = at
        self._gathered: list[Picture] = []
        self._anchor: _Anchor | None = None
        self._times: list[float] = []
        self._unchanged: list[float] = []
        self._before: Picture | None = None

    def _stirred(self, small: Picture, at: float) -> bool:
        """Whether something large moved, or the light changed; remembers the largest share of the bed."""
        now = _block_sums(small.astype(np.float32)) / np.float32(BLOCK**2)
        then = next((blocks for when, blocks in self._earlier if at - when <= COARSE_STEP), now)
        self._earlier.append((at, now))
        gain = float(np.median((then + 1) / (now + 1)))
        changed = np.abs(now * gain - then) > 4.0 + 0.06 * then
        bed, room = self._bed, self._where.room
        everywhere = bool(room.any()) and float(changed[room].mean()) > EVERYWHERE
        share = float(changed[bed].mean()) if bed.any() else 0.0
        if not everywhere:
            self._coarse = max(self._coarse, share)
        return everywhere or share >= COARSE_FROM

    def _gather_anchor(self, small: Picture) -> None:
        self._gathered.append(small)
        if len(self._gathered) == ANCHOR_FRAMES:
            mean = np.asarray(np.mean(np.stack(self._gathered), axis=0, dtype=np.float32))
            self._anchor = _Anchor(mean, self._where)
            self._gathered = []
            self._usable = (
                float(self._anchor.valid[self._bed_pixels].mean()) if self._bed_pixels.any() else 0.0
            )

    def _follow(self, anchor: "_Anchor", small: Picture, at: float) -> None:
        anchor.follow(small)
        self._times.append(at)
        if self._before is not None:
            self._unchanged.append(float((small == self._before)[self._bed_pixels].mean()))
        self._before = small

    def _score(self) -> float | None:
        if self._anchor is None or len(self._times) < 2 or self._times[-1] - self._times[0] < SHORTEST:
            return None
        if self._usable < USABLE_FROM or float(np.mean(self._unchanged)) > STILL_BELOW:
            return None
        return excess(self._anchor.ways.so_far, np.array(self._times), self._anchor.where)


class _Anchor:
    """The picture that movement is measured against, with its gradients, and the ways since of what tells anything
    in bed and room.
    """

    def __init__(self, mean: Array, where: Surroundings) -> None:
        seen = ((mean > BLACK) & (mean < SATURATED)).astype(np.uint8)
        self.valid = cv2.erode(seen, np.ones((3, 3), np.uint8)).astype(np.float32)
        self._mean = mean
        smooth = cv2.GaussianBlur(mean, (0, 0), 0.8)
        across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
        down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
        self._changes = [self.valid, across * self.valid, down * self.valid]
        alike = [[_block_sums(one * other) for other in self._changes] for one in self._changes]
        normal = _patches(np.dstack(list(chain(*alike)))).reshape(*alike[0][0].shape, 3, 3)
        apart = np.linalg.inv(np.linalg.cholesky(normal.astype(np.float64) + np.eye(3)))
        self._apart = np.asarray(apart, np.float32)
        self.where = where.telling(np.asarray(_block_sums(self.valid) > BLOCK * BLOCK / 2, np.bool_))
        self.ways = Courses((self.where.blocks, len(self._changes)))

    def follow(self, small: Picture) -> None:
        """Adds the ways to one more picture."""
        self.ways.append(self.where.chosen(self.way_to(small)))

    def way_to(self, small: Picture) -> Array:
        """How much brighter each patch has become since the anchor, and how far it has moved, in units of its own
        noise and along three directions that do not disturb each other; shape (rows, columns, 3).
        """
        grey = small.astype(np.float32)
        gain = float((self._mean * self.valid).sum()) / max(1.0, float((grey * self.valid).sum()))
        change = grey * gain - self._mean
        pull = _patches(np.dstack([_block_sums(change * one) for one in self._changes]))
        return np.asarray(np.einsum("rcij,rcj->rci", self._apart, pull), np.float32)


def _surroundings(inside: Picture, chest_end: Picture) -> Surroundings:
    """The blocks of bed and room; where the bed fills the picture, the room begins nearer to it."""
    bed = _block_sums(chest_end.astype(np.float32)) > BLOCK * BLOCK / 2
    size = float(np.sqrt(inside.sum()))
    for reach in REACH:
        far = far_from(inside, max(BLOCK, round(reach * size))).astype(np.float32)
        where = Surroundings(bed, np.asarray(_block_sums(far) == BLOCK * BLOCK, np.bool_))
        if where.enough:
            break
    return where


def _block_sums(picture: NDArray[np.floating[Any]]) -> Array:
    rows, columns = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
    means = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means * (BLOCK * BLOCK), np.float32)


def _patches(blocks: Array) -> Array:
    """Sums over the patch around each block; what lies outside the picture counts nothing."""
    summed = cv2.boxFilter(blocks, -1, (PATCH, PATCH), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, np.float32)
