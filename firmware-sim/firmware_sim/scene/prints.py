"""Cloth that people really have on beds: damask, quilting, florals, patchwork, waffle, tufts, knit."""

import cv2
import numpy as np

from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.noise import PATTERN_SIZE, PATTERNS, pattern_bank, tiled_noise

_KINDS = (
    "damask",
    "floral",
    "diamonds",
    "channels",
    "patchwork",
    "waffle",
    "tufts",
    "knit",
    "petals",
    "plaid",
)
_OF_EACH = 3
CLOTHS = PATTERNS + len(_KINDS) * _OF_EACH
RELIEFS = tuple(
    PATTERNS + _OF_EACH * _KINDS.index(kind) + i
    for kind in ("damask", "diamonds", "channels", "waffle", "tufts", "knit", "patchwork")
    for i in range(_OF_EACH)
)
PRINTS = tuple(
    PATTERNS + _OF_EACH * _KINDS.index(kind) + i
    for kind in ("damask", "floral", "patchwork", "petals", "plaid", "diamonds")
    for i in range(_OF_EACH)
)


def cloth_bank(seed: int = 2) -> Floats:
    """(CLOTHS, n, n): the plain patterns, then these; each repeats seamlessly."""
    rng = np.random.default_rng(seed)
    woven = [_scaled(_drawn(rng, kind)) for kind in _KINDS for _ in range(_OF_EACH)]
    return floats(np.concatenate([pattern_bank(), np.stack(woven)]))


def _scaled(field: Floats) -> Floats:
    return floats((field - field.min()) / (np.ptp(field) + 1e-6))


def _drawn(rng: np.random.Generator, kind: str) -> Floats:
    if kind == "damask":
        return _ornament(rng)
    if kind in ("floral", "petals"):
        return _flowers(rng, int(rng.integers(5, 12)), 0.05 if kind == "floral" else 0.11)
    n = int(rng.integers(3, 7))
    return _patches(rng, n) if kind == "patchwork" else _woven(rng, kind, n)


def _woven(rng: np.random.Generator, kind: str, n: int) -> Floats:
    """Regular cloth with n repeats."""
    y, x = np.mgrid[0:PATTERN_SIZE, 0:PATTERN_SIZE] / PATTERN_SIZE
    turn = 2 * np.pi
    wave_x, wave_y = np.abs(np.sin(np.pi * n * x)), np.abs(np.sin(np.pi * n * y))
    stripes = np.sin(turn * 2 * x) + np.sin(turn * n * x) + np.sin(turn * 2 * y) + np.sin(turn * n * y)
    slanted = np.abs(np.sin(np.pi * n * (x + y)) * np.sin(np.pi * n * (x - y)))
    loops = np.abs(np.sin(np.pi * 16 * (y + 0.02 * np.sin(turn * 16 * x))))
    return floats({
        "diamonds": slanted**0.4,
        "channels": wave_x**0.5 + 0.1 * tiled_noise(rng, 16, 2),
        "waffle": np.maximum(np.abs(np.sin(np.pi * 12 * x)), np.abs(np.sin(np.pi * 12 * y))),
        "tufts": np.sqrt(wave_x * wave_y),
        "knit": loops * (0.6 + 0.4 * np.sin(turn * n * x)),
        "plaid": np.round(stripes),
    }[kind])  # fmt: skip


def _ornament(rng: np.random.Generator) -> Floats:
    """A scroll mirrored left and right and set off by half, as in a damask's repeat."""
    quarter = PATTERN_SIZE // 4
    rough = cv2.resize(
        floats(rng.standard_normal((9, 5))), (quarter, 2 * quarter), interpolation=cv2.INTER_CUBIC
    )
    y, x = np.mgrid[0 : 2 * quarter, 0:quarter] / quarter
    rough = rough + 2.2 * (0.8 - np.hypot(x, (y - 1) * 0.8))
    motif = np.tanh(4 * np.sin(2.2 * rough))
    both = np.hstack([motif[:, ::-1], motif])
    halves = np.vstack([both, np.roll(both, quarter, axis=1)])
    return floats(cv2.GaussianBlur(np.tile(halves, (1, 2)), (0, 0), 1.2, borderType=cv2.BORDER_REFLECT))


def _flowers(rng: np.random.Generator, count: int, size: float) -> Floats:
    y, x = np.mgrid[0:PATTERN_SIZE, 0:PATTERN_SIZE] / PATTERN_SIZE
    field = np.zeros((PATTERN_SIZE, PATTERN_SIZE))
    for _ in range(count):
        cx, cy = rng.random(2)
        dx, dy = (x - cx + 0.5) % 1 - 0.5, (y - cy + 0.5) % 1 - 0.5
        petals, reach = int(rng.integers(4, 8)), size * rng.uniform(0.6, 1.3)
        edge = reach * (0.7 + 0.3 * np.cos(petals * np.arctan2(dy, dx) + rng.uniform(0, 6)))
        radius = np.hypot(dx, dy)
        flower = np.clip((edge - radius) / 0.008, 0, 1) * rng.uniform(0.4, 1)
        field = np.where(flower > 0, flower - 0.5 * (radius < 0.25 * reach), field)
    return floats(field)


def _patches(rng: np.random.Generator, n: int) -> Floats:
    shades = rng.random((n, n))
    row = np.minimum((np.arange(PATTERN_SIZE) * n) // PATTERN_SIZE, n - 1)
    field = shades[np.ix_(row, row)]
    place = (np.arange(PATTERN_SIZE) * n / PATTERN_SIZE) % 1
    seam = np.minimum(place, 1 - place) < 0.04
    return floats(np.where(seam[:, None] | seam[None], 0.0, 0.25 + field))
