"""The installation's reference of the empty bed: what is kept of pictures without any person.

A folder with `reference.json` (size, corners, what was learnt about the net here; numbers alone) and, for each
light in which the bed was recorded, one file of arrays: the bed rectified to 96×128 pixels, and landmarks of the
room for the moved test, and how much structure and light each part of the room showed. No picture itself is kept,
and nothing at all of an occupied bed but numbers.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from vision.capture import Frame, Picture
from vision.correction import DOWN, LEAST_SCALE, NOTHING, UP, Correction
from vision.moved import HALF, Landmarks, Stance, hidden_share, landmarks_of, stance
from vision.parts import COLUMNS, LIGHT_COLUMNS, LIGHT_ROWS, ROWS, Change, Parts, change, parts_of
from vision.protocol import Bed

BED_WIDTH, BED_HEIGHT = 96, 128
DESCRIPTION = "reference.json"

Light = Literal["infrared", "day"]
PARTS = {"fine": (ROWS, COLUMNS), "middle": (ROWS, COLUMNS), "light": (LIGHT_ROWS, LIGHT_COLUMNS)}
HIDDEN_BY_LANDMARKS_FROM = 0.40
"""Share of the landmarks at whose place nothing is seen, where parts were not kept; people hide less."""


class ReferenceRefused(Exception):
    """The folder holds no usable reference; the text says what, where and how to mend it."""


class Learnt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What commissioning taught about the net in this home: numbers alone.

    net: SHA-256 of the net that was asked, for no other does it hold; shift, scale: see vision.correction;
    quiet: the highest score of movement that the empty bed gave, None if it could not be told;
    empty, occupied: the net's log odds for each recorded state.
    """

    net: str
    shift: Annotated[float, msgspec.Meta(ge=-DOWN, le=UP)] = 0.0
    scale: Annotated[float, msgspec.Meta(ge=LEAST_SCALE, le=1.0)] = 1.0
    quiet: float | None = None
    empty: tuple[float, ...] = ()
    occupied: tuple[float, ...] = ()

    @property
    def correction(self) -> Correction:
        return Correction(self.shift, self.scale)


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `reference.json` holds.

    width, height: of the camera's picture; bed: corners in it, pixels; lights: the file of arrays for each.
    Version 2 had no parts of the room, and is still read.
    """

    version: Literal[2, 3] = 3
    width: int
    height: int
    bed: Bed
    lights: dict[Light, Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+\.npz$")]]
    learnt: Learnt | None = None


@dataclass(frozen=True)
class Seen:
    """The empty bed and its room in one light. parts: None if it was written before there were any."""

    empty_bed: Picture
    landmarks: Landmarks
    parts: Parts | None = None


@dataclass(frozen=True)
class Reference:
    """The empty bed as it was at installation, and where the camera stood.

    width, height: of the camera's picture; bed: corners in it; seen: by light, one at least.
    """

    width: int
    height: int
    bed: Bed
    seen: Mapping[Light, Seen]
    learnt: Learnt | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the camera's picture at installation."""
        return self.width, self.height

    def fits(self, frame: Frame) -> bool:
        """Whether the camera delivers the size it delivered at installation."""
        return frame.size == self.size

    def same_light(self, frame: Frame) -> bool:
        """Whether the bed was recorded in this light: in another one landmarks may not be found."""
        return light_of(frame) in self.seen

    def has_landmarks(self, frame: Frame) -> bool:
        """Whether there are enough for the moved test."""
        return self._nearest(frame).landmarks.enough

    def stance(self, frame: Frame) -> Stance:
        """How far the camera has moved since."""
        return stance(self._nearest(frame).landmarks, frame.picture, self.bed)

    def change(self, frame: Frame) -> Change:
        """How the room looks against its installation. In another light nothing can be told."""
        seen = self.seen.get(light_of(frame))
        if seen is None:
            return Change()
        if seen.parts is None:
            hidden = hidden_share(seen.landmarks, frame.picture) if seen.landmarks.enough else None
            return Change(hidden, hidden_from=HIDDEN_BY_LANDMARKS_FROM)
        found = change(seen.parts, parts_of(frame.picture), self.bed, self.size)
        return found if light_of(frame) == "infrared" else replace(found, other_light=None)

    def likeness(self, frame: Frame) -> float:
        """-1..1: how much the bed looks as the empty one did, apart from brightness. Above 0.75: no sleeper."""
        return _likeness(self._nearest(frame).empty_bed, rectified(frame.picture, self.bed))

    def correction_for(self, net: str) -> Correction:
        """What is to be corrected of the net with this SHA-256: nothing of one that was not asked here."""
        return self.learnt.correction if self.learnt and self.learnt.net == net else NOTHING

    def with_other(self, other: "Reference") -> "Reference":
        """The same with the lights of `other` added, or renewed. Raises ValueError if it shows another bed."""
        if (other.size, other.bed) != (self.size, self.bed):
            raise ValueError("another bed, or a camera's picture of another size")
        return replace(self, seen={**self.seen, **other.seen})

    def _nearest(self, frame: Frame) -> Seen:
        return self.seen.get(light_of(frame)) or next(iter(self.seen.values()))


