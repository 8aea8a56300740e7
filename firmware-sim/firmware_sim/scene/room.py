"""The room and its bed: measures, walls, frame, boards, rails and what stands around.

The bed is the origin: x runs across it from its left side to its right as seen from the foot end, y from the
foot end (0) to the head end, z up from the floor.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.noise import smooth_noise
from firmware_sim.scene.seats import chair
from firmware_sim.scene.shapes import Mesh, box, plane, sheet, tube


@dataclass(frozen=True)
class Bed:
    """width, length and thickness of the mattress and the height of its top, metres; care: its head end can
    be raised.
    """

    width: float
    length: float
    top: float
    thickness: float
    care: bool = False

    @property
    def corners(self) -> Floats:
        """(4, 3) of the mattress's top: head-left, head-right, foot-right, foot-left."""
        w, n, z = self.width, self.length, self.top
        return floats([[0, n, z], [w, n, z], [w, 0, z], [0, 0, z]])


@dataclass(frozen=True)
class Room:
    """Where the walls are: left and right in x, near (foot end) and far (head end) in y; ceiling in z.

    wardrobe: x from and to, y from and to, height, if there is one.
    """

    bed: Bed
    left: float
    right: float
    near: float
    far: float
    ceiling: float
    wardrobe: tuple[float, float, float, float, float] | None = None

    def hides(self, position: Floats, points: Floats) -> bool:
        """Whether the wardrobe stands between (or around) a camera at `position` and any of the points."""
        if self.wardrobe is None:
            return False
        x0, x1, y0, y1, high = self.wardrobe
        share = np.linspace(0, 1, 25)[:, None, None]
        way = position + share * (points - position)
        return bool(
            ((way > (x0 - 0.05, y0 - 0.05, -1)) & (way < (x1 + 0.05, y1 + 0.05, high + 0.05))).all(-1).any()
        )


def draw_room(rng: np.random.Generator) -> Room:
    """A bedroom with its bed against the far wall."""
    more = rng.spawn(1)[0]
    width = float(rng.choice([0.9, 0.9, 1.0, 1.0, 1.2, 1.4, 1.6]))
    bed = Bed(width, rng.uniform(1.95, 2.1), rng.uniform(0.42, 0.72), rng.uniform(0.14, 0.24),
              bool(width < 1.1 and more.random() < 0.45))  # fmt: skip
    left, right = -rng.uniform(0.05, 2.2), bed.width + rng.uniform(0.05, 2.5)
    if rng.random() < 0.5:
        left, right = bed.width - right, bed.width - left
    room = Room(
        bed, left, right, -rng.uniform(0.8, 2.5), bed.length + rng.uniform(0.06, 0.35), rng.uniform(2.3, 2.8)
    )
    return replace(room, wardrobe=_wardrobe(more, room)) if more.random() < 0.4 else room


def _wardrobe(rng: np.random.Generator, room: Room) -> tuple[float, float, float, float, float] | None:
    """A place for one against a side wall, if there is room."""
    y = rng.uniform(room.near, max(room.near, room.far - 1.2))
    place = (y, y + rng.uniform(0.8, 1.2), rng.uniform(1.6, 2.1))
    if room.right - room.bed.width > 1.4:
        return (room.right - 0.55, room.right, *place)
    return (room.left, room.left + 0.55, *place) if room.left < -1.4 else None


def furnish(rng: np.random.Generator, room: Room) -> list[Mesh]:
    """Walls, the bed, and what stands close to it."""
    return [*_walls(room), *_bed(rng, room.bed), *_mattress(rng, room.bed), *_clutter(rng, room)]


def _walls(room: Room) -> list[Mesh]:
    wide, deep, high = room.right - room.left, room.far - room.near, room.ceiling
    corner, across, along, up = (
        (room.left, room.near, 0.0),
        (wide, 0.0, 0.0),
        (0.0, deep, 0.0),
        (0.0, 0.0, high),
    )
    return [
        plane(corner, across, along, Material.FLOOR),
        plane((room.left, room.far, 0), across, up, Material.WALL),
        plane(corner, across, up, Material.WALL),
        plane(corner, along, up, Material.SIDE_WALL),
        plane((room.right, room.near, 0), along, up, Material.SIDE_WALL),
    ]


def _bed(rng: np.random.Generator, bed: Bed) -> list[Mesh]:
    w, n, top = bed.width, bed.length, bed.top
    below = top - bed.thickness
    closed = rng.random() < 0.6
    height = below / 2 if closed else 0.06
    meshes = box(
        (w / 2, n / 2, below - height), (w / 2 + rng.uniform(0, 0.04), n / 2 + 0.02, height), Material.FRAME
    )
    if not closed:
        for x in (0.05, w - 0.05):
            for y in (0.05, n - 0.05):
                meshes += box((x, y, below / 2), (0.03, 0.03, below / 2), Material.FRAME)
    if rng.random() < 0.8:
        board = top + (rng.uniform(0.1, 0.6) if rng.random() < 0.8 else rng.uniform(0.6, 1.1))
        meshes += box((w / 2, n + 0.04, board / 2), (w / 2 + 0.03, 0.02, board / 2), Material.FRAME)
    if rng.random() < 0.5:
        board = top + rng.uniform(-0.05, 0.3)
        meshes += box((w / 2, -0.04, board / 2), (w / 2 + 0.03, 0.02, board / 2), Material.FRAME)
    if rng.random() < 0.3 or (bed.care and rng.spawn(1)[0].random() < 0.6):
        meshes += _rails(rng, bed)
    return meshes


