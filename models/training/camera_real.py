"""The same faults in real pictures: stills and a frame now and then of films, as a manifest names them.

A real picture has its noise already, and no light before its sensor: what the lens sees is taken to be the picture
with a common tone curve undone. What a camera keeps at installation is taken from another recording of the same bed
from the same spot, where there is one, else from the picture itself.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scene.kernel import Bytes, Floats, floats
from firmware_sim.scene.sensor import Sensor
from models.training.camera_faults import FAULTS
from models.training.camera_judging import Looked, Noise, Spot
from vision.capture import Frame
from vision.evaluate.manifest import read_manifest
from vision.protocol import Bed
from vision.reference import Reference, reference_of

PLAIN = Sensor(target=0.3, gamma=0.7, noise=0.008, blur=0.0, vignette=0.0, quality=90)
DEGREES = (2.0, 3.0, 6.0)
KEPT = 0.8
"""Share of each side that is kept of a picture, so that a turned one has no empty corners."""
SEED = 11
FRAMES_A_FILM = 6
VIEW_DEGREES = 65.0
WIDTH = 640


def real_looks(manifest: Path) -> Iterator[Looked]:
    """Looks at each recording, sound and with each fault."""
    recordings = [
        (number, *_at_width(picture, entry.bed))
        for number, entry in enumerate(read_manifest(manifest).entries)
        for picture in _pictures(entry.path)
    ]
    for number, bed, picture in recordings:
        others = [p for n, b, p in recordings if n != number and b == bed and p.shape == picture.shape]
        yield from _looks_at(number, bed, picture, others[0] if others else picture)


def _at_width(picture: Bytes, bed: Bed) -> tuple[Bed, Bytes]:
    """No wider than a camera's picture usually is."""
    scale = min(1.0, WIDTH / picture.shape[1])
    if scale == 1.0:
        return bed, picture
    smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    corners: Bed = tuple((x * scale, y * scale) for x, y in bed)  # type: ignore[assignment]
    return corners, np.asarray(smaller, np.uint8)


def _pictures(file: Path) -> list[Bytes]:
    still = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if still is not None:
        return [np.asarray(still, np.uint8)]
    film = cv2.VideoCapture(str(file))
    count = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
    found = []
    for frame in np.linspace(0, max(0, count - 2), FRAMES_A_FILM).astype(int):
        film.set(cv2.CAP_PROP_POS_FRAMES, int(frame))
        seen, pixels = film.read()
        if seen:
            found.append(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8))
    return found


def _looks_at(number: int, bed: Bed, picture: Bytes, before: Bytes) -> Iterator[Looked]:
    rng = np.random.default_rng([SEED, number])
    noise = Noise(rng, picture.shape)

    def spot(bed: Bed, before: Bytes) -> Spot:
        reference: Reference = reference_of(Frame(before, 0.0), bed)
        return Spot(number, bed, "infrared", reference, Noise(rng, before.shape), rng)

    light = _undone(picture)
    here = Spot(number, bed, "infrared", reference_of(Frame(before, 0.0), bed), noise, rng)
    yield here.look(light, PLAIN, 1.0)
    for name, fault in FAULTS.items():
        for strength in fault.strengths:
            yield here.look(light, PLAIN, 1.0, name, strength)
    inner, inner_bed = _inner(picture, bed, 0.0, rng)
    there = spot(inner_bed, inner)
    for degrees in DEGREES:
        yield there.look(_undone(_inner(picture, bed, degrees, rng)[0]), PLAIN, 1.0, "turned", degrees)


def _undone(picture: Bytes) -> Floats:
    """The light that the sensor PLAIN develops into this picture."""
    return floats((picture.astype(np.float32) / 255) ** (1 / PLAIN.gamma))


def _inner(picture: Bytes, bed: Bed, degrees: float, rng: np.random.Generator) -> tuple[Bytes, Bed]:
    """The middle of a picture, seen by a camera that was turned about an axis through its lens."""
    height, width = picture.shape
    focal = width / 2 / np.tan(np.radians(VIEW_DEGREES) / 2)
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    axis = rng.standard_normal(3)
    turn, _ = cv2.Rodrigues(axis / np.linalg.norm(axis) * np.radians(degrees))
    turned = cv2.warpPerspective(picture, lens @ turn @ np.linalg.inv(lens), (width, height))
    left, top = round(width * (1 - KEPT) / 2), round(height * (1 - KEPT) / 2)
    inner = np.ascontiguousarray(turned[top : height - top, left : width - left])
    corners: Bed = tuple((x - left, y - top) for x, y in bed)  # type: ignore[assignment]
    return np.asarray(inner, np.uint8), corners
