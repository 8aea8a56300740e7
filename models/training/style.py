"""Makes rendered views look like anything but renderings, so that the net learns shapes and not a renderer.

What carried over to real pictures in our studies: random textures, random convolutions (Xu et al., RandConv,
2021), tone curves, light fields, loss of resolution, noise, JPEG, cut-outs; and views that are turned,
mirrored, shifted and marked inexactly. What is around the bed is now and then another home's.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.textures import textures
from vision.region import RECTIFIED, VIEW_HEIGHT, VIEW_WIDTH

Picture = NDArray[np.float32]
Corners = NDArray[np.float32]

_PATTERNS = textures(seed=2)
_NORMAL = np.random.default_rng(3).standard_normal(1 << 22, dtype=np.float32)
"""Drawn once: where in it a view's noise begins is random enough, and drawing it anew takes longest of all."""

_TO_MASK = np.array([[0.25, 0, -0.375], [0, 0.25, -0.375], [0, 0, 1]])
"""From pixels of a view to those of its masks, middles on middles."""

_MIRROR = np.array([[-1, 0, VIEW_WIDTH - 1], [0, 1, 0], [0, 0, 1]], np.float64)
_HALF_TURN = np.array([[-1, 0, VIEW_WIDTH - 1], [0, -1, VIEW_HEIGHT - 1], [0, 0, 1]], np.float64)


@dataclass(frozen=True)
class Strength:
    """How often each change is made, 0..1. plain: share of the views that are only seen otherwise, not drawn."""

    plain: float = 0.4
    texture: float = 0.5
    convolution: float = 0.45
    tone: float = 0.6
    shrink: float = 0.3
    jpeg: float = 0.25
    cut_out: float = 0.4
    elsewhere: float = 0.2


@dataclass(frozen=True)
class Sample:
    """A view (128, 96), the bed's corners in it (4, 2), and masks (32, 24, n) of what is where."""

    view: NDArray[np.uint8]
    corners: Corners
    masks: NDArray[np.uint8]
    rectified: bool


def restyled(
    rng: np.random.Generator, sample: Sample, surroundings: NDArray[np.uint8], strength: Strength
) -> Sample:
    """The sample seen and drawn otherwise, from hardly to wildly. surroundings: a crop of another home."""
    seen = _seen_otherwise(rng, sample)
    picture, corners = seen.view.astype(np.float32), seen.corners
    if not sample.rectified and rng.random() < strength.elsewhere:
        picture = _moved_elsewhere(rng, picture, corners, surroundings)
    wild = rng.random() ** 0.7
    if rng.random() < strength.plain:
        wild, strength = 0.2 * wild, replace(strength, texture=0.0, convolution=0.0, tone=0.0)
    picture = _exposed(rng, picture, wild)
    for often in (strength.texture, strength.texture / 4):
        if rng.random() < often * (0.3 + wild):
            picture = _textured(rng, picture)
    if rng.random() < strength.convolution * (0.2 + wild):
        picture = _convolved(rng, picture)
    picture = np.clip(picture, 0, 255)
    if rng.random() < strength.tone * (0.2 + wild):
        picture = _toned(rng, picture)
    picture = picture * np.exp(wild * (0.45 * rng.random() * _field(rng) + 0.2 * rng.standard_normal()))
    if rng.random() < strength.shrink:
        picture = _shrunk(rng, picture)
    picture = picture + _noise(rng, picture)
    if rng.random() < strength.cut_out:
        _cut_out(rng, picture)
    grey = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < strength.jpeg:
        grey = _compressed(grey, int(rng.uniform(15, 80)))
    return Sample(grey, corners, seen.masks, sample.rectified)


def _noise(rng: np.random.Generator, picture: Picture) -> Picture:
    """Of at most 20 grey levels, and not so much that nothing is left to be seen."""
    most = min(20.0, 2.0 + 0.7 * float(picture.std()))
    first = int(rng.integers(len(_NORMAL) - picture.size))
    normal = _NORMAL[first : first + picture.size].reshape(picture.shape)
    return np.asarray(rng.random() ** 2 * most * normal, np.float32)


