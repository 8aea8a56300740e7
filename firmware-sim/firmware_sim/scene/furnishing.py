"""What stands and hangs around a bed: wardrobe, bedside table, curtains, pictures, carpet, care equipment."""

import numpy as np

from firmware_sim.scene.kernel import floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.room import Bed, Room
from firmware_sim.scene.seats import wheelchair
from firmware_sim.scene.shapes import Mesh, box, cushion, plane, sheet, tube


def furnishing(rng: np.random.Generator, room: Room) -> list[Mesh]:
    """The furniture of a home, beside its bed."""
    meshes: list[Mesh] = []
    for piece, chance in _PIECES:
        if rng.random() < chance:
            meshes += piece(rng, room)
    if room.wardrobe is not None:
        meshes += _wardrobe(room.wardrobe)
    if room.bed.care and rng.random() < 0.45:
        meshes += _trapeze(rng, room.bed)
    return meshes


def _free_side(rng: np.random.Generator, room: Room, need: float) -> float | None:
    """-1 or 1: a side of the bed with so many metres to the wall."""
    sides = [side for side, gap in ((-1.0, -room.left), (1.0, room.right - room.bed.width)) if gap > need]
    return float(rng.choice(sides)) if sides else None


def _beside(bed: Bed, side: float, away: float) -> float:
    return -away if side < 0 else bed.width + away


def _bedside_table(rng: np.random.Generator, room: Room) -> list[Mesh]:
    side = _free_side(rng, room, 0.5)
    if side is None:
        return []
    x, y, height = _beside(room.bed, side, 0.28), room.bed.length - 0.25, rng.uniform(0.4, 0.65)
    meshes = box((x, y, height / 2), (0.2, 0.2, height / 2), Material.WOOD)
    if rng.random() < 0.6:
        meshes += tube([(x, y, height), (x, y, height + 0.25)], 0.02, Material.METAL)
        meshes.append(cushion(rng, (x, y, height + 0.33), (0.12, 0.12, 0.1), Material.WALL, 3, 0))
    for _ in range(int(rng.integers(0, 4))):
        spot = (x + rng.uniform(-0.13, 0.13), y + rng.uniform(-0.13, 0.13))
        tall = rng.uniform(0.02, 0.09)
        stuff = (Material.PICTURE, Material.BAG, Material.METAL)[int(rng.integers(3))]
        meshes += box((*spot, height + tall), (0.035, 0.03, tall), stuff, rng.uniform(0, 3))
    return meshes


def _pictures(rng: np.random.Generator, room: Room) -> list[Mesh]:
    meshes: list[Mesh] = []
    for _ in range(int(rng.integers(1, 4))):
        half, z = (rng.uniform(0.12, 0.45), rng.uniform(0.12, 0.4)), rng.uniform(1.3, 1.8)
        if rng.random() < 0.5:
            x = rng.uniform(room.left + 0.5, max(room.left + 0.6, room.right - 0.5))
            where, frame, inner = (x, room.far - 0.015, z), (half[0], 0.012, half[1]), (0.85, 1.2, 0.85)
        else:
            wall = room.left + 0.015 if rng.random() < 0.5 else room.right - 0.015
            where = (wall, rng.uniform(room.near + 0.5, room.far - 0.4), z)
            frame, inner = (0.012, half[0], half[1]), (1.2, 0.85, 0.85)
        meshes += box(where, frame, Material.WOOD)
        shrunk = (frame[0] * inner[0], frame[1] * inner[1], frame[2] * inner[2])
        meshes += box(where, shrunk, Material.PICTURE)
    return meshes


