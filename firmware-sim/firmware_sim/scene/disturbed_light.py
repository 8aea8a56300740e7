"""Light that changes in a bedroom at night: a curtain before the moon, a television, a car's head-lights."""

import math

import cv2
import numpy as np

from firmware_sim.scene.courses import flickering, frames_of, passing, swinging, wandering
from firmware_sim.scene.disturbance import Disturbance, Modes, Together, clipped
from firmware_sim.scene.film import Stage
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.seen import Seen
from firmware_sim.scene.states import Scene

_CELL = 0.01  # metres that a pixel of the cast pattern covers
_COARSER = 2  # the pattern is looked up at a fraction of the picture's size: its edges are soft anyway


class CastLight(Disturbance):
    """A pattern of light falls on everything and moves.

    bright: what all of the light would add (h, w); pattern: how much of it passes, (rows, columns) of _CELL;
    moved: how far the pattern is, metres across it (frames,); strength (frames,).
    """

    def __init__(self, bright: Floats, across: Floats, along: Floats, pattern: Floats, moved: Floats,
                 strength: Floats) -> None:  # fmt: skip
        self._bright, self._pattern, self._moved, self._strength = bright, pattern, moved, strength
        rows, columns = pattern.shape
        self._x = floats(across[::_COARSER, ::_COARSER] / _CELL + columns / 2)
        self._y = floats(along[::_COARSER, ::_COARSER] / _CELL + rows / 2)

    def seen(self, frame: int, picture: Floats) -> Floats:
        frame = min(frame, len(self._moved) - 1)
        if self._strength[frame] < 1e-3:
            return picture
        x = self._x + np.float32(self._moved[frame] / _CELL)
        passes = cv2.remap(self._pattern, x, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        height, width = picture.shape
        passes = cv2.resize(passes, (width, height), interpolation=cv2.INTER_LINEAR)
        return clipped(picture + self._strength[frame] * passes * self._bright)


class Curtain(Disturbance):
    """Its folds, seen beside the bed, sway more the lower they hang. left, right: pixels; way (frames,): pixels."""

    def __init__(self, left: int, right: int, width: float, strength: float, way: Floats) -> None:
        self._left, self._right, self._way = left, right, way
        self._width, self._strength = width, strength

    def seen(self, frame: int, picture: Floats) -> Floats:
        height = picture.shape[0]
        x = np.arange(self._left, self._right, dtype=np.float32)[None]
        hang = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 1.5
        folds = np.sin(2 * math.pi * (x + hang * self._way[frame]) / self._width)
        hung = picture.copy()
        hung[:, self._left : self._right] += self._strength * folds
        return clipped(hung)


def curtain(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """A curtain in the draught of a window on tilt; moonlight or a street lamp shines past it over wall and bed."""
    count = frames_of(seconds)
    course = swinging(rng, count, rng.uniform(0.1, 0.5), rng.uniform(0.85, 0.98))
    course = floats(0.8 * course + 0.3 * wandering(rng, count, 0.05, 0.8))
    cast = _cast(rng, Seen(stage, scene), rng.uniform(0.02, 0.25), floats(rng.uniform(0.01, 0.12) * course),
                 np.ones(count, np.float32))  # fmt: skip
    width = stage.camera.width
    left = float(stage.corners[:, 0].min()) / width
    spot = rng.uniform(0, max(0.05, left - 0.15)) if left > 0.3 else rng.uniform(0.75, 0.9)
    hung = Curtain(int(spot * width), int(min(1, spot + rng.uniform(0.08, 0.2)) * width),
                   rng.uniform(12, 40) * width / 640, rng.uniform(4, 18),
                   floats(rng.uniform(1, 8) * width / 640 * course))  # fmt: skip
    return Together([cast, hung]) if rng.random() < 0.6 else cast


def television(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """The set stands towards the foot end; its light changes with what is shown, slowly and fast."""
    count, bed = frames_of(seconds), stage.home.bed
    place = np.array([bed.width / 2 + rng.normal(0, 0.8), -rng.uniform(1, 2.5), rng.uniform(0.6, 1.3)])
    towards = floats(np.array([bed.width / 2, bed.length / 2, bed.top]) - place)
    mode = Seen(stage, scene).more_light(towards, rng.uniform(0.05, 0.5), rng.uniform(0.1, 0.5))
    shown = flickering(rng, count, rng.uniform(0.2, 2)) + 0.2 * rng.random() * wandering(rng, count, 0.2, 4.9)
    return Modes([(mode, floats(np.clip(shown, 0, 1.5)))])


def car(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """Head-lights sweep through the window over walls and bed, once or a few times."""
    count, seen = frames_of(seconds), Seen(stage, scene)
    cars: list[Disturbance] = []
    for _ in range(int(rng.integers(1, 4))):
        begin, lasts = rng.uniform(0, 0.9 * seconds), rng.uniform(1.5, 5)
        way = rng.choice([-1, 1]) * (np.arange(count) / 10 - begin - lasts / 2) * rng.uniform(0.4, 1.5)
        cars.append(_cast(rng, seen, rng.uniform(0.1, 0.8), floats(way), passing(count, begin, lasts)))
    return Together(cars)


def _cast(rng: np.random.Generator, seen: Seen, share: float, moved: Floats, strength: Floats) -> CastLight:
    """Light through a window: a pane or several, edges soft as the lamp is wide."""
    round_about, height = rng.uniform(0, 2 * math.pi), rng.uniform(0.15, 1.0)
    way = floats([math.cos(round_about) * math.cos(height), math.sin(round_about) * math.cos(height),
                  -math.sin(height)])  # fmt: skip
    across = floats(np.cross(way, [0, 0, 1.0]))
    across /= np.linalg.norm(across)
    along = floats(np.cross(across, way))
    bed = seen.stage.home.bed
    middle = floats([bed.width / 2 + rng.normal(0, 0.6), bed.length / 2 + rng.normal(0, 0.6), bed.top])
    places = seen.places() - middle
    return CastLight(seen.more_light(way, share), floats(places @ across), floats(places @ along), _window(rng),
                     moved, strength)  # fmt: skip


def _window(rng: np.random.Generator) -> Floats:
    """How much light passes a window of one to three panes, (300, 300) of _CELL."""
    passes = np.zeros((300, 300), np.float32)
    panes, wide, high = int(rng.integers(1, 4)), rng.uniform(0.3, 1.0), rng.uniform(0.5, 1.4)
    for pane in range(panes):
        left = int(150 + (pane - panes / 2) * wide / _CELL)
        right = int(left + (wide - 0.05) / _CELL)
        top = int(150 - high / 2 / _CELL)
        passes[max(0, top) : 300 - max(0, top), max(0, left) : max(0, right)] = 1
    passes[:, 0] = passes[:, -1] = passes[0] = passes[-1] = 0
    return floats(cv2.GaussianBlur(passes, (0, 0), rng.uniform(1, 8)))
