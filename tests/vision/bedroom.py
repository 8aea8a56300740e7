"""A small made-up bedroom for the vision tests: textured room, a bed, a blanket that may breathe, sensor noise."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.protocol import Bed

WIDTH, HEIGHT, RATE = 640, 480, 10
BED: Bed = ((210.0, 110.0), (430.0, 110.0), (500.0, 430.0), (140.0, 430.0))
BED_TEXT = " ".join(f"{x:g},{y:g}" for x, y in BED)
Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Bedroom:
    """bed_level: brightness of the bed; the room's is 90. The tests' own net takes a bright bed for occupied."""

    def __init__(self, bed_level: float = 160.0, seed: int = 1) -> None:
        self._rng = np.random.default_rng(seed)
        room = 90 + self._texture(6, 14) + self._furniture()
        blanket = bed_level + self._texture(5, 22)
        self._inside = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.fillConvexPoly(self._inside, np.array(BED, np.int32), 1.0)
        self._room, self._blanket = room, blanket
        self._noise = self._rng.standard_normal((HEIGHT * 2, WIDTH * 2)).astype(np.float32)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        self._x, self._y = x, y
        self._chest = np.exp(-(((x - 320) / 60) ** 2) - ((y - 230) / 60) ** 2)

    def picture(
        self, *, breath: float = 0.0, gain: float = 1.0, noise: float = 2.0, shake: float = 0.0
    ) -> Grey:
        """One picture. breath: pixels that the chest has risen; shake: pixels that the whole camera has."""
        blanket = cv2.remap(self._blanket, self._x, self._y + breath * self._chest, cv2.INTER_LINEAR)
        scene: NDArray[Any] | cv2.Mat = self._room + self._inside * (blanket - self._room)
        if shake:
            scene = cv2.warpAffine(scene, np.array([[1, 0, 0], [0, 1, shake]], np.float32), (WIDTH, HEIGHT))
        return self._exposed(np.asarray(scene, np.float32), gain, noise)

    def turned(self, degrees: float, across: float = 0.0) -> Grey:
        """As a camera sees it that was turned about its line of sight and shifted by so many pixels."""
        scene = self._room + self._inside * (self._blanket - self._room)
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, 1.0)
        turn[0, 2] += across
        seen = cv2.warpAffine(scene, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        return self._exposed(np.asarray(seen, np.float32), 1.0, 2.0)

    def night(self, seconds: float, *, breath: float = 0.0, **seen: float) -> Iterator[Grey]:
        """Pictures of a bed in which somebody breathes by so many pixels, or nobody does."""
        for frame in range(round(seconds * RATE)):
            risen = breath * float(np.sin(2 * np.pi * 0.24 * frame / RATE))
            yield self.picture(breath=risen, **seen)

    def _exposed(self, scene: Floats, gain: float, noise: float) -> Grey:
        top, left = self._rng.integers(0, HEIGHT), self._rng.integers(0, WIDTH)
        grain = self._noise[top : top + HEIGHT, left : left + WIDTH]
        return np.clip(scene * gain + grain * noise, 0, 255).astype(np.uint8)

    def _texture(self, size: float, strength: float) -> Floats:
        rough = self._rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32)
        smooth = cv2.GaussianBlur(rough, (0, 0), size)
        return np.asarray(smooth / smooth.std() * strength, np.float32)

    def _furniture(self) -> Floats:
        drawn = np.zeros((HEIGHT, WIDTH), np.float32)
        for _ in range(40):
            x, y = (int(v) for v in self._rng.integers(0, (WIDTH, HEIGHT)))
            size = int(self._rng.integers(12, 50))
            cv2.rectangle(drawn, (x, y), (x + size, y + size), float(self._rng.uniform(-50, 50)), -1)
        return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.8), np.float32)


def write_film(path: Path, pictures: Iterable[Grey], codec: str = "MJPG") -> Path:
    """A film of these pictures at ten frames a second."""
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE, (WIDTH, HEIGHT), isColor=False)
    assert film.isOpened()
    for picture in pictures:
        film.write(picture)
    film.release()
    return path


def write_picture(path: Path, picture: Grey) -> Path:
    assert cv2.imwrite(str(path), picture)
    return path
