"""How much more the bed moves, slowly and over a torso's breadth, than noise and the room would have it. Pure.

The ways of all blocks are looked at in narrow bands of slow frequencies, against what noise does at fast ones.
What the room far from the bed has in common (a shaken camera, a lamp, a curtain's moonlight) is taken out of the
bed and, half against half, out of the room; what remains there is what the bed must exceed. Which band stands out
is never told: no rate is known here.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

SLOW, FAST = (0.12, 0.46), (0.9, 3.5)  # Hz: where a blanket moves, and where only noise does
FAST_SAMPLES = 28  # frequencies at which noise is measured
COMMON_FROM, COMMON_MOST = 6.0, 3  # power from which a course is common to the room; how many are taken out
# Shares of the blocks that must move in the same band: a hand's breadth, a chest's, half a body's.
SPOT, BREADTH, HALF_BODY = 0.04, 0.12, 0.3
BROAD_ENOUGH, HALF_ENOUGH = 1.0, 2.0  # natural logarithms: as much less may these move; a cat's do much less
LIGHT_BEYOND, LIGHT_COUNTS = 1.0, 2.0
"""Natural logarithm by which brightness may move more than place, since folds shade as they rise; how often what is
more counts against it, since it is the edge of a light."""
TOO_MUCH_AROUND, FAR_ABOVE = (
    1.4,
    1.0,
)  # natural logarithms: so restless a room hides what a bed does, or nearly
FEWEST_IN_BED, FEWEST_AROUND = 9, 30


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Which blocks are the bed's, without its foot end, where no chest is but cats like to lie, and which lie far
    enough from it that no sleeper reaches into them.
    """

    bed: Mask
    room: Mask

    def telling(self, blocks: Mask) -> "Surroundings":
        """Only those among `blocks`."""
        return Surroundings(self.bed & blocks, self.room & blocks)

    @property
    def enough(self) -> bool:
        return bool(self.bed.sum() >= FEWEST_IN_BED and self.room.sum() >= FEWEST_AROUND)

    @property
    def blocks(self) -> int:
        """How many there are in both."""
        return int(self.bed.sum() + self.room.sum())

    def chosen(self, ways: Array) -> Array:
        """Of ways (..., rows, columns, directions) those of the bed's blocks, then of the room's, (..., blocks,
        directions).
        """
        which = np.concatenate([np.flatnonzero(self.bed.ravel()), np.flatnonzero(self.room.ravel())])
        return ways.reshape(*ways.shape[:-3], -1, ways.shape[-1])[..., which, :]


def excess(ways: Array, times: NDArray[np.floating[Any]], where: Surroundings) -> float | None:
    """Natural logarithm of how much more the bed moves than the room; None if nothing can be told.

    ways: (frames, blocks, directions), as `where` chooses them, each in units of its own, brightness before the
    shifts; times: seconds of each frame.
    """
    if not where.enough:
        return None
    slow = _spectra(ways, times, where)
    if slow is None:
        return None
    bed, room = slow
    chequered = _chequered(where.room)
    left = [_without_common(room[:, half], room[:, ~half]) for half in (chequered, ~chequered)]
    around = math.log(max(1.0, _stir(np.concatenate(left, axis=1), SPOT)))
    own = _without_common(bed, room)
    spot, breadth, half = (math.log(max(1e-6, _stir(own, patch))) for patch in (SPOT, BREADTH, HALF_BODY))
    inside = min(spot, breadth + BROAD_ENOUGH, half + HALF_ENOUGH)
    if around >= TOO_MUCH_AROUND and inside < around + FAR_ABOVE:
        return None
    return inside - around - LIGHT_COUNTS * max(0.0, _light(own) - LIGHT_BEYOND)


def _light(spectra: NDArray[np.complex64]) -> float:
    """Natural logarithm of how much more the brightness of a chest's breadth moves than its place."""
    brightness, place = (_stir(part, BREADTH) for part in (spectra[..., :1], spectra[..., 1:]))
    return math.log(max(1e-6, brightness) / max(1e-6, place))


def _spectra(
    ways: Array, times: NDArray[np.floating[Any]], where: Surroundings
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]] | None:
    """Slow spectra (frequencies, blocks, directions) of bed and room in units of their noise; None if too short
    or slow.
    """
    seconds = float(times[-1] - times[0])
    rate = (len(times) - 1) / seconds
    slow = np.arange(math.ceil(SLOW[0] * seconds), math.floor(SLOW[1] * seconds) + 1) / seconds
    fastest = min(FAST[1], 0.45 * rate)
    if len(slow) < 2 or fastest < FAST[0] + 0.5:
        return None
    chosen = ways.reshape(len(ways), -1)
    fast = np.linspace(FAST[0], fastest, FAST_SAMPLES)
    waves = _waves(np.concatenate([slow, fast]), times)
    both = waves.real @ chosen + 1j * (
        waves.imag @ chosen
    )  # half the work of meeting them as complex numbers
    noise = np.sqrt(np.mean(np.abs(both[len(slow) :]) ** 2, axis=0)) + 1e-6
    spectra = np.asarray(both[: len(slow)] / noise, np.complex64).reshape(len(slow), -1, ways.shape[-1])
    inside = int(where.bed.sum())
    return spectra[:, :inside], spectra[:, inside:]


def _waves(frequencies: NDArray[np.floating[Any]], times: NDArray[np.floating[Any]]) -> NDArray[np.complex64]:
    """Windowed waves, blind to a level and to a trend; each row meets the frames of a look."""
    share = (times - times[0]) / (times[-1] - times[0])
    window = np.sin(math.pi * share) ** 2
    waves = window * np.exp(-2j * math.pi * np.outer(frequencies, times - times[0]))
    steady, _ = np.linalg.qr(np.stack([np.ones(len(times)), share], axis=1))
    return np.asarray(waves - (waves @ steady) @ steady.T, np.complex64)


def _without_common(spectra: NDArray[np.complex64], seen: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """The spectra without those courses of time that the blocks of `seen` have in common."""
    flat = seen.reshape(len(seen), -1)
    powers, courses = np.linalg.eigh(flat @ flat.conj().T / flat.shape[1])
    common = courses[:, -COMMON_MOST:][:, powers[-COMMON_MOST:] > COMMON_FROM]
    whole = spectra.reshape(len(spectra), -1)
    own = whole - common @ (common.conj().T @ whole)
    return np.asarray(own.reshape(spectra.shape), np.complex64)


def _stir(spectra: NDArray[np.complex64], patch: float) -> float:
    """How strongly the liveliest `patch` of the blocks moves in one narrow band, at least; noise gives about 1."""
    power = np.mean(np.abs(spectra) ** 2, axis=2)
    narrow = power.copy()
    narrow[1:] += power[:-1]
    narrow[:-1] += power[1:]
    return float(np.quantile(narrow / 3, 1 - patch, axis=1).max())


def _chequered(blocks: Mask) -> Mask:
    """Every second field of 4 x 4 blocks, for the blocks in question."""
    row, column = np.nonzero(blocks)
    return np.asarray((row // 4 + column // 4) % 2 == 0, np.bool_)


def far_from(inside: NDArray[np.uint8], reach: int) -> Mask:
    """Pixels that are more than `reach` pixels away from those `inside`."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(inside, disc) == 0, np.bool_)
