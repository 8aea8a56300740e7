"""Smooth random fields and the bank of cloth patterns, all from a seed."""

import cv2
import numpy as np

from firmware_sim.scene.kernel import Floats, floats

PATTERNS = 40
PATTERN_SIZE = 256


def smooth_noise(rng: np.random.Generator, rows: int, columns: int, cells: float) -> Floats:
    """Normally distributed lumps, about `cells` of them along the rows."""
    coarse = (max(2, int(cells)), max(2, int(cells * columns / rows)))
    return floats(
        cv2.resize(floats(rng.standard_normal(coarse)), (columns, rows), interpolation=cv2.INTER_CUBIC)
    )


def pattern_bank(seed: int = 1) -> Floats:
    """(PATTERNS, n, n) patterns in 0..1 that repeat seamlessly: weaves, stripes, checks, prints, quilting."""
    rng = np.random.default_rng(seed)
    bank = np.empty((PATTERNS, PATTERN_SIZE, PATTERN_SIZE), np.float32)
    for i in range(PATTERNS):
        field = _pattern(rng, i % 8)
        bank[i] = (field - field.min()) / (np.ptp(field) + 1e-6)
    return bank


def _pattern(rng: np.random.Generator, kind: int) -> Floats:
    y, x = np.mgrid[0:PATTERN_SIZE, 0:PATTERN_SIZE] / PATTERN_SIZE
    turns = 2 * np.pi
    if kind == 0:
        return tiled_noise(rng, 4, 5)
    if kind == 1:
        return floats(np.sin(turns * x * rng.integers(2, 9)) > rng.uniform(-0.6, 0.6))
    if kind == 2:
        return floats(np.sin(turns * x * rng.integers(2, 7)) + np.sin(turns * y * rng.integers(2, 7)))
    if kind == 3:
        return floats(tiled_noise(rng, 8, 2) > rng.uniform(0, 1))
    if kind == 4:
        return tiled_noise(rng, 32, 2)
    if kind == 5:
        return floats(np.abs(tiled_noise(rng, 4, 4)))
    if kind == 6:
        return floats(np.sign(np.sin(turns * x * 4)) + np.sign(np.sin(turns * y * 4)))
    return floats(-np.abs(np.sin(np.pi * x * 5)) - np.abs(np.sin(np.pi * y * 5)))


def tiled_noise(rng: np.random.Generator, cells: int, octaves: int) -> Floats:
    """Noise in octaves from `cells` lumps along each side on; it repeats seamlessly."""
    total = np.zeros((PATTERN_SIZE, PATTERN_SIZE), np.float32)
    for octave in range(octaves):
        n = cells * 2**octave
        step = PATTERN_SIZE // n
        if step < 1:
            break
        grid = np.pad(floats(rng.standard_normal((n, n))), 2, mode="wrap")
        field = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += field[2 * step : 2 * step + PATTERN_SIZE, 2 * step : 2 * step + PATTERN_SIZE] / 2**octave
    return total