def _curtains(rng: np.random.Generator, room: Room) -> list[Mesh]:
    """A window with curtains, in a side wall."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    wall = room.right - 0.02 if side > 0 else room.left + 0.02
    y, width = rng.uniform(room.near + 0.4, room.far - 1.4), rng.uniform(0.8, 1.5)
    meshes = [plane((wall, y, 0.9), (0, width, 0), (0, 0, 1.2), Material.WINDOW)]
    low = rng.uniform(0.05, 0.8)
    for start in (y - 0.25, y + width * rng.uniform(0.4, 0.95)):
        t = np.linspace(0, 1, 40)
        along, up = np.meshgrid(start + rng.uniform(0.3, 0.6) * t, np.array([low, 1.2, 2.2]), indexing="ij")
        folds = wall - side * (0.07 + 0.04 * np.sin(2 * np.pi * rng.integers(4, 9) * t))[:, None]
        across = folds + 0 * up
        meshes.append(sheet(floats(np.stack([across, along, up], -1)), Material.CURTAIN))
    if rng.random() < 0.5:
        for step in np.arange(0, width, 0.09):
            meshes += box((wall - side * 0.06, y + float(step), 0.45), (0.04, 0.03, 0.28), Material.METAL)
    return meshes


def _carpet(rng: np.random.Generator, room: Room) -> list[Mesh]:
    wide, deep = rng.uniform(0.5, 2.2), rng.uniform(0.8, 2.4)
    x, y = (
        rng.uniform(room.left, max(room.left, room.right - wide)),
        rng.uniform(room.near, room.bed.length - 0.6),
    )
    return [plane((x, y, 0.006), (wide, 0, 0), (0, deep, 0), Material.CARPET)]


def _armchair(rng: np.random.Generator, room: Room) -> list[Mesh]:
    side = _free_side(rng, room, 1.3)
    if side is None:
        return []
    x, y = _beside(room.bed, side, rng.uniform(0.8, 1.0)), rng.uniform(-0.2, room.bed.length - 0.6)
    stuff = (Material.CURTAIN, Material.SPREAD, Material.BAG)[int(rng.integers(3))]
    meshes = [cushion(rng, (x, y, 0.3), (0.32, 0.32, 0.2), stuff, 5, 0)]
    meshes.append(cushion(rng, (x + side * 0.3, y, 0.6), (0.1, 0.34, 0.4), stuff, 4, 0))
    arms = [cushion(rng, (x, y + aside, 0.42), (0.32, 0.08, 0.2), stuff, 4, 0) for aside in (-0.36, 0.36)]
    return meshes + arms


def _chest(rng: np.random.Generator, room: Room) -> list[Mesh]:
    """A chest of drawers against a side wall, with things on it."""
    side = _free_side(rng, room, 1.0)
    if side is None:
        return []
    wall = room.right if side > 0 else room.left
    x, y, high = wall - side * 0.24, rng.uniform(room.near + 0.5, room.far - 0.6), rng.uniform(0.6, 0.95)
    meshes = box((x, y, high / 2), (0.22, 0.42, high / 2), Material.WOOD)
    for z in np.linspace(0.15, high - 0.12, 3):
        meshes += box((x - side * 0.225, y, float(z)), (0.012, 0.1, 0.012), Material.METAL)
    if rng.random() < 0.5:
        meshes += box((x, y, high + 0.3), (0.02, 0.38, 0.24), Material.BAG)
    return meshes


def _wheelchair(rng: np.random.Generator, room: Room) -> list[Mesh]:
    side = _free_side(rng, room, 1.0)
    if side is None:
        return []
    return wheelchair(_beside(room.bed, side, 0.6), rng.uniform(0, room.bed.length), rng.uniform(0, 6.28))


def _drip_stand(rng: np.random.Generator, room: Room) -> list[Mesh]:
    side = _free_side(rng, room, 0.6)
    if side is None:
        return []
    x, y = _beside(room.bed, side, 0.35), room.bed.length - rng.uniform(0, 0.6)
    meshes = tube([(x, y, 0.05), (x, y, 1.7)], 0.014, Material.METAL)
    meshes.append(cushion(rng, (x + 0.07, y, 1.5), (0.06, 0.02, 0.12), Material.PILLOW, 4, 0))
    return meshes


def _wardrobe(footprint: tuple[float, float, float, float, float]) -> list[Mesh]:
    x0, x1, y0, y1, high = footprint
    middle = ((x0 + x1) / 2, (y0 + y1) / 2, high / 2)
    meshes = box(middle, ((x1 - x0) / 2, (y1 - y0) / 2, high / 2), Material.WOOD)
    return meshes + box(middle, ((x1 - x0) / 2 + 0.01, 0.008, high / 2 - 0.05), Material.FRAME)


def _trapeze(rng: np.random.Generator, bed: Bed) -> list[Mesh]:
    """The bar over the bed that its user pulls up on."""
    x, y, z = bed.width * rng.uniform(0.15, 0.85), bed.length + 0.06, bed.top + rng.uniform(1.0, 1.3)
    reach = bed.length - rng.uniform(0.6, 0.95)
    meshes = tube([(x, y, 0.2), (x, y, z - 0.15), (x, y - 0.2, z), (bed.width / 2, reach, z + 0.05)], 0.02,
                  Material.METAL)  # fmt: skip
    low, end = z - rng.uniform(0.25, 0.5), (bed.width / 2, reach, z + 0.05)
    grip = [end, (end[0] - 0.1, reach, low), (end[0] + 0.1, reach, low), end]
    return meshes + tube(grip, 0.012, Material.METAL, 6)


_PIECES = (
    (_bedside_table, 0.6), (_pictures, 0.6), (_curtains, 0.5), (_carpet, 0.5), (_armchair, 0.25),
    (_chest, 0.35), (_wheelchair, 0.12), (_drip_stand, 0.06),
)  # fmt: skip
