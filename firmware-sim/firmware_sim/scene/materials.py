"""What things are made of: one row of numbers for each material, drawn afresh for each home."""

from enum import IntEnum

import numpy as np

from firmware_sim.scene.kernel import Floats
from firmware_sim.scene.noise import PATTERNS
from firmware_sim.scene.prints import PRINTS, RELIEFS

_QUILTED = (7, 15, 23, 31, 39)
_WRINKLED = (0, 8, 16, 24, 5, 13)


class Material(IntEnum):
    """Rows of a home's table of materials."""

    FLOOR = 0
    WALL = 1
    SIDE_WALL = 2
    FRAME = 3
    MATTRESS = 4
    PILLOW = 5
    DUVET = 6
    THROW = 7
    WOOD = 8
    METAL = 9
    BAG = 10
    WINDOW = 11
    SKIN = 12
    TOP = 13
    TROUSERS = 14
    HAIR = 15
    SOCKS = 16
    OTHER_SKIN = 17
    OTHER_TOP = 18
    OTHER_TROUSERS = 19
    OTHER_HAIR = 20
    OTHER_SOCKS = 21
    PET = 22
    SPREAD = 23
    CURTAIN = 24
    CARPET = 25
    PICTURE = 26
    PLUSH = 27
    CLOTHES = 28


class Property(IntEnum):
    """Columns of the table. Scales are patterns per metre; sheen is extra light at grazing angles."""

    ALBEDO = 0
    PATTERN = 1
    PATTERN_SCALE = 2
    PATTERN_CONTRAST = 3
    BUMPS = 4
    BUMP_SCALE = 5
    BUMP_DEPTH = 6
    SHEEN = 7


_PRINTABLE = (Material.DUVET, Material.PILLOW, Material.THROW, Material.SPREAD)
_SOFT = (Material.DUVET, Material.PILLOW, Material.THROW, Material.TOP, Material.TROUSERS,
         Material.OTHER_TOP, Material.OTHER_TROUSERS)  # fmt: skip


def draw_materials(rng: np.random.Generator) -> Floats:
    """(materials, properties) of a home. Bedding is often of one shade, and prints are loud now and then."""
    table = np.zeros((len(Material), len(Property)), np.float32)
    for row in table[: Material.SPREAD]:
        contrast = rng.choice([0.0, 0.0, rng.uniform(0, 0.5)])
        row[:] = (rng.uniform(0.1, 0.95), rng.integers(PATTERNS), rng.uniform(0.3, 3), contrast,
                  rng.choice(_WRINKLED), rng.uniform(0.5, 3), 0.0, rng.uniform(0, 0.25))  # fmt: skip
    table[Material.FLOOR, Property.ALBEDO] = rng.uniform(0.1, 0.7)
    table[Material.WALL, Property.ALBEDO] = rng.uniform(0.3, 0.95)
    table[Material.SIDE_WALL] = table[Material.WALL]
    table[Material.METAL, Property.SHEEN] = 0.5
    _draw_bedding(rng, table)
    _draw_skin(rng, table)
    _enrich(rng.spawn(1)[0], table)
    return table


def plain(table: Floats, *which: Material) -> Floats:
    """The same home with some of its cloths unprinted."""
    unprinted = table.copy()
    unprinted[list(which), Property.PATTERN_CONTRAST] = 0.0
    return unprinted


def one_shade(table: Floats, albedo: float = 0.6) -> Floats:
    """The same home with bedding, clothes, skin and walls all of one plain shade."""
    alike = plain(table, *Material)
    alike[:, Property.ALBEDO] = albedo
    alike[:, Property.BUMP_DEPTH] *= 0.3
    return alike


def _draw_bedding(rng: np.random.Generator, table: Floats) -> None:
    linen = rng.uniform(0.35, 0.98)
    table[Material.MATTRESS, Property.ALBEDO] = linen
    table[Material.MATTRESS, Property.BUMP_DEPTH] = rng.uniform(0, 0.2)
    for soft in _SOFT:
        table[soft, Property.BUMP_DEPTH] = rng.uniform(0.02, 0.25)
        table[soft, Property.BUMP_SCALE] = rng.uniform(0.5, 2.2)
    matching = rng.random() < 0.55
    table[Material.PILLOW, Property.ALBEDO] = linen if rng.random() < 0.7 else rng.uniform(0.3, 0.98)
    table[Material.DUVET, Property.ALBEDO] = (
        linen * rng.uniform(0.93, 1.07) if matching else rng.uniform(0.12, 0.98)
    )
    if rng.random() < 0.25:
        table[Material.DUVET, Property.BUMPS] = rng.choice(_QUILTED)
        table[Material.DUVET, Property.BUMP_DEPTH] = rng.uniform(0.2, 0.8)
    if rng.random() < 0.35:
        for printed in (Material.DUVET, Material.PILLOW, Material.THROW):
            table[printed, Property.PATTERN_CONTRAST] = rng.uniform(0.2, 0.9)
            table[printed, Property.PATTERN_SCALE] = rng.uniform(0.5, 4)


