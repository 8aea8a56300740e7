"""What can be wrong with a camera's picture, made in one that is sound, at several strengths.

A fault is made where it arises: before the sensor what covers or blurs the lens, or lights the room; behind it what
the link does to the picture's bytes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from firmware_sim.scene.kernel import Bytes, Floats, floats

Optical = Callable[[np.random.Generator, Floats, float], Floats]
"""(rng, light at exposure 1 = white, strength) -> light"""
Electrical = Callable[[np.random.Generator, Bytes, float], Bytes]


@dataclass(frozen=True)
class Fault:
    """cue: whose value tells it; rises: whether more of the cue is worse; told: words by which the worker names it.

    strengths: from weak to strong; the last ones are as the fault mostly is; goal_from: the weakest for which the
    goal holds.
    """

    cue: str
    rises: bool
    told: tuple[str, ...]
    strengths: tuple[float, ...]
    goal_from: float
    optical: Optical | None = None
    electrical: Electrical | None = None


def _dimmed(_: np.random.Generator, light: Floats, share_left: float) -> Floats:
    return light * share_left


def _capped(rng: np.random.Generator, light: Floats, share_left: float) -> Floats:
    """A cap, tape or thick cloth on the lens: hardly any light, and none that shows the room."""
    return floats(_smooth(rng, light.shape, 0.25) * share_left * rng.uniform(0.3, 1.0))


def _glaring(rng: np.random.Generator, light: Floats, level: float) -> Floats:
    """A hand or a cloth close to lens and lamp: bright, smooth, brightest somewhere near the middle."""
    y, x = np.ogrid[0 : light.shape[0], 0 : light.shape[1]]
    middle = rng.uniform(0.3, 0.7, 2) * light.shape
    away = np.hypot(y - middle[0], x - middle[1]) / light.shape[1]
    return floats(level * np.exp(-((away / rng.uniform(0.4, 1.2)) ** 2)) * _smooth(rng, light.shape, 0.1))


def _veiled(rng: np.random.Generator, light: Floats, size: float) -> Floats:
    """A curtain or a sheet some centimetres away: folds far out of focus. size: of the blur, pixels."""
    folds = _smooth(rng, light.shape, 0.5, size)
    return floats(rng.uniform(0.15, 0.6) * folds)


def _half_covered(rng: np.random.Generator, light: Floats, share: float) -> Floats:
    """Something close hides so much of the picture from one side; lit by the lamp, or dark against the room."""
    angle = rng.uniform(0, 2 * math.pi)
    y, x = np.mgrid[0 : light.shape[0], 0 : light.shape[1]].astype(np.float32)
    along = x * math.cos(angle) + y * math.sin(angle) + 30 * _smooth(rng, light.shape, 1.0, 60)
    edge = np.quantile(along[::8, ::8], 1 - share)
    mask = 1 / (1 + np.exp(-np.clip((along - edge) / rng.uniform(3, 12), -30, 30)))
    level = rng.choice([0.02, 0.15, 0.5, 1.2])
    return floats(light * (1 - mask) + mask * level * _smooth(rng, light.shape, 0.15))


def _exposed_too_long(_: np.random.Generator, light: Floats, times: float) -> Floats:
    return light * times


def _out_of_focus(_: np.random.Generator, light: Floats, sigma: float) -> Floats:
    return floats(cv2.GaussianBlur(light, (0, 0), sigma))


def _hazed(rng: np.random.Generator, light: Floats, share: float) -> Floats:
    """Grease, dust or condensation on the lens: light is strewn over the whole picture."""
    strewn = cv2.GaussianBlur(light, (0, 0), 60.0) * 0.5 + 0.5 * float(light.mean())
    near = cv2.GaussianBlur(light, (0, 0), rng.uniform(1.0, 3.0))
    return floats((1 - share) * near + share * strewn * rng.uniform(0.9, 1.3))


def _torn(rng: np.random.Generator, picture: Bytes, share: float) -> Bytes:
    """The link lost the picture's end, or a part of it: decoders fill it with one grey, or with the last row."""
    torn, rows = picture.copy(), round(share * len(picture))
    begin = len(picture) - rows if rng.random() < 0.7 else int(rng.integers(1, len(picture) - rows))
    torn[begin : begin + rows] = 128 if rng.random() < 0.7 else int(rng.integers(60, 200))
    return torn


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], spread: float, size: float = 80.0) -> Floats:
    """About 1, uneven on the scale of `size` pixels."""
    rows, columns = (max(3, round(side / size)) for side in shape[:2])
    rough = 1 + spread * rng.standard_normal((rows, columns)).astype(np.float32)
    return np.maximum(floats(cv2.resize(rough, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)), 0)


COVERED = ("covered", "dark", "lamp_dead", "lit_otherwise", "over_exposed", "hazed", "partly_covered")
FAULTS: dict[str, Fault] = {
    "dark": Fault("brightness", False, COVERED, (0.02, 0.005, 0.0), 0.005, _dimmed),
    "capped": Fault("brightness", False, COVERED, (0.05, 0.02, 0.0), 0.02, _capped),
    "glare": Fault("structure", False, COVERED, (0.3, 0.7, 1.5), 0.3, _glaring),
    "cloth": Fault("structure", False, COVERED, (30.0, 60.0, 120.0), 30.0, _veiled),
    "partly covered": Fault("hidden", True, COVERED, (0.3, 0.5, 0.7), 0.5, _half_covered),
    "over-exposed": Fault("saturated", True, ("over_exposed",), (4.0, 8.0, 16.0), 8.0, _exposed_too_long),
    "out of focus": Fault("blur", True, ("blurred", *COVERED), (1.5, 2.0, 3.0, 6.0), 2.0, _out_of_focus),
    "hazed": Fault("veil", True, COVERED, (0.5, 0.7, 0.85), 0.7, _hazed),
    "torn": Fault("torn", True, ("torn",), (0.1, 0.3, 0.6), 0.1, electrical=_torn),
}  # fmt: skip
"""Those of one picture; a camera that was moved, and a dead lamp, are rendered."""
