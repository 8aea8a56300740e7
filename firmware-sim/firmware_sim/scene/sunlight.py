"""Light from one side: a window's patch with its bars, a bedside lamp, and the shadows they cast.

Shadows are marched through the depth that the camera sees: what hides behind something in the picture casts none.
"""

# Compiled loops take arrays one by one: Numba knows no structs that cost nothing.
# ruff: noqa: PLR0913, PLR0917

import math
from dataclasses import dataclass

import numpy as np

from firmware_sim.scene.camera import Camera
from firmware_sim.scene.kernel import Floats, floats, kernel
from firmware_sim.scene.raster import Buffer

_STEPS = 14
_REACH = 0.7
_NEAREST, _THICKEST = 0.05, 0.3


@dataclass(frozen=True)
class Window:
    """The window that the sun comes through, as the patch it throws on the plane z = 0.6: middle (x, y),
    half its width and length in metres, its turn in radians, panes each way, and how soft its edge is.
    """

    middle: tuple[float, float]
    half: tuple[float, float]
    turn: float
    panes: int
    edge: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Window":
        """Somewhere on or near the bed."""
        middle = (rng.uniform(-0.8, 2.0), rng.uniform(-0.5, 2.5))
        return cls(middle, (rng.uniform(0.3, 1.2), rng.uniform(0.4, 1.6)), rng.uniform(0, 3.1),
                   int(rng.integers(1, 4)), rng.uniform(0.02, 0.25))  # fmt: skip


def shadowed(buffer: Buffer, camera: Camera, direction: Floats, lamp: Floats | None = None) -> Floats:
    """Share of the light that arrives (h, w): 0 in shadow. direction: of travel; lamp: where it comes from
    instead.
    """
    reached = np.ones(buffer.nearness.shape, np.float32)
    _march(buffer.nearness, buffer.normal, camera.rotation, camera.position, camera.focal, floats(direction),
           floats(lamp if lamp is not None else (0, 0, 0)), lamp is not None, reached)  # fmt: skip
    return reached


def through(window: Window, buffer: Buffer, camera: Camera, direction: Floats) -> Floats:
    """Share of the sun that comes through the window to every pixel (h, w)."""
    points = world(buffer, camera)
    travel = (points[..., 2] - 0.6) / min(-1e-3, float(direction[2]))
    x = points[..., 0] - travel * direction[0] - window.middle[0]
    y = points[..., 1] - travel * direction[1] - window.middle[1]
    c, s = math.cos(window.turn), math.sin(window.turn)
    across, along = (c * x + s * y) / window.half[0], (c * y - s * x) / window.half[1]
    inside = np.clip((1 - np.maximum(np.abs(across), np.abs(along))) / window.edge, 0, 1)
    if window.panes > 1:
        for place in (across, along):
            bar = np.abs(((place + 1) / 2 * window.panes + 0.5) % 1 - 0.5)
            inside = inside * np.clip((bar - 0.03) / (0.02 + 0.3 * window.edge), 0, 1)
    return floats(inside)


def world(buffer: Buffer, camera: Camera) -> Floats:
    """Where in the room every pixel's surface is (h, w, 3)."""
    height, width = buffer.nearness.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rays = np.stack([(x - width / 2) / camera.focal, (y - height / 2) / camera.focal, np.ones_like(x)], -1)
    depth = 1 / np.maximum(buffer.nearness, 1e-3)
    return floats(rays @ camera.rotation * depth[..., None] + camera.position)


@kernel
def _hidden(
    nearness: Floats, rotation: Floats, focal: float, x: float, y: float, z: float, slack: float
) -> bool:
    """Whether a point (relative to the camera) lies a little behind what the camera sees there."""
    far = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
    if far < _NEAREST:
        return False
    height, width = nearness.shape
    u = int(focal * (rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z) / far + width * 0.5)
    v = int(focal * (rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z) / far + height * 0.5)
    if u < 0 or v < 0 or u >= width or v >= height or nearness[v, u] <= 0:
        return False
    return bool(slack < far - 1.0 / nearness[v, u] < _THICKEST)


@kernel
def _march(nearness: Floats, normal: Floats, rotation: Floats, position: Floats, focal: float, direction: Floats,
           lamp: Floats, from_lamp: bool, reached: Floats) -> None:  # fmt: skip
    height, width = nearness.shape
    for py in range(height):
        for px in range(width):
            if nearness[py, px] <= 0:
                continue
            depth = 1.0 / nearness[py, px]
            ax, ay = (px - width * 0.5) / focal * depth, (py - height * 0.5) / focal * depth
            x = rotation[0, 0] * ax + rotation[1, 0] * ay + rotation[2, 0] * depth + position[0]
            y = rotation[0, 1] * ax + rotation[1, 1] * ay + rotation[2, 1] * depth + position[1]
            z = rotation[0, 2] * ax + rotation[1, 2] * ay + rotation[2, 2] * depth + position[2]
            sx, sy, sz = -direction[0], -direction[1], -direction[2]
            if from_lamp:
                sx, sy, sz = lamp[0] - x, lamp[1] - y, lamp[2] - z
                size = math.sqrt(sx * sx + sy * sy + sz * sz) + 1e-6
                sx, sy, sz = sx / size, sy / size, sz / size
            dark, scatter = 0.0, 0.9 * ((px * 13 + py * 29) % 17) / 17.0
            for step in range(1, _STEPS + 1):
                t = _REACH * ((step - scatter) / _STEPS) ** 1.5
                qx = x + t * sx + 0.012 * normal[py, px, 0] - position[0]
                qy = y + t * sy + 0.012 * normal[py, px, 1] - position[1]
                qz = z + t * sz + 0.012 * normal[py, px, 2] - position[2]
                if _hidden(nearness, rotation, focal, qx, qy, qz, 0.006 + 0.02 * t):
                    dark = 1.0 - 0.6 * t / _REACH
                    break
            reached[py, px] = 1.0 - dark
