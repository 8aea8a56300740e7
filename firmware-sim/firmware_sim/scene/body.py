"""A person as tapered capsules hung on a skeleton, from a build and a pose."""

import math
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.kernel import Bytes, Floats, floats

Vector = NDArray[np.float64]
HEAD = slice(8, 17)
_LIGHT = 0.008
UP = np.array([0.0, 0.0, 1.0])


class Part(IntEnum):
    """What a capsule shows; added to the material of the person's skin."""

    SKIN = 0
    TOP = 1
    TROUSERS = 2
    HAIR = 3
    SOCKS = 4


@dataclass(frozen=True)
class Build:
    """height in metres; girth relative to slim-average; long_hair in 0..1; sleeves: covered forearms; bald:
    no hair on top; gown: a nightgown instead of trousers; bare_legs: below the knee; stoop: rounded back,
    radians.
    """

    height: float
    girth: float
    long_hair: float = 0.0
    sleeves: bool = True
    bald: bool = False
    gown: bool = False
    bare_legs: bool = False
    stoop: float = 0.0

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Build":
        """An adult of any usual size; many are old."""
        more = rng.spawn(1)[0]
        height, girth = rng.uniform(1.46, 1.9), rng.uniform(0.78, 1.3)
        if more.random() < 0.12:
            girth = more.uniform(1.3, 1.55)
        return cls(height, girth, max(0.0, rng.uniform(-1, 1)), bool(rng.random() < 0.6),
                   bool(more.random() < 0.18), bool(more.random() < 0.3), bool(more.random() < 0.4),
                   max(0.0, more.normal(0.05, 0.15)))  # fmt: skip


@dataclass(frozen=True)
class Pose:
    """pelvis: where (3,); spine: unit vector towards the head; front: unit vector out of the belly. Angles
    in radians, pairs are (left, right). ground: height of what the person lies on, None when upright; sink:
    how deep the body presses into it; pillow: how high the head is kept.
    """

    pelvis: Vector
    spine: Vector
    front: Vector
    hips: tuple[float, float] = (0.0, 0.0)
    knees: tuple[float, float] = (0.0, 0.0)
    spread: tuple[float, float] = (0.1, 0.1)
    arms: tuple[float, float] = (0.2, 0.2)
    arms_out: tuple[float, float] = (0.2, 0.2)
    elbows: tuple[float, float] = (0.4, 0.4)
    curl: float = 0.0
    nod: float = 0.1
    turn: float = 0.0
    ground: float | None = None
    sink: float = 0.045
    pillow: float = 0.0
    legs_fall: float = 0.8


@dataclass(frozen=True)
class Body:
    """Capsules from starts to ends (n, 3) with radii (n,), each of one part (n,)."""

    starts: Floats
    ends: Floats
    start_radii: Floats
    end_radii: Floats
    parts: Bytes

    def between(self, other: "Body", share: float) -> "Body":
        """The body on its way to another pose of the same person; share 0..1 of the way."""
        starts = (1 - share) * self.starts + share * other.starts
        ends = (1 - share) * self.ends + share * other.ends
        return replace(self, starts=floats(starts), ends=floats(ends))

    def head(self) -> "Body":
        """The head alone, without the neck."""
        return Body(*(values[HEAD] for values in vars(self).values()))

    def moved(self, by: Vector) -> "Body":
        """The body elsewhere."""
        return replace(self, starts=floats(self.starts + by), ends=floats(self.ends + by))


def unit(vector: Vector) -> Vector:
    """The vector at length one."""
    return vector / (np.linalg.norm(vector) + 1e-9)


class _Skeleton:
    """Collects capsules; joints of a lying person come to rest on what is below them."""

    def __init__(self, build: Build, pose: Pose) -> None:
        self.build, self.pose = build, pose
        self.capsules: list[tuple[Vector, Vector, float, float, Part]] = []

    def add(self, start: Vector, end: Vector, start_radius: float, end_radius: float, part: Part) -> None:
        self.capsules.append((start, end, start_radius, end_radius, part))

    def rest(self, joint: Vector, radius: float, fall: float = 0.0, light: bool = False) -> Vector:
        """light: an arm or a hand, which lies on what is below it and hardly presses into it."""
        if self.pose.ground is None:
            return joint
        lowest = self.pose.ground + radius - (min(_LIGHT, self.pose.sink) if light else self.pose.sink)
        height = joint[2] + fall * (lowest - joint[2])
        return np.array([joint[0], joint[1], max(lowest, height)])

    def body(self) -> Body:
        starts, ends, start_radii, end_radii, parts = zip(*self.capsules, strict=True)
        return Body(
            floats(starts), floats(ends), floats(start_radii), floats(end_radii), np.array(parts, np.uint8)
        )


