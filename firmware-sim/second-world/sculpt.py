"""Bodies as heaps of balls, and bedding sculpted over them. Metres; x across the bed, y from foot to head, z up.

Nothing here is shared with `firmware_sim.scene`: bedding is no simulated cloth but the solution of an obstacle
problem (a skin pulled over what lies below) with folds laid into it, and a body is no set of capsules.
"""

import math
from dataclasses import dataclass

import numpy as np

STEP = 0.025


@dataclass(frozen=True)
class Bed:
    """width, length and height of the mattress's top."""

    width: float
    length: float
    top: float


@dataclass
class Balls:
    """centres (n, 3) and radii (n,) of one material."""

    centres: np.ndarray
    radii: np.ndarray

    @classmethod
    def of(cls, chain: list) -> "Balls":
        """From (centre, radius) pairs."""
        return cls(
            np.array([c for c, _ in chain], float).reshape(-1, 3), np.array([r for _, r in chain], float)
        )


class Ground:
    """How high everything that bedding lies on reaches, over a grid around the bed."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.x = np.arange(-0.3, bed.width + 0.3, STEP)
        self.y = np.arange(-0.3, bed.length + 0.3, STEP)
        self.heights = np.full((len(self.x), len(self.y)), bed.top)

    def put(self, balls: Balls, ceiling: float = 9.0) -> None:
        """Balls now lie here; what rises above `ceiling` counts as being so high."""
        for (cx, cy, cz), r in zip(balls.centres, balls.radii, strict=True):
            away = (self.x[:, None] - cx) ** 2 + (self.y[None] - cy) ** 2
            top = np.where(away < r * r, cz + np.sqrt(np.maximum(r * r - away, 0)), -1)
            self.heights = np.maximum(self.heights, np.minimum(top, ceiling))

    def raise_to(self, points: np.ndarray) -> None:
        """A surface (n, m, 3) now lies here."""
        i = np.clip(((points[..., 0] - self.x[0]) / STEP).astype(int), 0, len(self.x) - 1)
        j = np.clip(((points[..., 1] - self.y[0]) / STEP).astype(int), 0, len(self.y) - 1)
        np.maximum.at(self.heights, (i, j), points[..., 2])

    def at(self, x: np.ndarray, y: np.ndarray, field: np.ndarray) -> np.ndarray:
        """A field over the grid, between its points."""
        u = np.clip((x - self.x[0]) / STEP, 0, len(self.x) - 1.001)
        v = np.clip((y - self.y[0]) / STEP, 0, len(self.y) - 1.001)
        i, j = u.astype(int), v.astype(int)
        a, b = u - i, v - j
        return ((field[i, j] * (1 - a) + field[i + 1, j] * a) * (1 - b)
                + (field[i, j + 1] * (1 - a) + field[i + 1, j + 1] * a) * b)  # fmt: skip

    def skin(self, thickness: float, slack: float) -> np.ndarray:
        """A skin over the ground: the lowest surface above it that sags no more than `slack` lets it."""
        floor = self.heights + thickness
        level = floor.copy()
        for _ in range(60):
            padded = np.pad(level, 1, mode="edge")
            mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
            level = np.maximum(floor, mean - slack)
        return level


def waves(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, length: float, count: int = 12
) -> np.ndarray:
    """Lumps of about `length` metres: plane waves of random directions, about normally distributed."""
    total = np.zeros_like(x)
    for _ in range(count):
        turn, phase = rng.uniform(0, 2 * math.pi, 2)
        k = 2 * math.pi / (length * rng.uniform(0.6, 1.7))
        total += np.cos(k * (x * math.cos(turn) + y * math.sin(turn)) + phase)
    return total * math.sqrt(2 / count)


def folds(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, length: float) -> np.ndarray:
    """Sharp ridges 0..1 that mostly run one way and wander."""
    turn = rng.uniform(0, math.pi)
    across = x * math.cos(turn) + y * math.sin(turn)
    along = y * math.cos(turn) - x * math.sin(turn)
    wander = 0.35 * length * waves(rng, across, 0.4 * along, 3 * length)
    ridge = 1 - np.abs(np.sin(math.pi * (across + wander) / length))
    return ridge**1.6 * np.clip(0.5 + 0.6 * waves(rng, across, along, 2.5 * length), 0, 1)


@dataclass(frozen=True)
class Sheet:
    """size: across and along; head_end: y of its upper edge; askew: radians; thickness; slack: how it sags;
    crumple: height of its folds; turned_back: metres of it folded back at the head end.
    """

    size: tuple
    head_end: float
    askew: float
    thickness: float
    slack: float
    crumple: float
    turned_back: float = 0.0
    middle: float | None = None

    def over(self, rng: np.random.Generator, ground: Ground) -> tuple:
        """Lays it. Returns its points (n, m, 3) and cloth coordinates (n, m, 2) in metres."""
        bed = ground.bed
        u, v = np.meshgrid(np.arange(0, self.size[0], STEP), np.arange(0, self.size[1], STEP), indexing="ij")
        c, s = math.cos(self.askew), math.sin(self.askew)
        du, dv = u - self.size[0] / 2, v - self.size[1]
        spread = 0.5 * self.crumple
        x = (bed.width / 2 if self.middle is None else self.middle) + du * c - dv * s
        y = self.head_end + du * s + dv * c
        x, y = x + spread * waves(rng, u, v, 0.5), y + spread * waves(rng, u, v, 0.5)
        level = ground.at(x, y, ground.skin(self.thickness, self.slack))
        ridges = folds(rng, u, v, rng.uniform(0.12, 0.3)) + 0.6 * folds(rng, u, v, rng.uniform(0.07, 0.16))
        z = level + self.crumple * ridges + 0.004 * waves(rng, u, v, 0.25)
        if self.turned_back > 0:
            y, z = _turned_back(y, z, self.head_end - self.turned_back, self.thickness)
        points = _hanging(rng, bed, np.stack([x, y, z], -1), u + v)
        ground.raise_to(points)
        return points, np.stack([u, v], -1)


def _turned_back(y: np.ndarray, z: np.ndarray, line: float, thickness: float) -> tuple:
    """What lies beyond the line is folded over onto the rest, with a round edge."""
    beyond = np.maximum(y - line, 0)
    lift = (0.02 + 1.5 * thickness) * (1 - np.exp(-beyond / 0.04))
    roll = 0.03 * np.exp(-((beyond - 0.03) ** 2) / 0.03**2) * (beyond > 0)
    return np.where(beyond > 0, line - beyond, y), z + lift + roll


def _hanging(rng: np.random.Generator, bed: Bed, points: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Beyond the edges of the mattress cloth hangs down in loose waves."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    out_x = np.maximum(np.maximum(-x, x - bed.width), 0)
    out_y = np.maximum(-y, 0)
    hangs = np.maximum(out_x, out_y)
    wave = 0.02 + 0.1 * np.minimum(hangs, 0.3) * (
        1 + waves(rng, along, 0.3 * along, rng.uniform(0.15, 0.4), 4)
    )
    wave = np.maximum(wave, 0.01)
    new_x = np.clip(x, -wave, bed.width + wave)
    new_y = np.maximum(y, -wave)
    over_head = np.minimum(new_y, bed.length + 0.03)
    return np.stack([new_x, over_head, np.maximum(z - hangs, 0.02)], -1)


def heap(rng: np.random.Generator, ground: Ground, spot: tuple, radius: float, height: float) -> tuple:
    """Bedding thrown together. Returns points (n, m, 3) and cloth coordinates."""
    rho, turn = np.meshgrid(np.linspace(0.02, 1, 44), np.linspace(0, 2 * math.pi, 90), indexing="ij")
    reach = radius * (
        1 + sum(rng.normal(0, 0.14) * np.cos(k * turn + rng.uniform(0, 6)) for k in (1, 2, 3, 5))
    )
    stretch = rng.uniform(0.7, 1.6)
    x, y = spot[0] + rho * reach * np.cos(turn), spot[1] + rho * reach * np.sin(turn) * stretch
    level = ground.at(x, y, ground.skin(0.01, 2e-3))
    lumps = 0.45 + 0.25 * waves(rng, x, y, 0.35) + 0.5 * folds(rng, x, y, rng.uniform(0.1, 0.22))
    z = level + height * (1 - rho**2) ** 0.5 * np.clip(lumps, 0.1, 2)
    points = _hanging(rng, ground.bed, np.stack([x, y, z], -1), turn)
    ground.raise_to(points)
    return points, np.stack([x * 1.3, y * 1.3], -1)


def pillow(rng: np.random.Generator, ground: Ground, x: float, y: float, yaw: float) -> tuple:
    """A stuffed pillow with a dent. Returns points and cloth coordinates."""
    half = (rng.uniform(0.25, 0.4), rng.uniform(0.17, 0.3))
    u, v = np.meshgrid(np.linspace(-1, 1, 30), np.linspace(-1, 1, 30), indexing="ij")
    stuffed = np.cos(u * math.pi / 2) ** 0.45 * np.cos(v * math.pi / 2) ** 0.45
    dent = 0.35 * rng.random() * np.exp(-(u**2 + v**2) / 0.15)
    c, s = math.cos(yaw), math.sin(yaw)
    px, py = x + half[0] * u * c - half[1] * v * s, y + half[0] * u * s + half[1] * v * c
    height = rng.uniform(0.09, 0.17)
    z = ground.at(np.array(x), np.array(y), ground.heights) + height * stuffed * (1 - dent)
    z = z + 0.012 * stuffed * folds(rng, px, py, 0.1)
    points = np.stack([px, py, z], -1)
    ground.raise_to(points)
    return points, np.stack([half[0] * u, half[1] * v], -1)
