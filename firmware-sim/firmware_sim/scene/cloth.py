"""Lets a cloth fall on a height field: particles and sticks, relaxed step by step."""

# Compiled loops take arrays one by one: Numba knows no structs that cost nothing.
# ruff: noqa: PLR0913, PLR0917

import math
from dataclasses import dataclass

from firmware_sim.scene.kernel import Floats, kernel

_GRAVITY = 9.8
_STEP = 1 / 42.0
_FASTEST = 0.1


@dataclass(frozen=True)
class Fabric:
    """How a cloth behaves: shear and bend resistance in 0..1, over how many cells it resists bending,
    friction.
    """

    shear: float
    bend: float
    bend_span: int
    friction: float
    iterations: int = 6


class Cloth:
    """points (n, m, 3) of a cloth with a stick of `rest` metres between neighbours; thickness (n, m) above
    its support. `settle` moves the points, but not the `tucked_rows` at the foot end.
    """

    def __init__(self, points: Floats, rest: float, thickness: Floats, fabric: Fabric) -> None:
        self.points, self.rest, self.thickness, self.fabric = points, rest, thickness, fabric
        self.tucked_rows = 0
        self._before = points.copy()

    def settle(self, heights: Floats, slope_x: Floats, slope_y: Floats, x0: float, y0: float, cell: float,
               steps: int) -> None:  # fmt: skip
        """Lets the cloth fall for so many steps of 1/42 s over a height field with its slopes."""
        tucked = self.points[:, : self.tucked_rows].copy()
        _settle(
            self.points,
            self._before,
            self.rest,
            self.thickness,
            heights,
            slope_x,
            slope_y,
            x0,
            y0,
            cell,
            steps,
            self.fabric.iterations,
            self.fabric.shear,
            self.fabric.bend,
            self.fabric.bend_span,
            self.fabric.friction,
        )
        self.points[:, : self.tucked_rows] = tucked
        self._before[:, : self.tucked_rows] = tucked

    def carry(self, part: tuple[slice, slice], by: Floats) -> None:
        """Moves a part of the cloth as a hand does, without leaving it any speed."""
        self.points[part] += by
        self._before[part] = self.points[part]


@kernel
def _stick(points: Floats, i: int, j: int, a: int, b: int, rest: float, stiffness: float) -> None:
    dx, dy, dz = (
        points[a, b, 0] - points[i, j, 0],
        points[a, b, 1] - points[i, j, 1],
        points[a, b, 2] - points[i, j, 2],
    )
    length = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9
    pull = stiffness * 0.5 * (length - rest) / length
    points[i, j, 0] += pull * dx
    points[i, j, 1] += pull * dy
    points[i, j, 2] += pull * dz
    points[a, b, 0] -= pull * dx
    points[a, b, 1] -= pull * dy
    points[a, b, 2] -= pull * dz


@kernel
def _relax(points: Floats, rest: float, shear: float, bend: float, span: int) -> None:
    rows, columns, _ = points.shape
    for i in range(rows):
        for j in range(columns):
            if i + 1 < rows:
                _stick(points, i, j, i + 1, j, rest, 1.0)
            if j + 1 < columns:
                _stick(points, i, j, i, j + 1, rest, 1.0)
            if i + 1 < rows and j + 1 < columns:
                _stick(points, i, j, i + 1, j + 1, rest * 1.41421, shear)
                _stick(points, i + 1, j, i, j + 1, rest * 1.41421, shear)
            if i + span < rows:
                _stick(points, i, j, i + span, j, rest * span, bend)
            if j + span < columns:
                _stick(points, i, j, i, j + span, rest * span, bend)


@kernel
def _support(points: Floats, before: Floats, thickness: Floats, heights: Floats, slope_x: Floats, slope_y: Floats,
             x0: float, y0: float, cell: float, friction: float) -> None:  # fmt: skip
    """Pushes every point out of what is below it, along the slope's normal, and rubs it there."""
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            fx = min(heights.shape[0] - 2.001, max(0.0, (points[i, j, 0] - x0) / cell))
            fy = min(heights.shape[1] - 2.001, max(0.0, (points[i, j, 1] - y0) / cell))
            a, b = int(fx), int(fy)
            u, w = fx - a, fy - b
            ground = (heights[a, b] * (1 - u) + heights[a + 1, b] * u) * (1 - w)
            ground += (heights[a, b + 1] * (1 - u) + heights[a + 1, b + 1] * u) * w
            sunk = ground + thickness[i, j] - points[i, j, 2]
            if sunk <= 0:
                continue
            sx, sy = slope_x[a, b], slope_y[a, b]
            upright = 1.0 / (1.0 + sx * sx + sy * sy)
            points[i, j, 0] -= sunk * sx * upright
            points[i, j, 1] -= sunk * sy * upright
            points[i, j, 2] += sunk * upright
            points[i, j, 0] += (before[i, j, 0] - points[i, j, 0]) * friction * upright
            points[i, j, 1] += (before[i, j, 1] - points[i, j, 1]) * friction * upright


@kernel
def _settle(
    points: Floats, before: Floats, rest: float, thickness: Floats, heights: Floats, slope_x: Floats, slope_y:
    Floats, x0: float, y0: float, cell: float, steps: int, iterations: int, shear: float, bend: float, span:
    int, friction: float,
) -> None:  # fmt: skip
    fall = _GRAVITY * _STEP * _STEP
    for _ in range(steps):
        for i in range(points.shape[0]):
            for j in range(points.shape[1]):
                for q in range(3):
                    speed = (points[i, j, q] - before[i, j, q]) * 0.9
                    before[i, j, q] = points[i, j, q]
                    points[i, j, q] += min(_FASTEST, max(-_FASTEST, speed))
                points[i, j, 2] -= fall
        for _ in range(iterations):
            _relax(points, rest, shear, bend, span)
            _support(points, before, thickness, heights, slope_x, slope_y, x0, y0, cell, friction)
    _lift_out(points, thickness, heights, slope_x, slope_y, x0, y0, cell)


@kernel
def _lift_out(points: Floats, thickness: Floats, heights: Floats, slope_x: Floats, slope_y: Floats, x0: float,
              y0: float, cell: float) -> None:  # fmt: skip
    """No point stays below its support, except beside steep edges, where lifting it would tear the hem up."""
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            a = min(heights.shape[0] - 2, max(0, int((points[i, j, 0] - x0) / cell)))
            b = min(heights.shape[1] - 2, max(0, int((points[i, j, 1] - y0) / cell)))
            lowest = heights[a : a + 2, b : b + 2].min()
            floor = lowest + thickness[i, j]
            if points[i, j, 2] < floor and slope_x[a, b] ** 2 + slope_y[a, b] ** 2 < 9.0:
                points[i, j, 2] = floor
