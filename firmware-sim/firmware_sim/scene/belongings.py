"""What lies on beds besides bedding: quilts, laundry, cushions, folded blankets, bags, toys, animals.

None of it knows whether somebody is in the bed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from firmware_sim.scene.bedding import Duvet, Laid, Surface, pillow
from firmware_sim.scene.body import Body, Part
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.room import Bed
from firmware_sim.scene.shapes import Mesh, box, cushion

Spot = tuple[float, float]


@dataclass
class Things:
    """What has been laid down."""

    meshes: list[Mesh] = field(default_factory=list)
    cloths: list[Laid] = field(default_factory=list)
    bodies: list[tuple[Body, Material]] = field(default_factory=list)


def left_on(rng: np.random.Generator, surface: Surface) -> Things:
    """Something people leave on beds, where there is room for it."""
    left = _LEFT[int(rng.choice(len(_LEFT), p=_OFTEN))]
    return left(rng, surface, free_spot(rng, surface))


def layers(rng: np.random.Generator, surface: Surface, at_foot_only: bool) -> Things:
    """Further bedding: a quilt across the foot end, a spread over the lower half, the other half's duvet."""
    bed, things = surface.bed, Things()
    if bed.width >= 1.4 and rng.random() < 0.45 and not at_foot_only:
        things.cloths.append(_others_duvet(rng, bed).on(rng, surface))
    chance = rng.random()
    if chance < (0.32 if at_foot_only else 0.2):
        size = (bed.width + rng.uniform(-0.1, 0.6), rng.uniform(0.3, 0.9))
        band = Duvet(size, rng.uniform(0.35, 1.1), rng.uniform(0.012, 0.05), bool(rng.random() < 0.5),
                     crumpled=float(rng.choice([0.0, 0.6])), material=Material.SPREAD)  # fmt: skip
        things.cloths.append(band.on(rng, surface, 18))
    elif chance < 0.32:
        size = (bed.width + rng.uniform(0.4, 0.9), rng.uniform(1.0, 1.6))
        spread = Duvet(size, rng.uniform(0.5, 0.66) * bed.length, rng.uniform(0.01, 0.03),
                       bool(rng.random() < 0.3), int(rng.random() < 0.2), rng.uniform(0, 0.6),
                       material=Material.SPREAD)  # fmt: skip
        things.cloths.append(spread.on(rng, surface))
    return things


def free_spot(rng: np.random.Generator, surface: Surface) -> Spot:
    """The lowest of a few places on the bed, as people put things beside others rather than on them."""
    bed = surface.bed
    spots = [(rng.uniform(0.12, 0.88) * bed.width, rng.uniform(0.08, 0.85) * bed.length) for _ in range(3)]
    return min(spots, key=lambda spot: surface.height_at(*spot))


def _ground(surface: Surface, spot: Spot) -> float:
    """The highest point below something of a hand's size."""
    return max(
        surface.height_at(spot[0] + dx, spot[1] + dy) for dx in (-0.05, 0, 0.05) for dy in (-0.05, 0, 0.05)
    )


def _others_duvet(rng: np.random.Generator, bed: Bed) -> Duvet:
    side = float(rng.choice([0.25, 0.75])) * bed.width
    return Duvet((rng.uniform(0.7, 1.0), rng.uniform(1.3, 2.0)), 0, rng.uniform(0.02, 0.05), True,
                 int(rng.random() < 0.4), rng.uniform(0, 1), bool(rng.random() < 0.15),
                 (side, rng.uniform(0.35, 0.55) * bed.length))  # fmt: skip


def _garment(rng: np.random.Generator, spot: Spot, material: Material) -> Duvet:
    size = (rng.uniform(0.25, 0.6), rng.uniform(0.35, 0.8))
    return Duvet(size, 0, 0.01, False, int(rng.integers(2)), 1.0, centre=spot, material=material)


