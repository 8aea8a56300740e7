"""Films of checks as the worker's own code sees them, kept without what depends on the net.

A home's file holds, for each film, the evidence second by second (movement, faults, likeness to the reference), and
the grey views that the net is asked about; and the views of what the installer records. A new net then judges all
films anew within minutes. Beside it lie the films themselves (models.training.check_reels), so that a changed
worker sees them anew without rendering.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.film import FRAMES_PER_SECOND
from models.training.check_films import SIZE, CheckedHome, Told
from models.training.check_reels import Bytes, keep_reel, pictures, reel, seconds_of
from vision.capture import Frame
from vision.observer import Observer
from vision.protocol import Bed
from vision.reference import Reference, reference_of
from vision.region import VIEW_HEIGHT, VIEW_WIDTH, BedRegion, View
from vision.verdict import Evidence

LOOK, EXTENSION = 20, 30
"""Seconds: of a look, and of what it asks for when unsure; the defaults of the policy."""

TOLD_EVERY = 50  # frames
OCCUPIED = (True, False)
"""Of a home's two films."""
UNSEEN = np.zeros((0, 1, VIEW_HEIGHT, VIEW_WIDTH), np.uint8)


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
    """A home's checks. bed: its corners in the picture, as a look gets them; empty_bed: as first recorded; corners
    (views, 4, 2): of the bed in the views; stills: views of the installer's frames.
    """

    number: int
    bed: NDArray[np.float32]
    empty_bed: Bytes
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


def filmed(number: int, folder: Path, seconds: int = LOOK) -> None:
    """Renders so many seconds of a home's two checks, one that finds somebody in bed and one that does not, and
    keeps them unseen, with what the installer records. Raises NoRoom.
    """
    at = CheckedHome(number)
    stills = at.stills()
    views = {kind: [at.region.views(still) for still in recorded] for kind, recorded in stills.items()}
    home = Home(
        number,
        np.asarray(at.region.corners, np.float32),
        stills["empty"][0],
        np.stack([view.corners for view in views["empty"][0]]),
        [Seen(_film(at, occupied, folder, seconds), [], UNSEEN) for occupied in OCCUPIED],
        {kind: np.stack([[view.picture for view in one] for one in seen]) for kind, seen in views.items()},
    )
    keep(home, folder)


def seen(home: Home, folder: Path) -> Home:
    """A home whose films were filmed, seen by the worker as it is now. Raises FileNotFoundError."""
    return replace(home, films=[_seen(home, film, folder) for film in home.films])


def extended(home: Home, film: int, folder: Path) -> Home:
    """The same with one film, 0 or 1, seen to the end of its extension, and so kept."""
    films = list(home.films)
    if seconds_of(reel_of(home.number, OCCUPIED[film], folder)) < LOOK + EXTENSION:
        _film(CheckedHome(home.number), OCCUPIED[film], folder, LOOK + EXTENSION)
    films[film] = _seen(home, films[film], folder)
    home = replace(home, films=films)
    keep(home, folder)
    return home


def reel_of(number: int, occupied: bool, folder: Path) -> Path:
    """Where a home's film lies."""
    return folder / f"film-{number}-{'occupied' if occupied else 'empty'}.npz"


def _film(at: CheckedHome, occupied: bool, folder: Path, seconds: int) -> Told:
    film, told = at.film(occupied, LOOK + EXTENSION + 1)
    frames = list(islice(film.sent(), seconds * FRAMES_PER_SECOND + 1))
    keep_reel(reel_of(at.number, occupied, folder), frames)
    return told


def _seen(home: Home, film: Seen, folder: Path) -> Seen:
    region, path = BedRegion(home.bed, *SIZE), reel_of(home.number, film.told.occupied, folder)
    reference = reference_of(Frame(home.empty_bed, 0.0), bed_of(region))
    return watched(pictures(reel(path)), film.told, region, reference, seconds_of(path))


def watched(film: Iterable[Bytes], told: Told, region: BedRegion, reference: Reference, seconds: int) -> Seen:
    """As vision.session watches: the observer sees every frame, and once a second it is asked what it knows."""
    asked: list[NDArray[np.uint8]] = []

    def ask(picture: NDArray[np.uint8]) -> float:
        asked.append(np.stack([view.picture for view in region.views(picture)]))
        return 0.5

    observer = Observer(bed_of(region), SIZE, ask, reference)
    moments = []
    for number, picture in enumerate(islice(film, seconds * FRAMES_PER_SECOND + 1)):
        observer.see(Frame(picture, number / FRAMES_PER_SECOND))
        if number and number % FRAMES_PER_SECOND == 0:
            moments.append(Moment(observer.seconds, observer.evidence(), {}))
            if number % TOLD_EVERY == 0:
                moments[-1].cues = observer.cues()
    return Seen(told, moments, np.stack(asked) if asked else UNSEEN)


def keep(home: Home, folder: Path) -> None:
    """Writes a home's file, whole or not at all."""
    told = msgspec.json.encode([(film.told, film.moments) for film in home.films])
    arrays: dict[str, Any] = {f"views{i}": film.views for i, film in enumerate(home.films)} | home.stills
    arrays |= {"corners": home.corners, "number": home.number, "bed": home.bed, "empty_bed": home.empty_bed}
    path = folder / f"home-{home.number}.npz"
    whole = path.with_suffix(".part")
    with whole.open("wb") as file:
        np.savez(file, told=np.frombuffer(told, np.uint8), **arrays)
    whole.rename(path)


def kept(path: Path) -> Home:
    """Reads a home's file."""
    with np.load(path) as arrays:
        told = msgspec.json.decode(arrays["told"].tobytes(), type=list[tuple[Told, list[Moment]]])
        films = [Seen(told, moments, arrays[f"views{i}"]) for i, (told, moments) in enumerate(told)]
        stills = {kind: arrays[kind] for kind in ("empty", "occupied")}
        return Home(
            int(arrays["number"]), arrays["bed"], arrays["empty_bed"], arrays["corners"], films, stills
        )
