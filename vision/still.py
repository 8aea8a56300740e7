"""A picture file as a source of a single frame, for `nattro look`."""

from pathlib import Path

import cv2
import numpy as np

from vision.capture import CaptureTrouble, EndOfFilm, Frame, Source, frame_of
from vision.protocol import TroubleKind


class Still(Source):
    """One picture, once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._frame: Frame | None = None

    def open(self) -> None:
        self._frame = read_still(self._path)

    def read(self) -> Frame | None:
        frame, self._frame = self._frame, None
        if frame is None:
            raise EndOfFilm
        return frame

    def close(self) -> None:
        self._frame = None


def read_still(path: Path) -> Frame:
    """A picture file as a frame. Raises CaptureTrouble if it is missing or no picture."""
    try:
        data = path.read_bytes()
    except OSError as error:
        kind: TroubleKind = "gone" if isinstance(error, FileNotFoundError) else "unreadable"
        raise CaptureTrouble(kind, f"cannot read the picture {str(path)!r}: {error.strerror}") from error
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if pixels is None:
        raise CaptureTrouble("unreadable", f"{str(path)!r} is not a picture that can be read (PNG, JPEG, …)")
    return frame_of(np.asarray(pixels, np.uint8), 0.0)
