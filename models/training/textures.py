"""Textures that renderings lack: overlapping shapes of all sizes, as in photographs, and mirrored damask."""

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.noise import PATTERN_SIZE, pattern_bank, tiled_noise

Textures = NDArray[np.float32]

LEAVES = 400  # of a picture
_SMALLEST, _LARGEST = 3.0, 90.0  # pixels


def textures(seed: int) -> Textures:
    """(n, 256, 256) in 0..1, all of which repeat seamlessly: cloth patterns, dead leaves and damasks."""
    rng = np.random.default_rng(seed)
    leaves = [dead_leaves(rng) for _ in range(24)]
    damasks = [damask(rng) for _ in range(16)]
    return np.concatenate([pattern_bank(seed), np.stack(leaves), np.stack(damasks)]).astype(np.float32)


def dead_leaves(rng: np.random.Generator) -> NDArray[np.float32]:
    """Shapes that hide each other, sizes by a power law: the edges and contrasts of photographs (Lee, Mumford
    and Huang, 2001).
    """
    picture = np.full((PATTERN_SIZE, PATTERN_SIZE), 0.5, np.float32)
    for _ in range(LEAVES):
        # Areas fall with the third power of size, so that no scale prevails.
        size = (_SMALLEST**-2 + rng.random() * (_LARGEST**-2 - _SMALLEST**-2)) ** -0.5
        middle = rng.uniform(0, PATTERN_SIZE, 2)
        corners = int(rng.integers(3, 9))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        stretch = np.exp(rng.normal(0, 0.4))
        shape = size * np.stack([stretch * np.cos(angles), np.sin(angles) / stretch], 1)
        shade = float(rng.random())
        for dx in (-PATTERN_SIZE, 0, PATTERN_SIZE):
            for dy in (-PATTERN_SIZE, 0, PATTERN_SIZE):
                points = np.round(shape + middle + (dx, dy)).astype(np.int32)
                cv2.fillPoly(picture, [points], shade)
    return picture


def damask(rng: np.random.Generator) -> NDArray[np.float32]:
    """A mirrored ornament, woven in two tones."""
    field = tiled_noise(rng, 4, 4)
    half = cv2.resize(field[: PATTERN_SIZE // 2, : PATTERN_SIZE // 2], None, fx=0.5, fy=0.5)
    row = np.hstack([half, half[:, ::-1]] * 2)
    whole = np.vstack([row, np.roll(row, PATTERN_SIZE // 4, 1)] * 2)
    tones = 1 / (1 + np.exp(-rng.uniform(2, 12) * (whole - np.median(whole))))
    return np.asarray(tones, np.float32)
