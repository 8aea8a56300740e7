"""How people lie, sit and stand in and beside a bed."""

import math

import numpy as np

from firmware_sim.scene.body import UP, Build, Pose, Vector, unit
from firmware_sim.scene.room import Bed

LYING = ("supine", "knees_up", "side", "foetal", "prone", "diagonal")
_OFTEN = (0.30, 0.07, 0.28, 0.17, 0.10, 0.08)


def draw_lying(rng: np.random.Generator) -> str:
    """A lying posture, as often as people take it."""
    return str(rng.choice(LYING, p=_OFTEN))


def lying(rng: np.random.Generator, bed: Bed, build: Build, posture: str, pillow: float) -> Pose:
    """Lying in the bed with the head on a pillow of this height."""
    askew = rng.normal(0, 0.35 if posture == "diagonal" else 0.07)
    spine = np.array([math.sin(askew), math.cos(askew), 0.0])
    roll = _roll(rng, posture)
    front = UP * math.cos(roll) + np.cross(UP, spine) * math.sin(roll)
    hips, knees, curl = _legs(rng, posture)
    reach = 0.42 if posture == "foetal" else 0.49
    x = bed.width / 2 + rng.normal(0, 0.08 * bed.width)
    if bed.width > 1.3:
        x += rng.choice([-1, 1]) * 0.2 * bed.width
    y = bed.length - rng.uniform(0.12, 0.42) - reach * build.height
    relaxed = rng.random() < 0.75
    lift, out = (
        (rng.uniform(-0.1, 0.5, 2), rng.uniform(0.05, 0.5, 2))
        if relaxed
        else (rng.uniform(0, 2.6, 2), rng.uniform(0, 1.2, 2))
    )
    close = posture in ("side", "foetal", "knees_up")
    return Pose(
        np.array([x, y, bed.top + 0.11 * build.girth - 0.04]), spine, front, hips, knees,
        _pair(rng.uniform(0, 0.12 if close else 0.35, 2)), _pair(lift), _pair(out), _pair(rng.uniform(0, 1.9, 2)),
        curl, rng.uniform(0, 0.35), rng.normal(0, 0.4), bed.top, rng.uniform(0.03, 0.06), pillow,
        0.0 if posture == "knees_up" else 0.85,
    )  # fmt: skip


def sitting_up(rng: np.random.Generator, bed: Bed) -> Pose:
    """Sitting in bed with the legs along it, leaning back more or less."""
    lean = rng.uniform(0.15, 0.9)
    spine = np.array([rng.normal(0, 0.08), math.sin(lean), math.cos(lean)])
    front = np.array([rng.normal(0, 0.1), -math.cos(lean), math.sin(lean)])
    raised = rng.uniform(0, 0.8) if rng.random() < 0.4 else 0.0
    bend = math.pi / 2 - lean + raised
    pelvis = np.array(
        [
            bed.width / 2 + rng.normal(0, 0.1),
            bed.length - rng.uniform(0.25, 0.6) - 0.3 * math.sin(lean),
            bed.top + 0.08,
        ]
    )
    return Pose(pelvis, spine, front, (bend, bend), (2 * raised, 2 * raised), _pair(rng.uniform(0.02, 0.25, 2)),
                _pair(rng.uniform(0, 1, 2)), _pair(rng.uniform(0.05, 0.3, 2)), curl=rng.uniform(0, 0.4),
                nod=rng.uniform(0, 0.6))  # fmt: skip


def on_edge(rng: np.random.Generator, bed: Bed, side: int | None = None) -> Pose:
    """Sitting on the edge with the feet on the floor. side: -1 left, 1 right."""
    side = int(rng.choice([-1, 1])) if side is None else side
    lean = rng.uniform(-0.2, 0.5)
    front = unit(np.array([float(side), rng.normal(0, 0.3), 0.0]))
    bend = math.pi / 2 + lean - rng.uniform(0, 0.25)
    knee = math.pi / 2 - rng.uniform(-0.1, 0.3)
    x = 0.12 if side < 0 else bed.width - 0.12
    return Pose(np.array([x, rng.uniform(0.4, bed.length - 0.5), bed.top + 0.09]),
                UP * math.cos(lean) + front * math.sin(lean), front, (bend, bend), (knee, knee), (0.12, 0.12),
                _pair(rng.uniform(-0.2, 0.7, 2)), _pair(rng.uniform(0.05, 0.3, 2)), _pair(rng.uniform(0, 1, 2)),
                curl=rng.uniform(0, 0.5), nod=rng.uniform(0, 0.7))  # fmt: skip


