"""Pillows, duvets and throws, lying on whatever is below them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.cloth import Cloth, Fabric
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.noise import smooth_noise
from firmware_sim.scene.room import Bed
from firmware_sim.scene.shapes import Mesh, sheet

CELL = 0.02
_MARGIN_X, _MARGIN_Y = 1.1, 0.9


class Surface:
    """The height of everything that bedding can lie on, over a grid of 2 cm cells around the bed."""

    def __init__(self, bed: Bed, heights: Floats) -> None:
        self.bed, self.heights = bed, heights
        self.x0, self.y0 = -_MARGIN_X, -_MARGIN_Y

    @classmethod
    def of(cls, bed: Bed) -> "Surface":
        """The bare mattress, falling off steeply at its sides."""
        shape = (int((bed.width + 2 * _MARGIN_X) / CELL), int((bed.length + _MARGIN_Y + 0.5) / CELL))
        x = -_MARGIN_X + CELL * np.arange(shape[0])
        y = -_MARGIN_Y + CELL * np.arange(shape[1])
        outside = np.maximum(np.maximum(-x, x - bed.width)[:, None], np.maximum(-y, y - bed.length)[None])
        return cls(bed, floats(np.where(outside < 0, bed.top, np.maximum(0.02, bed.top - 6 * outside))))

    def copy(self) -> "Surface":
        """A surface to pile further things on."""
        return Surface(self.bed, self.heights.copy())

    def at(self, x: Floats, y: Floats) -> Floats:
        """Heights below points."""
        return floats(self.heights[self._cells(x, y)])

    def height_at(self, x: float, y: float) -> float:
        """The height below one point."""
        return float(self.at(floats([x]), floats([y]))[0])

    def raise_to(self, points: Floats) -> None:
        """Something now lies here, its upper side at these points (n, m, 3)."""
        flat = points.reshape(-1, 3)
        np.maximum.at(self.heights, self._cells(flat[:, 0], flat[:, 1]), flat[:, 2])

    def raise_over(self, heights: Floats) -> None:
        """Something now lies here, its upper side at these heights of the grid."""
        np.maximum(self.heights, heights, out=self.heights)

    def smooth(self, padded: bool) -> tuple[Floats, Floats, Floats]:
        """Heights for a cloth to lie on, and their slopes along x and y; padding bridges hollows."""
        reach, spread = (7, 2.4) if padded else (3, 1.2)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        soft = cv2.GaussianBlur(cv2.dilate(self.heights, disc), (0, 0), spread)
        slope_x, slope_y = np.gradient(soft, CELL)
        return floats(soft), floats(slope_x), floats(slope_y)

    def _cells(self, x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        i = np.clip(((x - self.x0) / CELL).astype(int), 0, self.heights.shape[0] - 1)
        j = np.clip(((y - self.y0) / CELL).astype(int), 0, self.heights.shape[1] - 1)
        return i, j


def pillow(
    rng: np.random.Generator,
    surface: Surface,
    x: float,
    y: float,
    yaw: float,
    material: Material = Material.PILLOW,
    half: tuple[float, float] | None = None,
) -> tuple[Mesh, float]:
    """A pillow laid on the surface, which it raises. Returns it and its height."""
    a, b = half or (rng.uniform(0.3, 0.4), rng.uniform(0.18, 0.3))
    n, height, squareness = 28, rng.uniform(0.07, 0.16), rng.uniform(2.2, 4)
    u, v = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n), indexing="ij")
    swell = np.sqrt(np.clip((1 - np.abs(u) ** squareness) * (1 - np.abs(v) ** squareness), 0, 1))
    z = height * swell * (1 + 0.15 * smooth_noise(rng, n, n, 5))
    c, s = math.cos(yaw), math.sin(yaw)
    px, py = x + a * u * c - b * v * s, y + a * u * s + b * v * c
    ground = max(surface.height_at(x, y), surface.bed.top - 0.05)
    points = floats(np.stack([px, py, ground + z], -1))
    surface.raise_to(points)
    surface.heights[:] = cv2.morphologyEx(surface.heights, cv2.MORPH_CLOSE, np.ones((3, 3)))
    return sheet(points, material), height


@dataclass(frozen=True)
class Duvet:
    """How a duvet or throw is laid. size: metres across and along; head_end: y of its upper edge; thickness
    above what it lies on; padded: a duvet rather than a blanket; folds, crumpled, piled: what was done to
    it; piled_at and centre: where, x and y.
    """

    size: tuple[float, float]
    head_end: float
    thickness: float
    padded: bool = True
    folds: int = 0
    crumpled: float = 0.0
    piled: bool = False
    centre: tuple[float, float] | None = None
    shift: float = 0.0
    material: Material = Material.DUVET

    def on(self, rng: np.random.Generator, surface: Surface, steps: int = 24) -> "Laid":
        """Lets it fall on the surface, which it raises."""
        laid = Laid(rng, surface, self)
        laid.settle(surface, steps)
        surface.raise_to(laid.fine_points())
        return laid


class Laid:
    """A cloth that lies on the bed; it can be moved on when what is below it moves. bent: what a raised head
    end does to its points.
    """

    def __init__(self, rng: np.random.Generator, surface: Surface, duvet: Duvet) -> None:
        self.duvet = duvet
        self.bent: Callable[[Floats], Floats] | None = None
        cell = 0.04 if max(duvet.size) > 1.2 else 0.03
        u, v = np.meshgrid(np.arange(int(duvet.size[0] / cell)) * cell,
                           np.arange(int(duvet.size[1] / cell)) * cell, indexing="ij")  # fmt: skip
        x, y, thickness = _arranged(rng, duvet, surface.bed, u, v)
        z = np.maximum(surface.at(x, y) + thickness, surface.bed.top * 0.95) + 0.03
        bend = rng.uniform(0.15, 0.6) if duvet.padded else rng.uniform(0, 0.12)
        fabric = Fabric(rng.uniform(0.02, 0.3), bend, 3 if duvet.padded else 2, rng.uniform(0.2, 0.7))
        self.cloth = Cloth(floats(np.stack([x, y, z], -1)), cell, floats(thickness), fabric)
        self._uv = floats(np.stack([_doubled(floats(u)), _doubled(floats(v))], -1))
        self._puff = 0.004 * smooth_noise(rng, 2 * u.shape[0], 2 * u.shape[1], 14) if duvet.padded else 0.0

    def settle(self, surface: Surface, steps: int) -> None:
        """Lets it fall further."""
        self.cloth.settle(*surface.smooth(self.duvet.padded), surface.x0, surface.y0, CELL, steps)

    def tuck_in(self, depth: float) -> None:
        """Tucks in what hangs over the foot end or lies within `depth` metres of it."""
        self.cloth.tucked_rows = int((self.cloth.points[..., 1].mean(0) < depth).sum())

    def pull(self, rows: int, by: tuple[float, float, float]) -> None:
        """A hand takes the upper edge, `rows` of points deep, and moves it by so many metres."""
        self.cloth.carry((slice(None), slice(-rows, None)), floats(by))

    def fine_points(self) -> Floats:
        """The cloth's points at twice the resolution, (2n, 2m, 3)."""
        points = self.cloth.points
        fine = np.stack([_doubled(floats(points[..., axis])) for axis in range(3)], -1)
        fine[..., 2] += self._puff
        return floats(fine)

    def mesh(self, lift: "Lift | None" = None) -> Mesh:
        """The cloth as a mesh with a hem that gives it thickness; `lift`: raised where somebody breathes
        in.
        """
        points = self.fine_points()
        if lift is not None:
            points = lift.of(points)
        points = np.pad(points, ((1, 1), (1, 1), (0, 0)), mode="edge")
        points[[0, -1], :, 2] -= self._hem
        points[:, [0, -1], 2] -= self._hem
        if self.bent is not None:
            points = self.bent(floats(points))
        return sheet(
            floats(points), self.duvet.material, np.pad(self._uv, ((1, 1), (1, 1), (0, 0)), mode="edge")
        )

    @property
    def _hem(self) -> float:
        return 0.035 if self.duvet.padded else 0.006