def _seen_otherwise(rng: np.random.Generator, sample: Sample) -> Sample:
    """Shifted, scaled, turned a little, mirrored, or upside down; marked inexactly."""
    change = _nudge_of_corners(rng) if sample.rectified else _nudge_of_view(rng)
    mirrored, upside_down = rng.random() < 0.5, rng.random() < 0.1
    change = (_MIRROR if mirrored else np.eye(3)) @ (_HALF_TURN if upside_down else np.eye(3)) @ change
    edge = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    seen = cv2.warpPerspective(
        sample.view, change, (VIEW_WIDTH, VIEW_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=edge
    )
    height, width = sample.masks.shape[:2]
    coarse = _TO_MASK @ change @ np.linalg.inv(_TO_MASK)
    masks = cv2.warpPerspective(sample.masks, coarse, (width, height), flags=cv2.INTER_LINEAR)
    if sample.rectified:
        moved = RECTIFIED if not upside_down else RECTIFIED[[2, 3, 0, 1]]
    else:
        moved = cv2.perspectiveTransform(sample.corners[None].astype(np.float64), change)[0]
        moved = moved[[1, 0, 3, 2]] if mirrored else moved
        size = float(np.linalg.norm(moved.max(0) - moved.min(0)))
        moved = moved + rng.normal(0, rng.uniform(0, 0.03) * size, (4, 2))
    return Sample(
        np.asarray(seen, np.uint8),
        np.asarray(moved, np.float32),
        np.asarray(masks, np.uint8),
        sample.rectified,
    )


def _moved_elsewhere(
    rng: np.random.Generator, picture: Picture, corners: Corners, surroundings: NDArray[np.uint8]
) -> Picture:
    """The bed and what rises out of it, among another home's things: a room says nothing of who is in the bed.

    The same ample shape is kept of every bed, whoever is in it, or the shape itself would tell.
    """
    middle = corners.mean(0)
    ample = middle + (corners - middle) * rng.uniform(1.25, 1.6) - (0, rng.uniform(0, 12))
    kept = np.zeros(picture.shape, np.float32)
    cv2.fillConvexPoly(kept, np.round(ample).astype(np.int32), 1.0)
    kept = np.asarray(cv2.blur(kept, (7, 7)), np.float32)
    if rng.random() < 0.5:
        surroundings = surroundings[:, ::-1]
    return np.asarray(kept * picture + (1 - kept) * surroundings, np.float32)


def _nudge_of_corners(rng: np.random.Generator) -> NDArray[np.float64]:
    """What a rectified view becomes when each corner is marked a little off."""
    size = np.array([VIEW_WIDTH, VIEW_HEIGHT], np.float32)
    spread = rng.uniform(0, 0.05)
    off = rng.normal(0, spread, (4, 2)) + rng.normal(0, 0.03, 2)
    middle = size / 2
    stretched = (RECTIFIED - middle) * np.exp(rng.normal(0, 0.06, 2) + rng.normal(0, 0.06)) + middle
    return np.asarray(
        cv2.getPerspectiveTransform(RECTIFIED, (stretched + off * size).astype(np.float32)), np.float64
    )


def _nudge_of_view(rng: np.random.Generator) -> NDArray[np.float64]:
    scale, angle = np.exp(rng.normal(0, 0.1)), rng.normal(0, 0.07)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    tall = np.exp(rng.normal(0, 0.07))
    linear = np.array([[c, -s], [s * tall, c * tall]])
    middle = np.array([VIEW_WIDTH, VIEW_HEIGHT]) / 2
    shift = middle - linear @ middle + rng.normal(0, 4, 2)
    return np.vstack([np.hstack([linear, shift[:, None]]), [0, 0, 1]])


def _field(rng: np.random.Generator, cells: int = 3) -> Picture:
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    return np.asarray(
        cv2.resize(coarse, (VIEW_WIDTH, VIEW_HEIGHT), interpolation=cv2.INTER_CUBIC), np.float32
    )


def _exposed(rng: np.random.Generator, picture: Picture, wild: float) -> Picture:
    curve = (np.arange(256) / 255) ** np.exp(0.4 * wild * rng.standard_normal())
    contrast = np.exp(0.35 * wild * rng.standard_normal())
    table = (255 * curve - 128) * contrast + 128 + 20 * wild * rng.standard_normal()
    return np.asarray(cv2.LUT(picture.astype(np.uint8), table.astype(np.float32)), np.float32)


def _textured(rng: np.random.Generator, picture: Picture) -> Picture:
    """A pattern, turned and stretched, over all of the picture or a smooth part of it."""
    angle, scale = rng.uniform(0, 6.28), np.exp(rng.uniform(-1.1, 1.2))
    tall = np.exp(0.5 * rng.standard_normal())
    change = scale * np.array([[np.cos(angle), -np.sin(angle)], [tall * np.sin(angle), tall * np.cos(angle)]])
    warp = np.hstack([change, rng.uniform(0, 256, (2, 1))])
    pattern = cv2.warpAffine(_PATTERNS[rng.integers(len(_PATTERNS))], warp, (VIEW_WIDTH, VIEW_HEIGHT),
                             flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_WRAP)  # fmt: skip
    where = 1 / (1 + np.exp(-8 * (_field(rng) + rng.standard_normal())))
    return np.asarray(picture * (1 + rng.random() ** 1.5 * 1.6 * (pattern - 0.5) * where), np.float32)


def _convolved(rng: np.random.Generator, picture: Picture) -> Picture:
    """Mixed with itself through a random filter of 1 to 7 pixels."""
    size = int(rng.choice([1, 3, 5, 7]))
    filter_ = rng.standard_normal((size, size)) / size
    filter_[size // 2, size // 2] += 0.5 * rng.standard_normal()
    mean, spread = float(picture.mean()), float(picture.std()) + 1
    normal = (picture - mean) / spread
    strange = cv2.filter2D(normal, -1, filter_, borderType=cv2.BORDER_REPLICATE)
    strange = (strange - strange.mean()) / (strange.std() + 0.05)
    share = rng.random()
    return np.asarray(mean + spread * (share * normal + (1 - share) * strange), np.float32)


def _toned(rng: np.random.Generator, picture: Picture) -> Picture:
    """Through a rising curve of eight random steps; inverted or solarised now and then."""
    steps = np.concatenate([[0.0], np.cumsum(np.exp(1.2 * rng.standard_normal(8)))])
    curve = np.interp(np.linspace(0, 8, 256), np.arange(9), steps / steps[-1])
    low, high = 0.3 * rng.random(), 0.5 + 0.6 * rng.random()
    curve = low + (high - low) * curve
    if rng.random() < 0.15:
        curve = 1 - curve
    if rng.random() < 0.1:
        turn = 0.5 + 0.5 * rng.random()
        curve = np.where(curve > turn, 2 * turn - curve, curve)
    table = (255 * np.clip(curve, 0, 1)).astype(np.float32)
    return np.asarray(cv2.LUT(picture.astype(np.uint8), table), np.float32)


def _shrunk(rng: np.random.Generator, picture: Picture) -> Picture:
    share = rng.uniform(0.3, 0.9)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(small, (VIEW_WIDTH, VIEW_HEIGHT), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _cut_out(rng: np.random.Generator, picture: Picture) -> None:
    height, width = int(rng.integers(8, 40)), int(rng.integers(8, 30))
    y, x = int(rng.integers(0, VIEW_HEIGHT - height)), int(rng.integers(0, VIEW_WIDTH - width))
    picture[y : y + height, x : x + width] = rng.uniform(0, 255)


def _compressed(grey: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
