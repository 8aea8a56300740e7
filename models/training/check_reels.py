"""Films as the camera sent them, JPEG by JPEG: what changes in the worker sees them anew without any rendering."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.film import FRAMES_PER_SECOND

Bytes = NDArray[np.uint8]


def keep_reel(path: Path, frames: Sequence[Bytes]) -> None:
    """Writes JPEGs, in order, whole or not at all; an earlier reel is replaced."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, lengths=np.array([len(one) for one in frames]), data=np.concatenate(frames))
    part.rename(path)


def reel(path: Path) -> Iterator[Bytes]:
    """The JPEGs of a reel. Raises FileNotFoundError."""
    with np.load(path) as arrays:
        ends, data = np.cumsum(arrays["lengths"]), arrays["data"]
    yield from np.split(data, ends[:-1])


def seconds_of(path: Path) -> int:
    """How long a reel is. Raises FileNotFoundError."""
    with np.load(path) as arrays:
        return (len(arrays["lengths"]) - 1) // FRAMES_PER_SECOND


def pictures(frames: Iterable[Bytes]) -> Iterator[Bytes]:
    """What the worker makes of JPEGs: grey pictures."""
    for frame in frames:
        yield np.asarray(cv2.imdecode(frame, cv2.IMREAD_GRAYSCALE), np.uint8)