def half_out(rng: np.random.Generator, bed: Bed) -> Pose:
    """The trunk in bed, the legs out of it."""
    side = int(rng.choice([-1, 1]))
    x = 0.2 if side < 0 else bed.width - 0.2
    out = (0.9, 0.5) if side < 0 else (0.5, 0.9)
    return Pose(
        np.array([x, rng.uniform(0.5, 1.1), bed.top + 0.08]),
        np.array([-side * rng.uniform(0.1, 0.8), 1.0, 0.0]),
        unit(UP + np.array([side * rng.uniform(0, 0.8), 0, 0])),
        _pair(rng.uniform(-0.1, 0.4, 2)),
        _pair(rng.uniform(0.6, 1.6, 2)),
        out,
        _pair(rng.uniform(0, 1.2, 2)),
        _pair(rng.uniform(0.1, 1, 2)),
    )


def standing(rng: np.random.Generator, bed: Bed, build: Build) -> Pose:
    """Beside the bed: a carer bent over it, or somebody walking past."""
    side = int(rng.choice([-1, 1]))
    x = -rng.uniform(0.25, 0.9) if side < 0 else bed.width + rng.uniform(0.25, 0.9)
    facing = (
        np.array([-float(side), rng.normal(0, 0.8), 0])
        if rng.random() < 0.7
        else np.array([*rng.normal(size=2), 0])
    )
    lean = rng.uniform(0, 0.25) if rng.random() < 0.6 else rng.uniform(0.3, 0.9)
    return upright(
        np.array([x, rng.uniform(-0.2, bed.length)]), unit(facing), build, lean, rng.normal(0, 0.15)
    )


def upright(spot: Vector, facing: Vector, build: Build, lean: float = 0.05, stride: float = 0.0) -> Pose:
    """Standing or walking at a spot (x, y). stride: how far the left leg is ahead, radians."""
    spine = UP * math.cos(lean) + facing * math.sin(lean)
    return Pose(
        np.array([spot[0], spot[1], 0.53 * build.height]),
        spine,
        facing,
        (lean + stride, lean - stride),
        (max(0.0, -stride), max(0.0, stride)),
        (0.05, 0.05),
        (-stride, stride),
        (0.12, 0.12),
        (0.25, 0.25),
    )


def fallen(rng: np.random.Generator, bed: Bed) -> Pose:
    """On the floor beside the bed."""
    x = -rng.uniform(0.4, 0.8) if rng.random() < 0.5 else bed.width + rng.uniform(0.4, 0.8)
    askew = rng.normal(0, 0.5)
    spine = np.array([math.sin(askew), math.cos(askew), 0.0]) * rng.choice([-1, 1])
    roll = rng.uniform(-3.1, 3.1)
    front = UP * math.cos(roll) + np.cross(UP, spine) * math.sin(roll)
    return Pose(np.array([x, bed.length / 2 + rng.normal(0, 0.3), 0.12]), spine, front, _pair(rng.uniform(0, 1, 2)),
                _pair(rng.uniform(0, 1.3, 2)), ground=0.0, sink=0.0)  # fmt: skip


def _roll(rng: np.random.Generator, posture: str) -> float:
    if posture == "prone":
        return math.pi + rng.normal(0, 0.2)
    if posture in ("side", "foetal"):
        return float(rng.choice([-1, 1]) * rng.normal(1.5, 0.2))
    return float(rng.normal(0, 0.25 if posture == "diagonal" else 0.15))


def _legs(rng: np.random.Generator, posture: str) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Bend of hips and knees, and curl of the spine."""
    if posture == "knees_up":
        bend = rng.uniform(0.6, 1.1)
        other = bend if rng.random() < 0.6 else 0.1
        return (bend, other), (1.9 * bend, 1.9 * other), 0.0
    if posture == "side":
        return _pair(rng.uniform(0.1, 0.8, 2)), _pair(rng.uniform(0.2, 1.3, 2)), rng.uniform(0, 0.2)
    if posture == "foetal":
        bend, knee = rng.uniform(1, 1.8), rng.uniform(1.4, 2.3)
        return (bend, bend + rng.normal(0, 0.2)), (knee, knee), rng.uniform(0.2, 0.6)
    return _pair(rng.uniform(0, 0.2, 2)), _pair(rng.uniform(0, 0.3, 2)), 0.0


def _pair(values: Vector) -> tuple[float, float]:
    return float(values[0]), float(values[1])
