"""The installation's reference of the empty bed: what is kept of one picture without any person.

A folder with `reference.json` (size, corners, light) and `reference.npz` (the bed rectified to 96×128 pixels, and
landmarks of the room for the moved test). The picture itself is not kept.
"""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from vision.capture import Frame, Picture
from vision.moved import HALF, Landmarks, Stance, landmarks_of, stance
from vision.protocol import Bed

BED_WIDTH, BED_HEIGHT = 96, 128
DESCRIPTION, ARRAYS = "reference.json", "reference.npz"


class ReferenceRefused(Exception):
    """The folder holds no usable reference; the text says what, where and how to mend it."""


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `reference.json` holds. width, height: of the camera's picture; bed: corners in it, pixels."""

    version: Literal[1] = 1
    width: int
    height: int
    bed: Bed
    light: Literal["infrared", "day"]


@dataclass(frozen=True)
class Reference:
    """The empty bed as it was at installation, and where the camera stood."""

    description: Description
    empty_bed: Picture
    landmarks: Landmarks

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the camera's picture at installation."""
        return self.description.width, self.description.height

    def fits(self, frame: Frame) -> bool:
        """Whether the camera delivers the size it delivered at installation."""
        return frame.size == self.size

    def same_light(self, frame: Frame) -> bool:
        """Whether both were seen by infrared, or both by day: in another light landmarks may not be found."""
        return light_of(frame) == self.description.light

    def stance(self, frame: Frame) -> Stance:
        """How far the camera has moved since."""
        return stance(self.landmarks, frame.picture, self.description.bed)

    def likeness(self, frame: Frame) -> float:
        """-1..1: how much the bed looks as the empty one did, apart from brightness. Above 0.75: no sleeper."""
        return _likeness(self.empty_bed, rectified(frame.picture, self.description.bed))


def light_of(frame: Frame) -> Literal["infrared", "day"]:
    return "day" if frame.coloured else "infrared"


def reference_of(frame: Frame, bed: Bed) -> Reference:
    """What is kept of a picture of the empty bed."""
    width, height = frame.size
    description = Description(width=width, height=height, bed=bed, light=light_of(frame))
    return Reference(description, rectified(frame.picture, bed), landmarks_of(frame.picture, bed))


def write_reference(reference: Reference, folder: Path) -> None:
    """Keep it in `folder`, which is made if need be. Raises OSError.

    A power cut leaves the old one, the new one, or none that can be loaded: never a half of each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = io.BytesIO()
    marks = reference.landmarks
    np.savez_compressed(arrays, empty_bed=reference.empty_bed, points=marks.points, patches=marks.patches)
    description = msgspec.json.format(msgspec.json.encode(reference.description)) + b"\n"
    written = [(_beside(folder, ARRAYS, arrays.getvalue()), ARRAYS)]
    written += [(_beside(folder, DESCRIPTION, description), DESCRIPTION)]
    (folder / DESCRIPTION).unlink(missing_ok=True)
    _sync(folder)
    for new, name in written:
        new.rename(folder / name)
        _sync(folder)


def load_reference(folder: Path) -> Reference:
    """Raises ReferenceRefused."""
    try:
        description = msgspec.json.decode((folder / DESCRIPTION).read_bytes(), type=Description)
        with np.load(io.BytesIO((folder / ARRAYS).read_bytes()), allow_pickle=False) as arrays:
            empty_bed, points, patches = (
                np.asarray(arrays[name]) for name in ("empty_bed", "points", "patches")
            )
    except FileNotFoundError as error:
        raise ReferenceRefused(f"{folder} lacks {error.filename}; {_MEND}") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise ReferenceRefused(f"the reference in {folder} cannot be read ({error}); {_MEND}") from error
    _demand_shapes(empty_bed, points, patches, folder)
    return Reference(description, empty_bed, Landmarks(points, patches))


def rectified(picture: Picture, bed: Bed) -> Picture:
    """The bed from above, head end up; shape (128, 96)."""
    there = np.array([(0, 0), (BED_WIDTH, 0), (BED_WIDTH, BED_HEIGHT), (0, BED_HEIGHT)], np.float32)
    way = cv2.getPerspectiveTransform(np.asarray(bed, np.float32), there)
    return np.asarray(cv2.warpPerspective(picture, way, (BED_WIDTH, BED_HEIGHT)), np.uint8)


def _beside(folder: Path, name: str, content: bytes) -> Path:
    """A new file, whole and on the disk, under another name."""
    new = folder / f"{name}.new"
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return new


def _sync(folder: Path) -> None:
    """Make it certain which files the folder holds."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_MEND = "write it anew with the bed empty, at commissioning"


def _demand_shapes(
    empty_bed: NDArray[np.generic], points: NDArray[np.generic], patches: NDArray[np.generic], folder: Path
) -> None:
    count = len(points) if points.ndim else 0
    fits = (
        empty_bed.shape == (BED_HEIGHT, BED_WIDTH)
        and points.shape == (count, 2)
        and patches.shape == (count, 2 * HALF, 2 * HALF)
        and empty_bed.dtype == patches.dtype == np.uint8
        and points.dtype == np.float32
        and bool(np.isfinite(points).all())
    )
    if not fits:
        raise ReferenceRefused(
            f"{folder / ARRAYS} holds arrays of other shapes than a reference has; {_MEND}"
        )


def _likeness(one: Picture, other: Picture) -> float:
    a, b = _folds(one), _folds(other)
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-6))


def _folds(bed: Picture) -> NDArray[np.float32]:
    """The bed's relief without the fall-off of the light and without noise."""
    grey = bed.astype(np.float32)
    relief = cv2.GaussianBlur(grey, (0, 0), 2.0) - cv2.GaussianBlur(grey, (0, 0), 16.0)
    return np.asarray(relief - relief.mean(), np.float32)
