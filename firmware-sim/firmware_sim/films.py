"""Which recording shows the bedroom as it is: the films, their side files, and from where each is played."""

from pathlib import Path
from typing import Any

import msgspec

from firmware_sim.world.bedroom import Bedroom
from vision.protocol import Bed

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
INSTALLATION = "reference_empty.png"
"""The empty bed of the shipped recordings' home."""


class FilmError(Exception):
    """A recording or its side file cannot be used; the text says which and why."""


class Take(msgspec.Struct, frozen=True):
    """A film, played from `start_at` seconds on."""

    film: str
    start_at: float = 0.0

    @property
    def name(self) -> str:
        """What the table of observations calls it."""
        return f"{self.film}@{self.start_at:g}" if self.start_at else self.film


ASLEEP = Take("covered_sleeper")
EMPTY = Take("empty_made")
HALF_OUT = Take("on_edge")
ONE_SHADE = Take("one_shade")
COVERED = Take("covered_camera", start_at=3.0)
MOVED = Take("moved_camera")
DARK = Take("dark")
FROZEN = Take("frozen", start_at=6.0)

BY_PERSON = {"in_bed": ASLEEP, "away": EMPTY, "half_out": HALF_OUT}
BY_VIEW = {"covered": COVERED, "moved": MOVED, "dark": DARK}


def showing(bedroom: Bedroom, frozen: bool) -> Take:
    """The take that shows the bedroom as it is now."""
    if bedroom.film:
        return Take(bedroom.film)
    if frozen:
        return FROZEN
    if bedroom.view in BY_VIEW:
        return BY_VIEW[bedroom.view]
    if bedroom.bedding == "one_shade":
        return ONE_SHADE
    return BY_PERSON[bedroom.person]


def all_takes() -> list[Take]:
    """Every take that a scenario can show: those above, and each recording in the folder from its start."""
    cast = [*BY_PERSON.values(), *BY_VIEW.values(), ONE_SHADE, FROZEN]
    by_name = {take.name: take for take in [*(Take(path.stem) for path in RECORDINGS.glob("*.toml")), *cast]}
    return [by_name[name] for name in sorted(by_name)]


class SideFile(msgspec.Struct, frozen=True):
    """What stands beside a recording: the bed's corners, pixels; more is for other readers.

    reference: picture of that home's empty bed, beside the side file; films of the shipped home need not name it.
    """

    bed: Bed
    truth: tuple[dict[str, Any], ...] = ()
    reference: str | None = None


def film_path(film: str) -> Path:
    """The recording itself. Raises FilmError."""
    found = [path for path in sorted(RECORDINGS.glob(f"{film}.*")) if path.suffix not in (".toml", ".json")]
    if not found:
        raise FilmError(
            f"there is no recording {film!r} in {RECORDINGS}; put it there with a side file {film}.toml"
        )
    return found[0]


def empty_bed(film: str) -> Path | None:
    """The picture of the empty bed in the film's home; None if there is none. Raises FilmError."""
    side = side_file(film)
    if side.reference is not None:
        picture = RECORDINGS / side.reference
        if not picture.is_file():
            raise FilmError(
                f"{film}.toml names the reference {side.reference!r}, which is not in {RECORDINGS}"
            )
        return picture
    shipped = RECORDINGS / INSTALLATION
    same_home = shipped.is_file() and side.bed == side_file(EMPTY.film).bed
    return shipped if same_home else None


def side_file(film: str) -> SideFile:
    """The film's side file. Raises FilmError."""
    path = RECORDINGS / f"{film}.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=SideFile)
    except OSError as error:
        raise FilmError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise FilmError(
            f"{path}: {error}; a side file gives at least `bed`, four corners in pixels"
        ) from error
