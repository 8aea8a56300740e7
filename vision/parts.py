"""The room part by part: how much structure each part of the picture shows against its brightness, and its light.

What was there at installation is kept as numbers, far too few to show anything: a part that has lost its structure
is hidden, a room that has lost most of it is veiled, one that has lost its fine structure alone is out of focus,
and one whose light falls otherwise is not lit by the camera's lamp. Noise counterfeits structure, so its share is
taken out.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capture import Picture
from vision.integrity import bed_mask
from vision.protocol import Bed

COLUMNS, ROWS = 16, 12
LIGHT_COLUMNS, LIGHT_ROWS = 8, 6
WORK_WIDTH = 320
FINE, MIDDLE, COARSE = 0.8, 2.0, 5.0  # pixels of blur at WORK_WIDTH between which structure lies
NOISE_IN_FINE, NOISE_IN_MIDDLE = 0.16, 0.025
"""Noise's power in each band against its power in what is finer; compressed noise is coarser than white noise."""
QUIETEST = 10.0  # percent of the parts that show hardly more than noise
DARK, WHITE = 6.0, 240.0  # grey levels beyond which noise is not what it is elsewhere
NOISE_OF_BLACK = 0.4  # of white noise's power, the share that a black pixel has, too
BRIGHT = 20.0  # grey levels: what is darker has no contrast that could be measured
TELLING_FROM = 0.012  # contrast at installation from which a part can be missed
UNLIT, HARDLY_LIT = 8.0, 40.0  # grey levels: what was hardly lit and is unlit now may well be there
FEWEST, FEWEST_OF_ROOM, FEWEST_LIT = 8, 6, 12
LEFT = 0.25  # of its structure, against what others kept: a part with less is hidden
OTHERS = 85.0  # percentile of what the parts kept
MOST_KEPT = 1.5
OUTSIDE, CLEAR = 0.3, 0.03  # of a part may be bed, which looks otherwise every night
PATTERN_FROM = 0.12  # spread of the light (natural logarithm) from which it has a pattern
SEEN_FROM = 0.006  # contrast from which the fineness of a part's structure can be told
LIT = 235.0
HIDDEN_FROM, COVERED_FROM = 0.16, 0.5  # sound films up to 0.155, half covered pictures around 0.4
VEILED_FROM = 0.8  # sound films up to 0.65, hazed pictures from 1.0
BLURRED_FROM = 0.10  # sound pictures up to 0.09, out of focus by 2 pixels from 0.09
OTHER_LIGHT_FROM = 0.5  # sound films up to 0.40, without the lamp around 0.8
FAINTEST, FINEST, DIMMEST = 0.02, 0.01, 10.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Parts:
    """What each part showed. fine, middle (12, 16): contrast at two scales; light (6, 8): mean grey level."""

    fine: Floats
    middle: Floats
    light: Floats


@dataclass(frozen=True, slots=True)
class Change:
    """How a room looks against its installation; None: cannot be told.

    hidden: share of the parts with structure that have lost it; veil, blur: how much fainter the room's structure
    is, and how much less fine (natural logarithms, 0 as it was, larger is worse);
    other_light: 1 less the correlation of the light's pattern; hidden_from: a share that is doubtful.
    """

    hidden: float | None = None
    veil: float | None = None
    blur: float | None = None
    other_light: float | None = None
    hidden_from: float = HIDDEN_FROM

    def faults(self) -> tuple[str, ...]:
        """Why the bed cannot be told, however it looks."""
        return ("covered",) if _reaches(self.hidden, COVERED_FROM) else ()

    def doubts(self) -> tuple[str, ...]:
        """Why what is seen may mislead."""
        found = {
            "partly_covered": _reaches(self.hidden, self.hidden_from),
            "hazed": _reaches(self.veil, VEILED_FROM),
            "blurred": _reaches(self.blur, BLURRED_FROM),
            "lit_otherwise": _reaches(self.other_light, OTHER_LIGHT_FROM),
        }
        return tuple(name for name, present in found.items() if present)

    def cues(self) -> dict[str, float]:
        measured = {
            "hidden": self.hidden,
            "veil": self.veil,
            "blur": self.blur,
            "other_light": self.other_light,
        }
        return {name: value for name, value in measured.items() if value is not None}

    @property
    def none(self) -> bool:
        """Whether the room is seen as it was: what is wrong with the picture cannot be much."""
        known = self.hidden is not None and self.veil is not None
        return known and not {"partly_covered", "hazed"} & set(self.doubts())