def pose_body(build: Build, pose: Pose) -> Body:
    """The person's body in a pose; the number and order of capsules depend on nothing, so poses can be
    mixed.
    """
    skeleton = _Skeleton(build, pose)
    spine = unit(pose.spine)
    front = unit(pose.front - spine * float(pose.front @ spine))
    chest, upper, upper_front = _trunk(skeleton, spine, front)
    _head(skeleton, chest, upper, upper_front)
    for side in (0, 1):
        _leg(skeleton, spine, front, side)
        _arm(skeleton, chest, upper, upper_front, side)
    return skeleton.body()


def _left_of(spine: Vector, front: Vector) -> Vector:
    return np.cross(spine, front)


def _trunk(skeleton: _Skeleton, spine: Vector, front: Vector) -> tuple[Vector, Vector, Vector]:
    h, g, pose = skeleton.build.height, skeleton.build.girth, skeleton.pose
    curl = pose.curl + skeleton.build.stoop
    c, s = math.cos(curl), math.sin(curl)
    upper, upper_front = unit(spine * c + front * s), unit(front * c - spine * s)
    left = _left_of(upper, upper_front)
    pelvis = skeleton.rest(np.asarray(pose.pelvis, float), 0.105 * g)
    belly = skeleton.rest(pelvis + spine * 0.12 * h + front * 0.012, 0.11 * g)
    chest = skeleton.rest(belly + unit(spine + upper) * 0.13 * h, 0.12 * g)
    hip = _left_of(spine, front) * 0.055 * h
    skeleton.add(
        skeleton.rest(pelvis + hip, 0.09 * g),
        skeleton.rest(pelvis - hip, 0.09 * g),
        0.1 * g,
        0.1 * g,
        Part.TROUSERS,
    )
    skeleton.add(pelvis, belly, 0.115 * g, 0.115 * g, Part.TOP)
    skeleton.add(belly, chest, 0.118 * g, 0.118 * g, Part.TOP)
    paunch = belly + front * 0.04 * g * g
    skeleton.add(paunch, paunch + spine * 0.05, 0.1 * g, 0.1 * g, Part.TOP)
    shoulder = left * 0.095 * h
    collar = chest + upper * 0.055 * h
    skeleton.add(
        skeleton.rest(collar + shoulder, 0.065 * g),
        skeleton.rest(collar - shoulder, 0.065 * g),
        0.074 * g,
        0.074 * g,
        Part.TOP,
    )
    bust = chest + upper_front * 0.02
    skeleton.add(bust + left * 0.05, bust - left * 0.05, 0.1 * g, 0.1 * g, Part.TOP)
    return chest, upper, upper_front


def _head(skeleton: _Skeleton, chest: Vector, upper: Vector, upper_front: Vector) -> None:
    build, pose = skeleton.build, skeleton.pose
    up = unit(upper * math.cos(pose.nod) + upper_front * math.sin(pose.nod))
    face = unit(upper_front * math.cos(pose.nod) - upper * math.sin(pose.nod))
    face = unit(face * math.cos(pose.turn) + np.cross(up, face) * math.sin(pose.turn))
    neck = chest + upper * 0.082 * build.height
    middle = neck + up * 0.085
    if pose.ground is not None:
        middle[2] = max(middle[2], pose.ground + 0.55 * pose.pillow + 0.075)
        neck[2] = max(neck[2], pose.ground + 0.3 * pose.pillow + 0.05)
    chin, crown = middle - up * 0.05 + face * 0.02, middle + up * 0.035
    skeleton.add(chest + upper * 0.04, neck, 0.06, 0.055, Part.SKIN)
    skeleton.add(neck, chin, 0.055, 0.055, Part.SKIN)
    skeleton.add(chin, crown + face * 0.015, 0.058, 0.078, Part.SKIN)
    _face(skeleton, middle, up, face)
    top = Part.SKIN if build.bald else Part.HAIR
    skeleton.add(crown - face * 0.012 + up * 0.012, crown - face * 0.03 - up * 0.02, 0.086, 0.08, top)
    skeleton.add(
        crown - face * 0.05, middle - face * 0.05 - up * 0.1 * build.long_hair, 0.068, 0.06, Part.HAIR
    )


def _face(skeleton: _Skeleton, middle: Vector, up: Vector, face: Vector) -> None:
    """Nose, eyes below their brows, mouth and ears."""
    aside = np.cross(up, face)
    skeleton.add(
        middle + face * 0.084 + up * 0.012, middle + face * 0.1 - up * 0.018, 0.009, 0.016, Part.SKIN
    )
    for side in (-1, 1):
        eye = middle + face * 0.079 + up * 0.026 + aside * side * 0.033
        skeleton.add(eye - aside * 0.01, eye + aside * 0.01, 0.008, 0.008, Part.HAIR)
    mouth = middle + face * 0.078 - up * 0.053
    skeleton.add(mouth - aside * 0.018, mouth + aside * 0.018, 0.007, 0.007, Part.HAIR)
    for side in (-1, 1):
        ear = middle + aside * side * 0.08 - face * 0.005
        skeleton.add(ear + up * 0.015, ear - up * 0.02, 0.018, 0.012, Part.SKIN)


