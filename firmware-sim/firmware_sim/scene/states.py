"""States of the bed: who is in it, what has become of the bedding, and what else lies or stands around."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from firmware_sim.scene import postures
from firmware_sim.scene.bedding import CELL, Duvet, Laid, Lift, Surface, pillow
from firmware_sim.scene.belongings import Things, dog, layers, left_on
from firmware_sim.scene.body import Body, Build, Pose, pose_body
from firmware_sim.scene.bystanders import bystander
from firmware_sim.scene.care import Bend
from firmware_sim.scene.kernel import Floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.room import Bed
from firmware_sim.scene.shapes import Mesh
from firmware_sim.scene.trace import body_top

REACH = 0.45


@dataclass
class Scene:
    """What is in a home at one moment, beside what always is.

    occupied and detail are the truth; on_edge and half_out are occupied with a detail of their own.
    chest: where a breath would show, if somebody lies there.
    """

    occupied: bool
    detail: str
    meshes: list[Mesh] = field(default_factory=list)
    cloths: list[Laid] = field(default_factory=list)
    bodies: list[tuple[Body, Material]] = field(default_factory=list)
    chest: Lift | None = None

    def all_meshes(self, breath: float = 0.0) -> list[Mesh]:
        """The meshes, the cloths raised by a breath of so many millimetres."""
        lift = self.chest.scaled(breath) if self.chest and breath else None
        return [*self.meshes, *(cloth.mesh(lift) for cloth in self.cloths)]


class _Bedroom:
    """Puts one scene together, from the mattress upwards."""

    def __init__(self, rng: np.random.Generator, bed: Bed, tidy: bool) -> None:
        self.rng, self.bed, self.surface = rng, bed, Surface.of(bed)
        self.tidy = tidy
        self.bend = None if tidy else Bend.draw(rng.spawn(1)[0], bed)
        self.scene = Scene(False, "")
        self.pillow_height = 0.0
        self.size = (bed.width + rng.uniform(0.3, 0.8), rng.uniform(1.5, 2.1))
        self.thickness = rng.uniform(0.012, 0.04)
        self.padded = bool(rng.random() < 0.6)

    def pillows(self) -> None:
        beside = 1 if self.bed.width < 1.3 else 2
        if self.rng.random() < 0.07 and not self.tidy:
            return
        for i in range(beside):
            x = self.bed.width * (i + 0.5) / beside + self.rng.normal(0, 0.04)
            y = self.bed.length - self.rng.uniform(0.2, 0.32)
            mesh, self.pillow_height = pillow(
                self.rng, self.surface, x, y, self.rng.normal(0, 0.1 if self.tidy else 0.35)
            )
            self.scene.meshes.append(mesh)

    def decorate(self) -> None:
        """Rows of pillows and cushions, as on a bed made for show."""
        y = self.bed.length - 0.22
        beside = 1 if self.bed.width < 1.1 else 2
        for row in range(int(self.rng.integers(1, 4))):
            small = row > 0 and self.rng.random() < 0.7
            count = max(1, beside + (int(self.rng.integers(-1, 2)) if row else 0))
            half = (self.rng.uniform(0.16, 0.26), self.rng.uniform(0.12, 0.22)) if small else None
            stuff = (Material.PILLOW, Material.PILLOW, Material.THROW, Material.BAG)[
                int(self.rng.integers(4)) if row else 0
            ]
            for i in range(count):
                x = self.bed.width * (i + 0.5) / count + self.rng.normal(0, 0.05)
                yaw = self.rng.normal(0, 0.5 if small else 0.15)
                self.scene.meshes.append(pillow(self.rng, self.surface, x, y, yaw, stuff, half)[0])
            y -= self.rng.uniform(0.15, 0.3)

    def cover(
        self, head_end: float, folds: int = 0, crumpled: float | None = None, piled: bool = False
    ) -> None:
        if crumpled is None:
            crumpled = float(self.rng.uniform(0.3, 1)) if self.rng.random() < 0.75 else 0.0
        duvet = Duvet(self.size, head_end, self.thickness, self.padded, folds, crumpled, piled,
                      shift=self.rng.normal(0, 0.08))  # fmt: skip
        self.scene.cloths.append(duvet.on(self.rng, self.surface))

    def lie(self, posture: str) -> None:
        build = Build.draw(self.rng)
        pose = postures.lying(self.rng, self.bed, build, posture, self.pillow_height)
        self.put(build, pose, posture)
        x, y = float(pose.pelvis[0]), float(pose.pelvis[1])
        self.scene.chest = Lift(x, y + 0.22 * build.height, 0.0)

    def put(self, build: Build, pose: Pose, detail: str) -> None:
        body = pose_body(build, pose)
        self.scene.occupied, self.scene.detail = True, detail
        self.scene.bodies.append((body, Material.SKIN))
        self.surface.raise_over(self.shape_of(body))

    def shape_of(self, body: Body) -> Floats:
        top = self.bed.top + REACH
        return body_top(body, self.surface.x0, self.surface.y0, CELL, self.surface.heights.shape, top)

    def others(self) -> None:
        """People and animals beside the bed."""
        if self.rng.random() < (0.14 if self.scene.occupied else 0.24):
            body, seat = bystander(self.rng, self.bed)
            self.scene.bodies.append((body, Material.OTHER_SKIN))
            self.scene.meshes += seat
        if self.rng.random() < 0.05:
            self.scene.bodies.append((dog(self.rng, self.bed), Material.PET))

    def lay(self, things: Things) -> None:
        self.scene.meshes += things.meshes
        self.scene.cloths += things.cloths
        self.scene.bodies += things.bodies

    def raise_head_end(self, bend: Bend) -> None:
        """Everything on the bed goes up with it; who sits, does so below the hinge."""
        self.scene.meshes = [bend.of_mesh(mesh) for mesh in self.scene.meshes] + bend.mattress()
        for cloth in self.scene.cloths:
            cloth.bent = bend.of
        upright = self.scene.detail in ("sitting_up", "on_edge")
        self.scene.bodies = [
            (body if upright and skin == Material.SKIN else bend.of_body(body), skin)
            for body, skin in self.scene.bodies
        ]


def _covered(room: _Bedroom) -> None:
    room.pillows()
    room.lie(postures.draw_lying(room.rng))
    room.cover(room.bed.length - room.rng.uniform(0.38, 0.72))


def _head_covered(room: _Bedroom) -> None:
    room.pillows()
    room.lie(postures.draw_lying(room.rng))
    room.cover(room.bed.length + room.rng.uniform(-0.15, 0.1))


def _to_the_hips(room: _Bedroom) -> None:
    room.pillows()
    room.lie(postures.draw_lying(room.rng))
    room.cover(room.rng.uniform(0.35, 0.6) * room.bed.length)


def _uncovered(room: _Bedroom) -> None:
    room.pillows()
    room.lie(postures.draw_lying(room.rng))
    _kick_away(room)


def _sitting_up(room: _Bedroom) -> None:
    room.pillows()
    build = Build.draw(room.rng)
    pose = postures.sitting_up(room.rng, room.bed)
    if room.bend is not None:
        pose = replace(pose, pelvis=np.array([pose.pelvis[0], room.bend.hinge - 0.08, pose.pelvis[2]]))
    room.put(build, pose, "sitting_up")
    if room.rng.random() < 0.7:
        room.cover(room.rng.uniform(0.4, 0.6) * room.bed.length)


def _on_edge(room: _Bedroom) -> None:
    room.pillows()
    _kick_away(room)
    build = Build.draw(room.rng)
    pose = postures.on_edge(room.rng, room.bed)
    if room.bend is not None:
        y = min(float(pose.pelvis[1]), room.bend.hinge - 0.2)
        pose = replace(pose, pelvis=np.array([pose.pelvis[0], y, pose.pelvis[2]]))
    room.put(build, pose, "on_edge")


def _half_out(room: _Bedroom) -> None:
    room.pillows()
    _kick_away(room)
    build = Build.draw(room.rng)
    room.put(build, postures.half_out(room.rng, room.bed), "half_out")


def _kick_away(room: _Bedroom) -> None:
    chance = room.rng.random()
    if chance < 0.35:
        room.cover(0.8 * room.bed.length, piled=True)
    elif chance < 0.75:
        room.cover(0.8 * room.bed.length, folds=int(room.rng.integers(1, 3)))


def _made(room: _Bedroom) -> None:
    room.tidy = True
    room.pillows()
    crumpled = 0.0 if room.rng.random() < 0.7 else room.rng.uniform(0.2, 0.7)
    room.cover(room.bed.length - room.rng.uniform(-0.02, 0.6), crumpled=crumpled)


def _for_show(room: _Bedroom) -> None:
    """Made with a spread and rows of cushions, below or above it."""
    room.tidy, above = True, room.rng.random() < 0.6
    if not above:
        room.decorate()
    room.cover(
        room.bed.length - room.rng.uniform(-0.05, 0.7), crumpled=0.0 if room.rng.random() < 0.75 else 0.6
    )
    if above:
        room.decorate()
    if room.rng.random() < 0.35:
        size = (room.bed.width + room.rng.uniform(0.1, 0.5), room.rng.uniform(0.4, 0.8))
        throw = Duvet(size, room.rng.uniform(0.5, 1.2), 0.012, False, material=Material.THROW)
        room.scene.cloths.append(throw.on(room.rng, room.surface, 18))


def _messy(room: _Bedroom) -> None:
    room.pillows()
    room.cover(room.bed.length - room.rng.uniform(0, 0.7), crumpled=1.0)


def _bare(room: _Bedroom) -> None:
    if room.rng.random() < 0.5:
        room.pillows()


def _thrown_back(room: _Bedroom) -> None:
    room.pillows()
    room.cover(room.bed.length - room.rng.uniform(0, 0.5), folds=int(room.rng.integers(1, 3)))


def _heap(room: _Bedroom) -> None:
    room.pillows()
    room.cover(0.8 * room.bed.length, piled=True)


def _tunnel(room: _Bedroom) -> None:
    """The duvet keeps a flattened shape of the sleeper who has crept out of it."""
    room.pillows()
    build = Build.draw(room.rng)
    pose = postures.lying(room.rng, room.bed, build, postures.draw_lying(room.rng), room.pillow_height)
    bare = room.surface.heights.copy()
    room.surface.raise_over(room.shape_of(pose_body(build, pose)))
    print_of_sleeper = cv2.GaussianBlur(room.surface.heights - bare, (0, 0), room.rng.uniform(3, 7))
    room.surface.heights[:] = bare + room.rng.uniform(0.2, 0.55) * print_of_sleeper
    room.cover(room.bed.length - room.rng.uniform(0.3, 0.8), crumpled=1.0)


def _pillow_row(room: _Bedroom) -> None:
    """Pillows laid in a row: the classic decoy, and how some people sleep."""
    for i in range(int(room.rng.integers(2, 5))):
        yaw = (np.pi / 2 if i and room.rng.random() < 0.5 else 0.0) + room.rng.normal(0, 0.25)
        y = room.bed.length - 0.25 - i * room.rng.uniform(0.35, 0.5)
        x = room.bed.width / 2 + room.rng.normal(0, 0.1)
        room.scene.meshes.append(pillow(room.rng, room.surface, x, y, yaw)[0])
    if room.rng.random() < 0.6:
        room.cover(room.bed.length - room.rng.uniform(0.1, 0.7))


OCCUPIED: dict[str, Callable[[_Bedroom], None]] = {
    "covered": _covered, "head_covered": _head_covered, "to_the_hips": _to_the_hips, "uncovered": _uncovered,
    "sitting_up": _sitting_up, "on_edge": _on_edge, "half_out": _half_out,
}  # fmt: skip
EMPTY: dict[str, Callable[[_Bedroom], None]] = {
    "made": _made, "for_show": _for_show, "messy": _messy, "bare": _bare, "thrown_back": _thrown_back,
    "heap": _heap, "tunnel": _tunnel, "pillow_row": _pillow_row,
}  # fmt: skip
_LAYERED = frozenset({
    "covered", "head_covered", "to_the_hips", "made", "for_show", "messy", "tunnel", "pillow_row", "thrown_back",
})  # fmt: skip


def arrange(rng: np.random.Generator, bed: Bed, state: str, tidy: bool = False) -> Scene:
    """The bed in a state named in OCCUPIED or EMPTY. tidy: nothing on it and nobody beside it.

    Raises KeyError with the known states if there is none of that name.
    """
    known = OCCUPIED | EMPTY
    if state not in known:
        raise KeyError(f"no state of the bed is called {state!r}; known: {', '.join(sorted(known))}")
    room = _Bedroom(rng, bed, tidy)
    known[state](room)
    if not tidy:
        room.lay(layers(rng, room.surface, at_foot_only=state not in _LAYERED))
        for chance in (0.4, 0.2, 0.1):
            if rng.random() < chance:
                room.lay(left_on(rng, room.surface))
        if room.bend is not None:
            room.raise_head_end(room.bend)
        room.others()
    posture = room.scene.detail
    room.scene.detail = f"{state}_{posture}" if posture and posture != state else state
    return room.scene
