"""What a picture can be worth: dark, over-exposed, covered, hazy, blurred, torn, or the same bytes again and again.

Every judgement comes with its measured value as a cue. Thresholds lie between rendered rooms with and without the
fault, and real infrared bedrooms stay clear of them (their 95th percentile of grey goes down to 49, their blur to
0.50). Noise counterfeits fine structure, so its share is taken out first.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capture import Picture
from vision.protocol import Bed

DARK_BELOW = 32.0  # 95th percentile of grey; real infrared bedrooms go down to 49
ROOM_SEEN_FROM = 8.0  # grey levels that a dark picture spans, if some light of the room is left
OVEREXPOSED_FROM = 0.35  # share of the picture at its white; sound pictures up to 0.13
BED_OVEREXPOSED_FROM = 0.2  # the same of the bed; a bed that is seen can be judged before a white wall
COVERED_BELOW = 0.015  # mid-band structure against brightness; a hand on the lens 0.007
HAZED_BELOW = (
    0.042  # the same: grease, condensation, a curtain close by 0.002-0.041; sound pictures from 0.051
)
BLURRED_BELOW = 0.36  # fine against coarse edges; in focus 0.41 and more, out of focus by 2 pixels 0.24-0.37
LOW_CONTRAST_BELOW = (
    0.009  # structure of the bed against its brightness; smooth covers 0.011, one shade 0.006
)
TORN_FROM = 0.09  # share of the picture's height that is one flat grey, as a lost packet leaves it
DARKEST_GREY, LIGHTEST_GREY = 16, 239
FROZEN_AFTER = 5.0  # seconds of the same bytes; a real sensor's noise never repeats

Floats = NDArray[np.float32]

WORK_WIDTH = 640
WHITE_FROM, AT_WHITE = 200.0, 5.0  # grey levels: of what may be white, and how near its noise keeps to it
COARSE_FROM = 4.0  # pixels of blur from which half the picture's pixels will do
HALVED = 1.0  # pixels squared: by so much halving and doubling a picture blurs it already
EDGE = 25  # pixels at WORK_WIDTH by which the bed is shrunk for its contrast: its outline is always seen

# How far white noise of standard deviation 1 gets into each measure.
NOISE_IN_RESIDUE, NOISE_IN_MIDDLE, NOISE_IN_FINE, NOISE_IN_COARSE, NOISE_IN_BED = 0.94, 0.41, 0.59, 0.15, 0.13


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of one picture; see the thresholds above.

    sharpness: None where noise hides the fine edges; room_seen: the room is recognised in it as it was at
    installation, so that whatever ails the picture is a doubt and no fault.
    """

    brightness: float
    saturated: float
    structure: float
    sharpness: float | None
    contrast: float
    span: float = 0.0
    bed_saturated: float = 1.0
    room_seen: bool = False

    def faults(self) -> tuple[str, ...]:
        """Why nothing can be seen at all, most telling first."""
        return () if self.room_seen else self._ailments()

    def _ailments(self) -> tuple[str, ...]:
        if self.brightness < DARK_BELOW:
            return ("lamp_dead",) if self.span >= ROOM_SEEN_FROM else ("dark",)
        if self.saturated >= OVEREXPOSED_FROM and self.bed_saturated >= BED_OVEREXPOSED_FROM:
            return ("over_exposed",)
        return ("covered",) if self.structure < COVERED_BELOW else ()

    def doubts(self) -> tuple[str, ...]:
        """Why what is seen may mislead."""
        blurred = ("blurred",) if self.sharpness is not None and self.sharpness < BLURRED_BELOW else ()
        hazed = ("hazed",) if self.structure < HAZED_BELOW else ()
        white = ("over_exposed",) if self.saturated >= OVEREXPOSED_FROM and not self.faults() else ()
        ailing = tuple(word for word in self._ailments() if self.room_seen and word not in white)
        return (
            ailing
            + white
            + hazed
            + blurred
            + (("low_contrast",) if self.contrast < LOW_CONTRAST_BELOW else ())
        )

    def cues(self) -> dict[str, float]:
        measured = {
            "brightness": self.brightness,
            "saturated": self.saturated,
            "structure": self.structure,
            "contrast": self.contrast,
        }
        return measured if self.sharpness is None else measured | {"sharpness": self.sharpness}


def bed_mask(
    bed: Bed | Sequence[tuple[float, float]], width: int, height: int, scale: float = 1.0
) -> Picture:
    """1 inside the bed's outline, 0 outside; shape (height, width) after scaling corners and size by `scale`."""
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    mask = np.zeros(size, np.uint8)
    corners = np.round(np.asarray(bed, np.float32) * scale).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1)
    return mask


