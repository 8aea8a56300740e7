"""Films of checks as the worker's own code sees them, kept without what depends on the net.

A home's file holds, for each film, the evidence second by second (movement, faults, likeness to the reference), and
the grey views that the net is asked about; and the views of what the installer records. A new net then judges all
films anew within minutes.
"""

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.film import FRAMES_PER_SECOND
from models.training.check_films import SIZE, CheckedHome, Film, Told
from vision.capture import Frame
from vision.observer import Observer
from vision.protocol import Bed
from vision.reference import Reference, reference_of
from vision.region import VIEW_HEIGHT, VIEW_WIDTH, BedRegion, View
from vision.verdict import Evidence

LOOK, EXTENSION = 20, 30
"""Seconds: of a look, and of what it asks for when unsure; the defaults of the policy."""

TOLD_EVERY = 100  # frames


@dataclass
class Moment:
    """What was known after so many seconds of a look. evidence: with chances of no meaning; cues: now and then."""

    seconds: float
    evidence: Evidence
    cues: dict[str, float]


@dataclass
class Seen:
    """One film as seen. views: grey (frames, views, 128, 96), in the order in which the net is asked."""

    told: Told
    moments: list[Moment]
    views: NDArray[np.uint8]


@dataclass
class Home:
    """A home's checks. corners (views, 4, 2): of the bed in the views; stills: views of the installer's frames."""

    number: int
    corners: NDArray[np.float32]
    films: list[Seen]
    stills: dict[str, NDArray[np.uint8]]

    def views(self, pictures: NDArray[np.uint8]) -> list[View]:
        """The net's views of one frame."""
        return [View(picture, corners) for picture, corners in zip(pictures, self.corners, strict=True)]


def bed_of(region: BedRegion) -> Bed:
    """The corners as a look gets them."""
    a, b, c, d = ((float(x), float(y)) for x, y in region.corners)
    return a, b, c, d


def observe(number: int) -> Home:
    """Renders a home's two checks, one that finds somebody in bed and one that does not, and sees what a look sees
    without an extension. Raises NoRoom.
    """
    at = CheckedHome(number)
    stills = at.stills()
    views = {kind: [at.region.views(still) for still in pictures] for kind, pictures in stills.items()}
    return Home(
        number,
        np.stack([view.corners for view in views["empty"][0]]),
        [_film(at, stills["empty"][0], occupied, LOOK) for occupied in (True, False)],
        {kind: np.stack([[view.picture for view in one] for one in seen]) for kind, seen in views.items()},
    )


def extended(home: Home, film: int) -> Home:
    """The same with one film, 0 or 1, seen to the end of its extension."""
    at = CheckedHome(home.number)
    films = list(home.films)
    films[film] = _film(at, at.stills()["empty"][0], films[film].told.occupied, LOOK + EXTENSION)
    return replace(home, films=films)


def _film(at: CheckedHome, empty_bed: NDArray[np.uint8], occupied: bool, seconds: int) -> Seen:
    film, told = at.film(occupied, LOOK + EXTENSION + 1)
    bed = bed_of(at.region)
    return watched(film, told, at.region, reference_of(Frame(empty_bed, 0.0), bed), seconds)


def watched(film: Film, told: Told, region: BedRegion, reference: Reference, seconds: int) -> Seen:
    """As vision.session watches: the observer sees every frame, and once a second it is asked what it knows."""
    asked: list[NDArray[np.uint8]] = []

    def ask(picture: NDArray[np.uint8]) -> float:
        asked.append(np.stack([view.picture for view in region.views(picture)]))
        return 0.5

    observer = Observer(bed_of(region), SIZE, ask, reference)
    moments = []
    for number, picture in enumerate(islice(film.frames(), seconds * FRAMES_PER_SECOND + 1)):
        observer.see(Frame(picture, number / FRAMES_PER_SECOND))
        if number and number % FRAMES_PER_SECOND == 0:
            moments.append(Moment(observer.seconds, observer.evidence(), {}))
            if number % TOLD_EVERY == 0:
                moments[-1].cues = observer.cues()
    views = np.stack(asked) if asked else np.zeros((0, 1, VIEW_HEIGHT, VIEW_WIDTH), np.uint8)
    return Seen(told, moments, views)


def keep(home: Home, path: Path) -> None:
    """Writes a home's file, whole or not at all."""
    told = msgspec.json.encode([(film.told, film.moments) for film in home.films])
    arrays: dict[str, Any] = {f"views{i}": film.views for i, film in enumerate(home.films)} | home.stills
    whole = path.with_suffix(".part")
    with whole.open("wb") as file:
        np.savez(file, told=np.frombuffer(told, np.uint8), corners=home.corners, number=home.number, **arrays)
    whole.rename(path)


def kept(path: Path) -> Home:
    """Reads a home's file."""
    with np.load(path) as arrays:
        told = msgspec.json.decode(arrays["told"].tobytes(), type=list[tuple[Told, list[Moment]]])
        films = [Seen(told, moments, arrays[f"views{i}"]) for i, (told, moments) in enumerate(told)]
        stills = {kind: arrays[kind] for kind in ("empty", "occupied")}
        return Home(int(arrays["number"]), arrays["corners"], films, stills)
