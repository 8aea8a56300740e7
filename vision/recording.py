"""A recorded video as a source: any container that OpenCV's FFmpeg reads, in real time or as fast as it decodes."""

import math
import time
from pathlib import Path

import cv2
import numpy as np

from vision.capture import CaptureTrouble, EndOfFilm, Frame, Source, frame_of

USUAL_RATE = 10.0


class Recording(Source):
    """Plays a film once, from `start_at` seconds to its end.

    paced: frames come when they are due in real time; otherwise as fast as they decode.
    """

    def __init__(self, path: Path, *, paced: bool = False, start_at: float = 0.0) -> None:
        self._path = path
        self._paced = paced
        self._start_at = start_at
        self._film = cv2.VideoCapture()
        self._rate = USUAL_RATE
        self._shown = 0
        self._begun = 0.0

    def open(self) -> None:
        if not self._path.exists():  # also keeps FFmpeg from taking a web address for a file
            raise CaptureTrouble("gone", f"there is no recording {self._path.name!r}")
        film = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        if not film.isOpened():
            raise CaptureTrouble(
                "unreadable",
                f"{self._path.name!r} is not a video that can be read; MJPEG in AVI is the safe choice",
            )
        self._film = film
        rate = film.get(cv2.CAP_PROP_FPS)
        self._rate = rate if math.isfinite(rate) and 0.1 <= rate <= 1000 else USUAL_RATE
        self._go_to_start(film)
        self._begun = time.monotonic()

    def read(self) -> Frame | None:
        good, pixels = self._film.read()
        if not good:
            if self._shown == 0:
                raise CaptureTrouble(
                    "unreadable", f"{self._path.name!r} opens, but holds no frame that can be decoded"
                )
            raise EndOfFilm
        at = self._shown / self._rate
        self._shown += 1
        if self._paced:
            time.sleep(max(0.0, self._begun + at - time.monotonic()))
        return frame_of(np.asarray(pixels, np.uint8), at)

    def close(self) -> None:
        self._film.release()

    def _go_to_start(self, film: cv2.VideoCapture) -> None:
        first = round(self._start_at * self._rate)
        if first == 0:
            return
        frames = film.get(cv2.CAP_PROP_FRAME_COUNT)
        if frames > 0 and first >= frames:
            raise CaptureTrouble(
                "unreadable",
                f"{self._path.name!r} lasts {frames / self._rate:.1f} s; it cannot begin at {self._start_at:g} s",
            )
        film.set(cv2.CAP_PROP_POS_FRAMES, first)
