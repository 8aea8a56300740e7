"""Movement of the blanket as evidence of presence: never a rate, only how likely it is that something lives there.

Each block of 16×16 pixels is followed against the mean of the first frames (one Lucas-Kanade step in x, y and
brightness; saturated pixels left out, the gain of each frame evened out). Slow movement, as breath gives it to
a blanket, is weighed against fast movement, as noise gives it; and the bed against the room around it, so that
whatever shakes or flickers everywhere counts for nothing. Coarse movement (turning, getting up) begins anew.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capture import Picture
from vision.integrity import bed_mask
from vision.protocol import Bed

Array = NDArray[np.float32]

WORK_WIDTH = 320
BLOCK = 8  # pixels at WORK_WIDTH: 16 of a picture 640 wide
ANCHOR_FRAMES = 8
SHORTEST = 9.0  # seconds in which a sleeper breathes twice at least
SLOW, FAST = (0.13, 0.6), (0.9, 3.5)  # Hz: where a blanket moves, and where only noise does
USABLE_FROM = 0.4
STILL_BELOW = 0.8  # share of unchanged pixels; above it a codec has removed what there was to see
FEWEST_AROUND = 30
LEFT_BEHIND = 0.05  # share of the power of the camera's own movement that taking it out may leave
SATURATED, BLACK = 246, 6

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
        """Logarithm of the likelihood ratio for presence; limited, since cats breathe and noise hides breath."""
        if self.score is None:
            return None
        return max(-0.5, min(2.0, 6.0 * (self.score - 0.15)))


class Movements:
    """Follows one bed through the frames of one look; keeps small numbers, never frames."""

    def __init__(self, bed: Bed, width: int, height: int) -> None:
        self._scale = WORK_WIDTH / width
        rows, columns = round(height * self._scale) // BLOCK, WORK_WIDTH // BLOCK
        self._size = (columns * BLOCK, rows * BLOCK)
        inside = bed_mask(bed, width, height, self._scale)
        inside = np.asarray(cv2.resize(inside, self._size, interpolation=cv2.INTER_NEAREST), np.uint8)
        near = cv2.dilate(inside, np.ones((2 * BLOCK + 1, 2 * BLOCK + 1), np.uint8))
        self._bed_pixels = inside > 0
        self._bed = _block_sums(inside.astype(np.float32)) > BLOCK * BLOCK / 2
        self._room = _block_sums(near.astype(np.float32)) == 0
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

    def _begin_anew(self, at: float) -> None:
        self._settled_at = at
        self._gathered: list[Picture] = []
        self._anchor: _Anchor | None = None
        self._ways: list[Array] = []
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
        everywhere = bool(self._room.any()) and float(changed[self._room].mean()) > EVERYWHERE
        share = float(changed[self._bed].mean()) if self._bed.any() else 0.0
        if not everywhere:
            self._coarse = max(self._coarse, share)
        return everywhere or share >= COARSE_FROM

    def _gather_anchor(self, small: Picture) -> None:
        self._gathered.append(small)
        if len(self._gathered) == ANCHOR_FRAMES:
            self._anchor = _Anchor(np.mean(np.stack(self._gathered), axis=0, dtype=np.float32))
            self._gathered = []
            self._usable = (
                float(self._anchor.valid[self._bed_pixels].mean()) if self._bed_pixels.any() else 0.0
            )

    def _follow(self, anchor: "_Anchor", small: Picture, at: float) -> None:
        self._ways.append(anchor.way_to(small))
        self._times.append(at)
        if self._before is not None:
            self._unchanged.append(float((small == self._before)[self._bed_pixels].mean()))
        self._before = small

    def _score(self) -> float | None:
        if self._anchor is None or len(self._times) < 2 or self._times[-1] - self._times[0] < SHORTEST:
            return None
        if self._usable < USABLE_FROM or float(np.mean(self._unchanged)) > STILL_BELOW:
            return None
        bed, room = self._bed & self._anchor.telling, self._room & self._anchor.telling
        if bed.sum() < 9 or room.sum() < FEWEST_AROUND:
            return None
        rate = (len(self._times) - 1) / (self._times[-1] - self._times[0])
        ways = np.stack(self._ways)
        excess = _slow_against_fast(ways, _of_the_camera(ways, room, self._anchor.firmness), rate)
        if excess is None:
            return None
        return math.log(_high(excess, bed) / max(1.0, _high(excess, room)))


class _Anchor:
    """The picture that movement is measured against, with its gradients."""

    def __init__(self, mean: Array) -> None:
        seen = ((mean > BLACK) & (mean < SATURATED)).astype(np.uint8)
        self.valid = cv2.erode(seen, np.ones((3, 3), np.uint8)).astype(np.float32)
        self._mean = mean
        smooth = cv2.GaussianBlur(mean, (0, 0), 0.8)
        across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8 * self.valid
        down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8 * self.valid
        self._parts = (across, down, smooth / 100 * self.valid)
        normal = np.array([[_block_sums(a * b) for b in self._parts] for a in self._parts]).transpose(
            2, 3, 0, 1
        )
        self._solve = np.linalg.inv(normal + np.diag([15.0, 15.0, 0.3])).astype(np.float32)
        self.telling = _block_sums(self.valid) > BLOCK * BLOCK / 2
        self.firmness = np.stack([normal[..., 0, 0], normal[..., 1, 1]], axis=-1)

    def way_to(self, small: Picture) -> Array:
        """Way of each block in x and y since the anchor, pixels at WORK_WIDTH; shape (rows, columns, 2)."""
        grey = small.astype(np.float32)
        gain = float((self._mean * self.valid).sum()) / max(1.0, float((grey * self.valid).sum()))
        change = grey * gain - self._mean
        pull = np.stack([_block_sums(change * part) for part in self._parts], axis=-1)
        return np.asarray((self._solve @ pull[..., None])[..., :2, 0], np.float32)


def _block_sums(picture: NDArray[np.floating[Any]]) -> Array:
    rows, columns = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
    means = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means * (BLOCK * BLOCK), np.float32)


def _of_the_camera(ways: Array, room: NDArray[np.bool_], firmness: Array) -> Array:
    """What moves the whole picture, as the firmest blocks of the room show it; shape (frames, 1, 2)."""
    axes = []
    for axis in range(2):
        firm = room & (firmness[..., axis] >= np.percentile(firmness[room, axis], 80))
        axes.append(np.median(ways[:, firm, axis], axis=1))
    return np.asarray(np.stack(axes, axis=-1)[:, None, :], np.float32)


def _slow_against_fast(ways: Array, camera: Array, rate: float) -> Array | None:
    """Power of slow over fast movement for each block, evened over its neighbours; None if the rate is too low.

    The camera's own movement is taken out, and what it may have left behind counts as noise. Row by row, so that
    the spectra of a long look take little memory.
    """
    frequencies = np.fft.rfftfreq(len(ways), 1 / rate)
    slow = (frequencies >= SLOW[0]) & (frequencies <= SLOW[1])
    fast = (frequencies >= FAST[0]) & (frequencies <= FAST[1])
    if slow.sum() < 2 or fast.sum() < 4:
        return None
    left_behind = LEFT_BEHIND * _power(camera)[slow].mean(axis=0)
    excess = np.empty(ways.shape[1:3], np.float32)
    for row in range(len(excess)):
        power = _power(ways[:, row] - camera)
        noise = power[fast].mean(axis=0) + left_behind + 1e-9
        excess[row] = (power[slow].mean(axis=0) / noise).mean(axis=-1)
    return np.asarray(cv2.blur(excess, (3, 3)), np.float32)


def _power(ways: Array) -> Array:
    """Power by frequency of (frames, blocks, 2), each block's mean and trend taken out."""
    count = len(ways)
    line = np.linspace(-1, 1, count, dtype=np.float32)[:, None, None]
    level = ways - ways.mean(axis=0)
    level = level - (line * level).sum(axis=0) / (line**2).sum() * line
    window = np.hanning(count)[:, None, None].astype(np.float32)
    return np.asarray(np.abs(np.fft.rfft(level * window, axis=0)) ** 2, np.float32)


def _high(excess: Array, blocks: NDArray[np.bool_]) -> float:
    return float(np.percentile(excess[blocks], 97))