@dataclass(frozen=True)
class Lift:
    """The chest at x, y rises by so many millimetres at its middle."""

    x: float
    y: float
    millimetres: float

    def of(self, points: Floats) -> Floats:
        """The points, raised as the chest below them is."""
        near = np.exp(
            -((points[..., 0] - self.x) ** 2 / 0.2**2 + (points[..., 1] - self.y) ** 2 / 0.24**2) / 2
        )
        raised = points.copy()
        raised[..., 2] += self.millimetres / 1000 * near * (points[..., 2] > 0.1)
        return floats(raised)

    def scaled(self, millimetres: float) -> "Lift":
        """The same chest at another depth of breath."""
        return replace(self, millimetres=millimetres)


def _doubled(field: Floats) -> Floats:
    size = (2 * field.shape[1], 2 * field.shape[0])
    return floats(cv2.resize(field, size, interpolation=cv2.INTER_CUBIC))


def _arranged(
    rng: np.random.Generator, duvet: Duvet, bed: Bed, u: Floats, v: Floats
) -> tuple[Floats, Floats, Floats]:
    """Where the cloth's points are before it falls, and their thickness above the support."""
    askew = rng.normal(0, 0.04)
    x, y = _turned(floats(u - u.mean()), floats(v - v.max()), askew)
    x, y = x + bed.width / 2 + duvet.shift, y + duvet.head_end
    thickness = np.full(u.shape, duvet.thickness, np.float32)
    if duvet.centre is not None:
        x, y = x - x.mean() + duvet.centre[0], y - y.mean() + duvet.centre[1]
    for _ in range(duvet.folds):
        x, y, thickness = _folded(rng, bed, x, y, thickness)
    if duvet.crumpled > 0:
        x, y, thickness = _crumpled(rng, duvet.crumpled, x, y, thickness)
    if duvet.piled:
        x, y, thickness = _piled(rng, bed, x, y, thickness)
    return floats(x), floats(y), floats(thickness)