def _leg(skeleton: _Skeleton, spine: Vector, front: Vector, side: int) -> None:
    h, g, pose = skeleton.build.height, skeleton.build.girth, skeleton.pose
    outward = _left_of(spine, front) * (1 if side == 0 else -1)
    hip_angle, knee_angle, spread = pose.hips[side], pose.knees[side], pose.spread[side]
    hip = skeleton.rest(np.asarray(pose.pelvis, float) + outward * 0.055 * h, 0.09 * g)
    thigh = unit(-spine * math.cos(hip_angle) + front * math.sin(hip_angle) + outward * math.sin(spread))
    bent = hip_angle - knee_angle
    shin = unit(-spine * math.cos(bent) + front * math.sin(bent) + outward * 0.6 * math.sin(spread))
    knee = skeleton.rest(hip + thigh * 0.245 * h, 0.06 * g, pose.legs_fall)
    ankle = skeleton.rest(knee + shin * 0.235 * h, 0.042, pose.legs_fall)
    along = front * math.cos(bent) + spine * math.sin(bent)
    foot = unit(along - 0.5 * spine) if pose.ground is not None else unit(along)
    build = skeleton.build
    thigh_part = Part.TOP if build.gown else Part.TROUSERS
    bare = build.bare_legs or build.gown
    skeleton.add(hip, knee, 0.088 * g, 0.062 * g, thigh_part)
    calf = knee + 0.35 * (ankle - knee) - along * 0.012
    skeleton.add(knee, ankle, 0.058 * g, 0.04, Part.SKIN if bare else Part.TROUSERS)
    skeleton.add(knee, calf, 0.056 * g, 0.06 * g, Part.SKIN if bare else Part.TROUSERS)
    skeleton.add(
        ankle,
        skeleton.rest(ankle + foot * 0.1 * h, 0.03, 0.3),
        0.04,
        0.03,
        Part.SKIN if build.bare_legs else Part.SOCKS,
    )


def _arm(skeleton: _Skeleton, chest: Vector, upper: Vector, upper_front: Vector, side: int) -> None:
    build, pose = skeleton.build, skeleton.pose
    h, g = build.height, build.girth
    outward = _left_of(upper, upper_front) * (1 if side == 0 else -1)
    lift, out, bend = pose.arms[side], pose.arms_out[side], pose.elbows[side]
    shoulder = skeleton.rest(chest + upper * 0.055 * h + outward * 0.095 * h, 0.065 * g)
    first = unit(-upper * math.cos(lift) + upper_front * math.sin(lift) + outward * math.sin(out))
    second = unit(
        -upper * math.cos(lift + bend) + upper_front * math.sin(lift + bend) - outward * 0.35 * math.sin(bend)
    )
    elbow = skeleton.rest(shoulder + first * 0.175 * h, 0.042 * g, 0.6, light=True)
    wrist = skeleton.rest(elbow + second * 0.15 * h, 0.034, 0.3, light=True)
    over_chest = np.linalg.norm((wrist - chest)[:2]) < 0.15
    if pose.ground is not None and over_chest:
        wrist[2] = max(wrist[2], chest[2] + 0.13 * g)
    skeleton.add(shoulder, elbow, 0.052 * g, 0.043 * g, Part.TOP)
    skeleton.add(elbow, wrist, 0.042, 0.034, Part.TOP if build.sleeves else Part.SKIN)
    _hand(skeleton, wrist, second, outward)


def _hand(skeleton: _Skeleton, wrist: Vector, along: Vector, outward: Vector) -> None:
    """Two fingers' breadth on each side of the palm's middle, and the thumb; none of it within the mattress."""
    h = skeleton.build.height
    across = unit(np.cross(along, UP) + 1e-3 * outward)
    for side in (-1, 1):
        knuckle = skeleton.rest(wrist + along * 0.05 * h + across * side * 0.016, 0.02, light=True)
        tip = skeleton.rest(wrist + along * 0.1 * h + across * side * 0.018, 0.013, 0.3, light=True)
        skeleton.add(skeleton.rest(wrist, 0.026, light=True), knuckle, 0.026, 0.022, Part.SKIN)
        skeleton.add(knuckle, tip, 0.021, 0.012, Part.SKIN)
    thumb = skeleton.rest(wrist + along * 0.055 * h + across * 0.045, 0.013, 0.2, light=True)
    skeleton.add(wrist + along * 0.015 * h, thumb, 0.018, 0.012, Part.SKIN)