def _clothes(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    stuff = (Material.THROW, Material.CLOTHES, Material.TOP)[int(rng.integers(3))]
    return Things(cloths=[_garment(rng, spot, stuff).on(rng, surface, 18)])


def _laundry(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    things = Things()
    for _ in range(int(rng.integers(3, 6))):
        near = (spot[0] + rng.normal(0, 0.14), spot[1] + rng.normal(0, 0.16))
        stuff = (Material.CLOTHES, Material.TROUSERS, Material.THROW, Material.PILLOW)[int(rng.integers(4))]
        things.cloths.append(_garment(rng, near, stuff).on(rng, surface, 12))
    return things


def _cushions(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    """A heap of pillows and cushions."""
    things = Things()
    for _ in range(int(rng.integers(1, 5))):
        half = (rng.uniform(0.16, 0.38), rng.uniform(0.14, 0.26))
        stuff = (Material.PILLOW, Material.PILLOW, Material.SPREAD, Material.PLUSH)[int(rng.integers(4))]
        x, y = spot[0] + rng.normal(0, 0.13), spot[1] + rng.normal(0, 0.16)
        things.meshes.append(pillow(rng, surface, x, y, rng.uniform(0, 3.14), stuff, half)[0])
    return things


def _folded(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    """Towels or blankets, folded and stacked."""
    things, ground, yaw = Things(), _ground(surface, spot), rng.normal(0, 0.5)
    half = [rng.uniform(0.14, 0.32), rng.uniform(0.1, 0.25)]
    for _ in range(int(rng.integers(1, 5))):
        thick = rng.uniform(0.02, 0.05)
        stuff = (Material.SPREAD, Material.PILLOW, Material.THROW)[int(rng.integers(3))]
        things.meshes.append(cushion(rng, (*spot, ground + thick), (half[0], half[1], thick), stuff, 5.0,
                                     yaw + rng.normal(0, 0.06)))  # fmt: skip
        ground += 1.9 * thick
    return things


def _bag(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    half = (rng.uniform(0.1, 0.25), rng.uniform(0.08, 0.18), rng.uniform(0.06, 0.16))
    middle = (*spot, _ground(surface, spot) + 0.6 * half[2])
    return Things([cushion(rng, middle, half, Material.BAG, rng.uniform(2, 6), rng.uniform(0, 3))])


def _flat_thing(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    """A tray, a book, a newspaper, a box."""
    half = (rng.uniform(0.08, 0.3), rng.uniform(0.06, 0.22), rng.uniform(0.004, 0.09))
    stuff = (Material.WOOD, Material.PICTURE, Material.BAG)[int(rng.integers(3))]
    return Things(box((*spot, _ground(surface, spot) + half[2]), half, stuff, rng.uniform(0, 3.1)))


def _plush(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    """A teddy bear or a doll: a trunk, a head, ears and four limbs."""
    size, yaw = rng.uniform(0.5, 1.4), rng.uniform(0, 6.28)
    along = np.array([np.cos(yaw), np.sin(yaw), 0.0]) * size
    aside = np.array([-along[1], along[0], 0.0])
    up = np.array([0, 0, 1.0]) * size
    trunk = np.array([*spot, _ground(surface, spot) + 0.08 * size])
    head = trunk + 0.2 * along + 0.02 * up
    starts, ends, radii = (
        [trunk - 0.06 * along, head],
        [trunk + 0.05 * along, head + 0.02 * along],
        [0.09, 0.08],
    )
    for side in (-1, 1):
        starts += [trunk + 0.08 * along + 0.07 * side * aside, trunk - 0.08 * along + 0.05 * side * aside,
                   head + 0.06 * along + 0.05 * side * aside]  # fmt: skip
        ends += [trunk + 0.1 * along + 0.2 * side * aside, trunk - 0.24 * along + 0.1 * side * aside,
                 head + 0.08 * along + 0.06 * side * aside]  # fmt: skip
        radii += [0.04, 0.05, 0.03]
    reach = floats(radii) * np.float32(size)
    body = Body(
        floats(starts), floats(ends), reach, floats(0.85 * reach), np.full(len(radii), Part.SKIN, np.uint8)
    )
    return Things(bodies=[(body, Material.PLUSH)])


def _pet(rng: np.random.Generator, surface: Surface, spot: Spot) -> Things:
    return Things(bodies=[(cat(rng, spot, _ground(surface, spot)), Material.PET)])


def cat(rng: np.random.Generator, spot: Spot, ground: float) -> Body:
    """A curled or stretched animal of a cat's to a small dog's size."""
    yaw, size = rng.uniform(0, 6.28), rng.uniform(0.7, 1.5)
    along = np.array([np.cos(yaw), np.sin(yaw), 0]) * size
    aside = np.array([-along[1], along[0], 0])
    trunk = np.array([*spot, ground + 0.07 * size])
    head = trunk + 0.2 * along + aside * rng.uniform(-0.1, 0.1) + np.array([0, 0, 0.04 * size])
    starts = [trunk - 0.1 * along, trunk + 0.1 * along, head, trunk - 0.15 * along]
    ends = [trunk + 0.1 * along, head, head + 0.03 * along, trunk - 0.2 * along + 0.15 * aside]
    return Body(floats(starts), floats(ends), floats([0.085, 0.06, 0.052, 0.025]) * np.float32(size),
                floats([0.075, 0.05, 0.035, 0.015]) * np.float32(size),
                np.full(4, Part.SKIN, np.uint8))  # fmt: skip


def dog(rng: np.random.Generator, bed: Bed) -> Body:
    """A dog that stands beside the bed."""
    size, yaw = rng.uniform(0.6, 1.3), rng.uniform(0, 6.28)
    x = -rng.uniform(0.4, 0.9) if rng.random() < 0.5 else bed.width + rng.uniform(0.4, 0.9)
    along = np.array([np.cos(yaw), np.sin(yaw), 0]) * size
    aside, up = np.array([-along[1], along[0], 0]), np.array([0, 0, size])
    trunk = np.array([x, rng.uniform(-0.2, bed.length), 0.42 * size])
    head = trunk + 0.38 * along + 0.16 * up
    starts = [trunk - 0.2 * along, trunk + 0.2 * along, head, trunk - 0.25 * along]
    ends = [trunk + 0.2 * along, head, head + 0.14 * along - 0.03 * up, trunk - 0.42 * along + 0.12 * up]
    for fore in (-0.2, 0.22):
        for side in (-0.07, 0.07):
            hip = trunk + fore * along + side * aside
            starts.append(hip)
            ends.append(hip - np.array([0, 0, 0.4 * size]))
    thick = floats([0.13, 0.1, 0.07, 0.03, 0.05, 0.05, 0.05, 0.05]) * np.float32(size)
    return Body(floats(starts), floats(ends), thick, floats(0.8 * thick), np.full(8, Part.SKIN, np.uint8))


_LEFT: tuple[Callable[[np.random.Generator, Surface, Spot], Things], ...] = (
    _clothes, _laundry, _cushions, _folded, _bag, _flat_thing, _plush, _pet,
)  # fmt: skip
_OFTEN = (0.16, 0.15, 0.17, 0.1, 0.08, 0.09, 0.1, 0.15)