def usual(changes: Sequence[Change]) -> Change:
    """The median of each measure; one look's worth of them."""

    def median(name: str) -> float | None:
        values = [value for each in changes if (value := getattr(each, name)) is not None]
        return statistics.median(values) if 2 * len(values) > len(changes) else None

    return Change(
        median("hidden"),
        median("veil"),
        median("blur"),
        median("other_light"),
        max((each.hidden_from for each in changes), default=HIDDEN_FROM),
    )


def parts_of(picture: Picture) -> Parts:
    """About 3 ms."""
    scale = WORK_WIDTH / picture.shape[1]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    fine, middle, coarse = (cv2.GaussianBlur(small, (0, 0), sigma) for sigma in (FINE, MIDDLE, COARSE))
    level = _by_part(small)
    noise = _noise(_by_part((small - fine) ** 2), level)
    return Parts(
        fine=_contrast(_by_part((fine - middle) ** 2) - NOISE_IN_FINE * noise, level),
        middle=_contrast(_by_part((middle - coarse) ** 2) - NOISE_IN_MIDDLE * noise, level),
        light=_shrunk(level, LIGHT_COLUMNS, LIGHT_ROWS),
    )


def change(before: Parts, now: Parts, bed: Bed, size: tuple[int, int]) -> Change:
    """How the room has changed. bed: corners in a picture of this size (width, height)."""
    in_bed = _by_part(bed_mask(bed, *size).astype(np.float32))
    telling = (before.middle >= TELLING_FROM) & ~(
        (_per_part(now.light) < UNLIT) & (_per_part(before.light) < HARDLY_LIT)
    )
    hidden = None
    if np.count_nonzero(telling) >= FEWEST:
        kept = now.middle[telling] / before.middle[telling]
        hidden = float((kept < LEFT * min(float(np.percentile(kept, OTHERS)), MOST_KEPT)).mean())
    room = telling & (in_bed < OUTSIDE)
    return Change(
        hidden,
        _veil(before, now, room),
        _blur(before, now, room & (now.middle > SEEN_FROM)),
        _other_light(before.light, now.light, _shrunk(in_bed, LIGHT_COLUMNS, LIGHT_ROWS) < CLEAR),
    )


def _reaches(value: float | None, level: float) -> bool:
    return value is not None and value >= level


def _veil(before: Parts, now: Parts, room: NDArray[np.bool_]) -> float | None:
    if np.count_nonzero(room) < FEWEST_OF_ROOM:
        return None
    return -float(np.median(np.log(now.middle[room] / before.middle[room] + FAINTEST)))


def _blur(before: Parts, now: Parts, seen: NDArray[np.bool_]) -> float | None:
    if np.count_nonzero(seen) < FEWEST_OF_ROOM:
        return None
    was, is_now = ((each.fine[seen] / each.middle[seen]) ** 2 + FINEST for each in (before, now))
    return -float(np.median(np.log(is_now / was))) / 2


def _other_light(before: Floats, now: Floats, outside: NDArray[np.bool_]) -> float | None:
    lit = outside & (before < LIT) & (now < LIT)
    if np.count_nonzero(lit) < FEWEST_LIT:
        return None
    a, b = (np.log(light[lit] + DIMMEST) for light in (before, now))
    if float(a.std()) < PATTERN_FROM:
        return None
    a, b = a - a.mean(), b - b.mean()
    return 1 - float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-9))


def _noise(power: Floats, level: Floats) -> Floats:
    """The noise's power in each part, from the parts that show hardly anything else; brighter ones are noisier."""
    share = NOISE_OF_BLACK + level / 255
    told = (level > DARK) & (level < WHITE)
    if not told.any():
        return np.zeros_like(level)
    return np.asarray(share * float(np.percentile((power / share)[told], QUIETEST)), np.float32)


def _contrast(power: Floats, level: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(power, 0)) / (level + BRIGHT), np.float32)


def _by_part(values: Floats) -> Floats:
    return _shrunk(values, COLUMNS, ROWS)


def _shrunk(values: Floats, columns: int, rows: int) -> Floats:
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _per_part(light: Floats) -> Floats:
    return np.asarray(cv2.resize(light, (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR), np.float32)