def _turned(x: Floats, y: Floats, angle: float) -> tuple[Floats, Floats]:
    c, s = math.cos(angle), math.sin(angle)
    return floats(x * c - y * s), floats(x * s + y * c)


def _folded(
    rng: np.random.Generator, bed: Bed, x: Floats, y: Floats, thickness: Floats
) -> tuple[Floats, Floats, Floats]:
    angle = rng.choice([np.pi / 2, np.pi / 2, 0, np.pi]) + rng.normal(0, 0.35)
    across, along = math.cos(angle), math.sin(angle)
    beyond = (x - rng.uniform(0.25, 0.75) * bed.width) * across + (
        y - rng.uniform(0.25, 0.85) * bed.length
    ) * along
    over = np.maximum(beyond, 0)
    layer = rng.uniform(0.01, 0.05) * np.clip(over / 0.06, 0, 1)
    return floats(x - 2 * over * across), floats(y - 2 * over * along), floats(thickness + layer)


def _crumpled(
    rng: np.random.Generator, amount: float, x: Floats, y: Floats, thickness: Floats
) -> tuple[Floats, Floats, Floats]:
    n, m = x.shape
    for cells in (4, 9):
        push = amount * rng.uniform(0.01, 0.12) * 4 / cells
        x = floats(x + push * smooth_noise(rng, n, m, cells))
        y = floats(y + push * smooth_noise(rng, n, m, cells))
    x = floats((x - x.mean()) * (1 - 0.18 * amount * rng.random()) + x.mean())
    y = floats((y - y.mean()) * (1 - 0.15 * amount * rng.random()) + y.mean())
    ridges = np.abs(smooth_noise(rng, n, m, rng.uniform(5, 12))) * rng.uniform(0, 0.035) * amount
    return x, y, floats(thickness + ridges)


def _piled(
    rng: np.random.Generator, bed: Bed, x: Floats, y: Floats, thickness: Floats
) -> tuple[Floats, Floats, Floats]:
    n, m = x.shape
    x, y = floats((x - x.mean()) * rng.uniform(0.3, 0.75)), floats((y - y.mean()) * rng.uniform(0.25, 0.7))
    for cells in (4, 8):
        push = rng.uniform(0.05, 0.18) * 4 / cells
        x = floats(x + push * smooth_noise(rng, n, m, cells))
        y = floats(y + push * smooth_noise(rng, n, m, cells))
    x, y = _turned(x, y, rng.uniform(0, 3.14))
    heap = np.maximum(0, smooth_noise(rng, n, m, rng.uniform(3, 6)) + 0.4) * rng.uniform(0.03, 0.13)
    heap = heap + np.abs(smooth_noise(rng, n, m, 9)) * rng.uniform(0, 0.04)
    return (floats(x + rng.uniform(0.2, 0.8) * bed.width), floats(y + rng.uniform(0.1, 0.85) * bed.length),
            floats(thickness + heap))  # fmt: skip