def _enrich(rng: np.random.Generator, table: Floats) -> None:
    """Relief and print of real bedding, hospital white, and the cloth of what else is soft in the room."""
    for row in table[Material.SPREAD :]:
        row[:] = (rng.uniform(0.1, 0.95), rng.integers(PATTERNS), rng.uniform(0.3, 3), rng.choice([0.0, 0.4]),
                  rng.choice(_WRINKLED), rng.uniform(0.5, 3), 0.0, rng.uniform(0, 0.25))  # fmt: skip
    for soft in (Material.SPREAD, Material.CURTAIN, Material.CARPET, Material.PLUSH, Material.CLOTHES):
        table[soft, Property.BUMP_DEPTH] = rng.uniform(0.02, 0.3)
        table[soft, Property.BUMP_SCALE] = rng.uniform(0.5, 2.2)
    for soft in _PRINTABLE:
        if rng.random() < 0.35:
            table[soft, Property.BUMPS] = rng.choice(RELIEFS)
            table[soft, Property.BUMP_DEPTH] = rng.uniform(0.15, 1.0)
            table[soft, Property.BUMP_SCALE] = rng.uniform(0.4, 2.5)
        if rng.random() < 0.3:
            table[soft, Property.PATTERN] = rng.choice(PRINTS)
            table[soft, Property.PATTERN_CONTRAST] = rng.uniform(0.1, 0.9)
            table[soft, Property.PATTERN_SCALE] = rng.uniform(0.4, 3.0)
    if rng.random() < 0.3:
        for soft in (Material.DUVET, Material.SPREAD):
            table[soft, [Property.BUMPS, Property.PATTERN]] = rng.choice(RELIEFS)
            table[soft, Property.PATTERN_SCALE] = table[soft, Property.BUMP_SCALE] = rng.uniform(0.4, 2.0)
            table[soft, Property.PATTERN_CONTRAST] = rng.uniform(0.05, 0.4)
            table[soft, Property.BUMP_DEPTH] = rng.uniform(0.2, 0.9)
    for loud in (Material.CARPET, Material.PICTURE, Material.CURTAIN, Material.CLOTHES):
        table[loud, Property.PATTERN] = rng.choice(PRINTS)
        table[loud, Property.PATTERN_CONTRAST] = rng.uniform(0, 0.9)
        table[loud, Property.PATTERN_SCALE] = rng.uniform(0.5, 4)
    if rng.random() < 0.25:
        _whiten(rng, table)


def _whiten(rng: np.random.Generator, table: Floats) -> None:
    """White on white: sheets, pillows, duvet and often nightclothes alike and unprinted, as in care."""
    white = rng.uniform(0.75, 0.97)
    for soft in (Material.MATTRESS, Material.PILLOW, Material.DUVET):
        table[soft, Property.ALBEDO] = white * rng.uniform(0.96, 1.03)
        table[soft, Property.PATTERN_CONTRAST] = 0.0
    if rng.random() < 0.5:
        table[[Material.TOP, Material.TROUSERS], Property.ALBEDO] = white * rng.uniform(0.85, 1.03)
        table[[Material.TOP, Material.TROUSERS], Property.PATTERN_CONTRAST] = 0.0


def _draw_skin(rng: np.random.Generator, table: Floats) -> None:
    linen = table[Material.MATTRESS, Property.ALBEDO]
    for skin in (Material.SKIN, Material.OTHER_SKIN):
        table[skin, Property.ALBEDO] = rng.uniform(0.35, 0.8)
        table[skin, Property.PATTERN_CONTRAST] = 0.0
        hair = skin + 3
        table[hair, Property.ALBEDO] = rng.choice([rng.uniform(0.08, 0.3), rng.uniform(0.5, 0.95)])
        table[hair, Property.BUMP_DEPTH] = 0.1
    if rng.random() < 0.4:
        table[Material.TOP, Property.ALBEDO] = linen * rng.uniform(0.9, 1.1)
        table[Material.TROUSERS, Property.ALBEDO] = linen * rng.uniform(0.9, 1.1)