def measure(picture: Picture, bed: Bed) -> Quality:
    """The measures of one grey picture; by far the dearest step of a look (`nattro bench`)."""
    height, width = picture.shape
    scale = min(1.0, WORK_WIDTH / width)
    if scale < 1.0:
        picture = np.asarray(
            cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    inside = bed_mask(bed, width, height, scale)[: picture.shape[0], : picture.shape[1]]
    inside = np.asarray(cv2.erode(inside, np.ones((EDGE, EDGE), np.uint8)), np.uint8)
    scales = _Scales(picture)
    spread = scales.spread(2.0, 8.0, inside > 0)
    noise = _percentile(scales.grey[::2, ::2] - scales.at(1.5), 50) * 1.48 / NOISE_IN_RESIDUE
    brightness = float(np.percentile(picture[::2, ::2], 95))
    structure = _beyond(_percentile(scales.band(1.5, 4.0), 99), NOISE_IN_MIDDLE * noise) / (brightness + 1)
    return Quality(
        brightness=brightness,
        saturated=_saturated(picture),
        bed_saturated=_saturated(picture, inside),
        structure=structure,
        sharpness=_sharpness(scales, noise),
        contrast=_contrast(picture, inside > 0, spread, noise),
        span=_span(picture),
    )


def torn_share(picture: Picture) -> float:
    """Longest run of rows, as a share of the height, that are one flat grey (neither black nor white)."""
    level = picture[:, 0]
    flat = (picture == level[:, None]).all(axis=1) & (level >= DARKEST_GREY) & (level <= LIGHTEST_GREY)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flat.astype(np.int8), [0]))))
    return float((edges[1::2] - edges[::2]).max(initial=0)) / len(flat)


class Repetition:
    """For how long the very same picture has been delivered."""

    def __init__(self) -> None:
        self._digest = -1
        self._since = 0.0

    def add(self, picture: Picture, at: float) -> float:
        """Seconds for which the bytes have not changed, this frame included."""
        digest = zlib.crc32(np.ascontiguousarray(picture).data)
        if digest != self._digest:
            self._digest, self._since = digest, at
        return at - self._since


class _Scales:
    """One picture at several scales; each is blurred once, as that is what measuring costs, and every second pixel
    of each second row is kept, as the whole of all would be a tenth of the worker's memory.
    """

    def __init__(self, picture: Picture) -> None:
        self.grey: Floats = picture.astype(np.float32)
        self._blurred: dict[float, Floats] = {}

    def at(self, sigma: float) -> Floats:
        """Blurred by a Gaussian of `sigma` pixels; every second pixel."""
        if sigma not in self._blurred:
            self._keep(sigma, self._blur(sigma))
        return self._blurred[sigma]

    def band(self, finer: float, coarser: float) -> Floats:
        """What lies between two scales (difference of Gaussians); every second pixel."""
        return np.asarray(self.at(finer) - self.at(coarser), np.float32)

    def spread(self, finer: float, coarser: float, inside: NDArray[np.bool_]) -> float:
        """Standard deviation of what lies between two scales, of every pixel inside; 0 if there is none."""
        band = self._blur(finer)
        self._keep(finer, band)
        blurred = self._blur(coarser)
        self._keep(coarser, blurred)
        band -= blurred
        return float(band[inside].std()) if inside.any() else 0.0

    def _keep(self, sigma: float, blurred: Floats) -> None:
        self._blurred[sigma] = blurred[::2, ::2].copy()

    def _blur(self, sigma: float) -> Floats:
        """What is blurred that much has no detail that half the pixels could not show, at a tenth of the cost."""
        if sigma < COARSE_FROM:
            return np.asarray(cv2.GaussianBlur(self.grey, (0, 0), sigma), np.float32)
        half = cv2.resize(self.grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(half, (0, 0), math.sqrt(sigma**2 - HALVED) / 2)
        size = (self.grey.shape[1], self.grey.shape[0])
        return np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _contrast(picture: Picture, inside: NDArray[np.bool_], spread: float, noise: float) -> float:
    if not inside.any():
        return 0.0
    return _beyond(spread, NOISE_IN_BED * noise) / (float(picture[inside].mean()) + 1)


def _span(picture: Picture) -> float:
    """Grey levels between the picture's dark and bright parts, its noise averaged out."""
    small = cv2.resize(picture, (80, 60), interpolation=cv2.INTER_AREA)
    low, high = (float(level) for level in np.percentile(small, (5, 95)))
    return high - low


def _saturated(picture: Picture, inside: Picture | None = None) -> float:
    """Share of the picture that is as bright as it can be: white is 255 in some cameras, 235 and less in others.

    inside: 1 where it counts, 0 elsewhere.
    """
    small = cv2.resize(picture, (80, 60), interpolation=cv2.INTER_AREA)
    white = float(small.max())
    if white < WHITE_FROM:
        return 0.0
    bright = small >= white - AT_WHITE
    if inside is None:
        return float(bright.mean())
    counts = cv2.resize(inside, (80, 60), interpolation=cv2.INTER_NEAREST) > 0
    return float(bright[counts].mean()) if counts.any() else 0.0


def _sharpness(scales: _Scales, noise: float) -> float | None:
    broad = _beyond(_percentile(scales.band(4.0, 8.0), 99.5), NOISE_IN_COARSE * noise)
    if broad * BLURRED_BELOW < NOISE_IN_FINE * noise:
        return None
    return (_beyond(_percentile(scales.band(1.0, 2.0), 99.5), NOISE_IN_FINE * noise) + 0.1) / (broad + 0.5)


def _percentile(band: Floats, percent: float) -> float:
    return float(np.percentile(np.abs(band), percent))


def _beyond(value: float, noise: float) -> float:
    """What is left of a measure when the noise's share (added in quadrature) is taken out."""
    return float(np.sqrt(max(0.0, value * value - noise * noise)))
