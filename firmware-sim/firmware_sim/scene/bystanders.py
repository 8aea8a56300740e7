"""People who are not in the bed: standing, bent over it, kneeling, on a chair or in a wheelchair, fallen."""

import math

import numpy as np

from firmware_sim.scene import postures
from firmware_sim.scene.body import UP, Body, Build, Pose, pose_body, unit
from firmware_sim.scene.room import Bed
from firmware_sim.scene.seats import chair, wheelchair
from firmware_sim.scene.shapes import Mesh


def bystander(rng: np.random.Generator, bed: Bed) -> tuple[Body, list[Mesh]]:
    """Somebody beside the bed, and what they sit on."""
    build = Build.draw(rng)
    chance = rng.random()
    if chance < 0.42:
        return pose_body(build, postures.standing(rng, bed, build)), []
    if chance < 0.6:
        return pose_body(build, postures.fallen(rng, bed)), []
    if chance < 0.7:
        return pose_body(build, _kneeling(rng, bed, build)), []
    return _seated(rng, bed, build)


def _spot(rng: np.random.Generator, bed: Bed, nearest: float, farthest: float) -> tuple[float, float, float]:
    """x, y beside the bed or at its foot end, and the direction of the bed from there, radians."""
    away = rng.uniform(nearest, farthest)
    if rng.random() < 0.15:
        return rng.uniform(0, bed.width), -away, math.pi / 2
    y = rng.uniform(0, bed.length)
    return (-away, y, 0.0) if rng.random() < 0.5 else (bed.width + away, y, math.pi)


def _seated(rng: np.random.Generator, bed: Bed, build: Build) -> tuple[Body, list[Mesh]]:
    x, y, towards = _spot(rng, bed, 0.35, 0.9)
    towards += rng.normal(0, 0.7)
    facing = np.array([math.cos(towards), math.sin(towards), 0.0])
    lean = rng.uniform(-0.15, 0.7)
    bend = math.pi / 2 + lean
    knee = math.pi / 2 + rng.normal(0, 0.15)
    pose = Pose(np.array([x, y, 0.56]) - 0.05 * facing, UP * math.cos(lean) + facing * math.sin(lean), facing,
                (bend, bend), (knee, knee), (0.1, 0.12), tuple(rng.uniform(0, 0.9, 2)), (0.1, 0.15),
                tuple(rng.uniform(0.2, 1.3, 2)), rng.uniform(0, 0.5), rng.uniform(0, 0.7))  # fmt: skip
    seat = wheelchair if rng.random() < 0.35 else chair
    return pose_body(build, pose), seat(x, y, towards - math.pi / 2)


def _kneeling(rng: np.random.Generator, bed: Bed, build: Build) -> Pose:
    """On the knees, leaning on the bed."""
    x, y, towards = _spot(rng, bed, 0.2, 0.4)
    facing = np.array([math.cos(towards), math.sin(towards), 0.0])
    lean = rng.uniform(0.1, 0.8)
    return Pose(np.array([x, y, 0.29 * build.height]), unit(UP * math.cos(lean) + facing * math.sin(lean)), facing,
                (lean, lean), (math.pi / 2 + lean, math.pi / 2 + lean), arms=(0.9, 1.1), elbows=(0.5, 0.6),
                curl=rng.uniform(0, 0.4), nod=rng.uniform(0, 0.6))  # fmt: skip