def light_of(frame: Frame) -> Light:
    return "day" if frame.coloured else "infrared"


def reference_of(frame: Frame, bed: Bed) -> Reference:
    """What is kept of a picture of the empty bed."""
    seen = Seen(rectified(frame.picture, bed), landmarks_of(frame.picture, bed), parts_of(frame.picture))
    return Reference(*frame.size, bed, {light_of(frame): seen})


def write_reference(reference: Reference, folder: Path) -> None:
    """Keep it in `folder`, which is made if need be. Raises OSError.

    A power cut leaves the old one or the new one: what is new lies beside the old until one rename puts it in
    force.
    """
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    lights: dict[Light, str] = {}
    for light, seen in reference.seen.items():
        arrays = packed(seen)
        lights[light] = f"{light}-{_digest(arrays)}.npz"
        put(folder, lights[light], arrays)
    description = Description(
        width=reference.width,
        height=reference.height,
        bed=reference.bed,
        lights=lights,
        learnt=reference.learnt,
    )
    put(folder, DESCRIPTION, msgspec.json.format(msgspec.json.encode(description)) + b"\n")
    for file in folder.iterdir():
        if file.suffix in {".npz", ".new"} and file.name not in lights.values():
            file.unlink()


def load_reference(folder: Path) -> Reference:
    """Raises ReferenceRefused."""
    try:
        told = msgspec.json.decode((folder / DESCRIPTION).read_bytes(), type=Description)
        seen = {light: _unpacked(folder / name) for light, name in told.lights.items()}
    except FileNotFoundError as error:
        raise ReferenceRefused(f"{folder} lacks {Path(error.filename).name}; {_MEND}") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise ReferenceRefused(f"the reference in {folder} cannot be read ({error}); {_MEND}") from error
    if not seen:
        raise ReferenceRefused(f"the reference in {folder} shows the bed in no light; {_MEND}")
    return Reference(told.width, told.height, told.bed, seen, told.learnt)


def packed(seen: Seen) -> bytes:
    """The arrays of one light as one file."""
    arrays, marks = io.BytesIO(), seen.landmarks
    parts = {} if seen.parts is None else {name: getattr(seen.parts, name) for name in PARTS}
    np.savez_compressed(arrays, empty_bed=seen.empty_bed, points=marks.points, patches=marks.patches, **parts)
    return arrays.getvalue()


def unpacked(content: bytes) -> Seen:
    """Raises ValueError, KeyError, EOFError or zipfile.BadZipFile if they are no reference's arrays."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        empty_bed, points, patches = (np.asarray(arrays[name]) for name in ("empty_bed", "points", "patches"))
        parts = {name: np.asarray(arrays[name]) for name in PARTS if name in arrays}
    _demand_shapes(empty_bed, points, patches)
    if not parts:
        return Seen(empty_bed, Landmarks(points, patches))
    if any(parts[name].shape != shape or not np.isfinite(parts[name]).all() for name, shape in PARTS.items()):
        raise ValueError("parts of other shapes than a room has")
    return Seen(empty_bed, Landmarks(points, patches), Parts(**parts))


def rectified(picture: Picture, bed: Bed) -> Picture:
    """The bed from above, head end up; shape (128, 96)."""
    there = np.array([(0, 0), (BED_WIDTH, 0), (BED_WIDTH, BED_HEIGHT), (0, BED_HEIGHT)], np.float32)
    way = cv2.getPerspectiveTransform(np.asarray(bed, np.float32), there)
    return np.asarray(cv2.warpPerspective(picture, way, (BED_WIDTH, BED_HEIGHT)), np.uint8)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _unpacked(file: Path) -> Seen:
    content = file.read_bytes()
    if not file.stem.endswith(_digest(content)):
        raise ValueError(f"{file.name} is damaged")
    return unpacked(content)


def put(folder: Path, name: str, content: bytes) -> None:
    """A file, whole and on the disk, in the place of an older one of its name; for the folder's group to read."""
    new = folder / f"{name}.new"
    with new.open("wb") as file:
        os.fchmod(file.fileno(), 0o640)
        if os.geteuid() == 0:
            os.fchown(file.fileno(), -1, folder.stat().st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(folder / name)
    _sync(folder)


def _sync(folder: Path) -> None:
    """Make it certain which files the folder holds."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_MEND = "write it anew with the bed empty: nattro commission"


def _demand_shapes(
    empty_bed: NDArray[np.generic], points: NDArray[np.generic], patches: NDArray[np.generic]
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
        raise ValueError("arrays of other shapes than a reference has")


def _likeness(one: Picture, other: Picture) -> float:
    a, b = _folds(one), _folds(other)
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-6))


def _folds(bed: Picture) -> NDArray[np.float32]:
    """The bed's relief without the fall-off of the light and without noise."""
    grey = bed.astype(np.float32)
    relief = cv2.GaussianBlur(grey, (0, 0), 2.0) - cv2.GaussianBlur(grey, (0, 0), 16.0)
    return np.asarray(relief - relief.mean(), np.float32)