def _rails(rng: np.random.Generator, bed: Bed) -> list[Mesh]:
    both = (-0.03, bed.width + 0.03)
    sides = (both[:1], both[1:], both)[int(rng.integers(3))]
    near, far = (0.1 if rng.random() < 0.5 else 0.45 * bed.length), bed.length - 0.1
    meshes: list[Mesh] = []
    for x in sides:
        for z in np.linspace(bed.top + 0.08, bed.top + rng.uniform(0.25, 0.4), int(rng.integers(2, 4))):
            meshes += tube([(x, near, float(z)), (x, far, float(z))], 0.014, Material.METAL)
        for y in (near, far):
            meshes += tube([(x, y, bed.top - 0.1), (x, y, bed.top + 0.35)], 0.014, Material.METAL)
    return meshes


def _mattress(rng: np.random.Generator, bed: Bed) -> list[Mesh]:
    n = 40
    t = np.linspace(0, 1, n)
    x, y = np.meshgrid(t * bed.width, t * bed.length, indexing="ij")
    rounded = 0.03 * (np.abs(2 * t - 1) ** 12)[:, None] + 0.03 * (np.abs(2 * t - 1) ** 16)[None]
    z = bed.top + 0.006 * smooth_noise(rng, n, n, 6) - rounded
    middle = (bed.width / 2, bed.length / 2, bed.top - bed.thickness / 2 - 0.015)
    half = (bed.width / 2, bed.length / 2, bed.thickness / 2 - 0.012)
    sides = box(middle, half, Material.MATTRESS)[:5]
    return [sheet(floats(np.stack([x, y, z], -1)), Material.MATTRESS), *sides]


def _clutter(rng: np.random.Generator, room: Room) -> list[Mesh]:
    bed, meshes = room.bed, []
    for _ in range(int(rng.integers(0, 4))):
        x = -rng.uniform(0.3, 0.7) if rng.random() < 0.5 else bed.width + rng.uniform(0.3, 0.7)
        y, height = rng.uniform(-0.3, bed.length), rng.uniform(0.2, 0.5)
        if rng.random() < 0.6:
            stuff = Material(int(rng.choice([Material.WOOD, Material.BAG, Material.FRAME])))
            meshes += box(
                (x, y, height / 2), (rng.uniform(0.15, 0.25), rng.uniform(0.15, 0.3), height / 2), stuff
            )
        else:
            meshes += chair(x + 0.1 * math.copysign(1, x), y, rng.uniform(0, 6.28))
    if rng.random() < 0.3:
        beside = -rng.uniform(0.4, 0.8) if rng.random() < 0.5 else bed.width + rng.uniform(0.4, 0.8)
        meshes += _walker(beside, rng.uniform(0, bed.length), rng.uniform(0, 6.28))
    if rng.random() < 0.5:
        x = rng.uniform(room.left, max(room.left + 0.1, room.right - 0.6))
        meshes += box((x + 0.3, room.far - 0.01, rng.uniform(1.2, 1.6)),
                      (rng.uniform(0.15, 0.4), 0.012, rng.uniform(0.15, 0.35)), Material.WOOD)  # fmt: skip
    if rng.random() < 0.35:
        x = room.left + 0.01 if rng.random() < 0.5 else room.right - 0.01
        meshes.append(
            plane((x, rng.uniform(-0.5, bed.length - 0.5), 0.9), (0, 1, 0), (0, 0, 1.1), Material.WINDOW)
        )
    return meshes


def _walker(x: float, y: float, yaw: float) -> list[Mesh]:
    def at(across: float, along: float, z: float) -> tuple[float, float, float]:
        c, s = math.cos(yaw), math.sin(yaw)
        return (x + across * c - along * s, y + across * s + along * c, z)

    meshes = box(at(0, 0, 0.55), (0.22, 0.15, 0.02), Material.BAG, yaw)
    for across in (-0.27, 0.27):
        meshes += tube(
            [at(across, -0.25, 0.05), at(0.9 * across, -0.05, 0.85), at(0.9 * across, 0.12, 0.88)],
            0.015,
            Material.METAL,
        )
        meshes += tube([at(across, 0.25, 0.05), at(0.9 * across, -0.05, 0.7)], 0.015, Material.METAL)
    return meshes
