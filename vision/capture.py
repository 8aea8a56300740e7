"""Frames from a camera, a recording or a picture, and a feed that survives a source that hangs."""

import os
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

os.environ.setdefault(
    "OPENCV_FFMPEG_LOGLEVEL", "-8"
)  # else OpenCV and FFmpeg print their complaints beside ours

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.protocol import TroubleKind

Picture = NDArray[np.uint8]
"""Grey, shape (height, width)."""

PATIENCE = 5.0
CLOSING_SECONDS = 0.5
COLOURED = 4.0

cv2.setNumThreads(1)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class CaptureTrouble(Exception):
    """No frames can be had. kind: as the protocol names it; detail: what, where, how to mend it."""

    def __init__(self, kind: TroubleKind, detail: str) -> None:
        super().__init__(detail)
        self.kind: TroubleKind = kind
        self.detail = detail


class EndOfFilm(Exception):
    """A recording has no more frames."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. at: seconds since the source began; coloured: seen by daylight or lamp, not by infrared."""

    picture: Picture
    at: float
    coloured: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.picture.shape
        return width, height


def frame_of(pixels: NDArray[np.uint8], at: float) -> Frame:
    """A frame from what OpenCV delivers: (H, W), (H, W, 1) or (H, W, 3) in blue, green, red."""
    if pixels.ndim == 2:
        return Frame(pixels, at)
    if pixels.shape[2] == 1:
        return Frame(pixels[:, :, 0], at)
    sparse = pixels[::16, ::16].astype(np.int16)
    coloured = float(np.abs(sparse[:, :, 0] - sparse[:, :, 2]).mean()) > COLOURED
    return Frame(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8), at, coloured)


class Source(ABC):
    """Something that gives frames. All calls may block for ever; `Feed` calls them in a thread of its own.

    live: frames that nobody fetches are dropped; otherwise the source waits;
    notes: what people should know about how it was opened.
    """

    live = False
    notes: Sequence[str] = ()

    @abstractmethod
    def open(self) -> None:
        """Raises CaptureTrouble."""

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None if there is none just now. Raises EndOfFilm, CaptureTrouble."""

    @abstractmethod
    def close(self) -> None:
        """Releases the source; harmless if it was never opened."""

    def cues(self) -> dict[str, float]:
        """What was delivered, by name (see vision.words)."""
        return {}


class Feed:
    """Reads a source in a thread, so that a driver that hangs cannot hang the worker.

    At most two frames wait. A silence of `patience` seconds is a stalled source.
    """

    def __init__(self, source: Source, patience: float = PATIENCE) -> None:
        self._source = source
        self._patience = patience
        self._waiting: deque[Frame | Exception] = deque(maxlen=2)
        self._changed = threading.Condition()
        self._closed = False
        self._last_sign = time.monotonic()
        self._thread = threading.Thread(target=self._read, name="feed", daemon=True)
        self._thread.start()

    def next(self, wait: float) -> Frame | None:
        """The next frame, or None if none came within `wait` seconds. Raises EndOfFilm, CaptureTrouble."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, timeout=wait)
            if not self._waiting:
                if time.monotonic() - self._last_sign > self._patience:
                    raise CaptureTrouble("stalled", f"no new frame for {self._patience:g} s")
                return None
            item = self._waiting.popleft()
            self._changed.notify_all()
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        """Has the reading thread release the source; waits CLOSING_SECONDS for it, not for a driver that hangs."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(CLOSING_SECONDS)

    def _read(self) -> None:
        try:
            self._source.open()
            while not self._closed:
                frame = self._source.read()
                if frame is not None:
                    self._hand_over(frame)
        except (CaptureTrouble, EndOfFilm) as end:
            self._hand_over(end)
        except (cv2.error, OSError, MemoryError) as error:
            self._hand_over(CaptureTrouble("unreadable", f"{type(error).__name__} while reading: {error}"))
        finally:
            self._source.close()

    def _hand_over(self, item: Frame | Exception) -> None:
        with self._changed:
            must_wait = not self._source.live or isinstance(item, Exception)
            while must_wait and len(self._waiting) == 2 and not self._closed:
                self._changed.wait()
            self._waiting.append(item)
            self._last_sign = time.monotonic()
            self._changed.notify_all()
