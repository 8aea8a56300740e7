"""The list of recordings to be judged: `file,label,bed,group[,reference]`, further columns are left alone.

file, reference: relative to the list; label: `occupied` or `empty`, anything else is skipped and counted; bed: as
`nattro look` takes it; group: a name to sum up by (a camera, a home, a kind of light).
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from vision.corners import NotCorners, read_corners
from vision.protocol import Bed

NEEDED = ("file", "label", "bed", "group")
LABELS = ("occupied", "empty")
ERRORS_SHOWN = 10


class ManifestError(Exception):
    """The list cannot be used; the text names every line that is wrong, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording. name: as the list has it; occupied: the truth; reference: picture of the same bed, empty."""

    name: str
    path: Path
    occupied: bool
    bed: Bed
    group: str
    reference: Path | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """skipped: how many lines had which other label."""

    entries: tuple[Entry, ...]
    skipped: Counter[str]


def read_manifest(path: Path) -> Manifest:
    """Read and check the whole list. Raises ManifestError."""
    entries: list[Entry] = []
    skipped: Counter[str] = Counter()
    errors: list[str] = []
    for line, row in _rows(path):
        if row["label"] not in LABELS:
            skipped[row["label"] or "(none)"] += 1
            continue
        try:
            entries.append(_entry(row, path.parent))
        except (NotCorners, OSError) as error:
            errors.append(f"{path}:{line}: {error}")
    if errors:
        raise ManifestError("\n".join(_first(errors)))
    if not entries:
        raise ManifestError(f"{path}: no line has the label occupied or empty; there is nothing to judge")
    return Manifest(tuple(entries), skipped)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The lines with their numbers; every needed column is a stripped text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
            columns = reader.fieldnames or ()
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{path}: is not a CSV file in UTF-8: {error}") from error
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ManifestError(
            f"{path}:1: the first line must name the columns {','.join(NEEDED)} and may name reference; "
            f"{', '.join(missing)} is missing"
        )
    return [
        (line, {key: (row.get(key) or "").strip() for key in (*NEEDED, "reference")}) for line, row in rows
    ]


def _entry(row: dict[str, str], folder: Path) -> Entry:
    return Entry(
        name=row["file"],
        path=_existing(folder, row["file"], "file"),
        occupied=row["label"] == "occupied",
        bed=read_corners(row["bed"]),
        group=row["group"] or "(no group)",
        reference=_existing(folder, row["reference"], "reference") if row["reference"] else None,
    )


def _existing(folder: Path, name: str, column: str) -> Path:
    path = folder / name
    if not name or not path.is_file():
        raise FileNotFoundError(f"{column}: there is no file {name!r} beside the list")
    return path


def _first(errors: list[str]) -> list[str]:
    more = len(errors) - ERRORS_SHOWN
    return errors if more <= 0 else [*errors[:ERRORS_SHOWN], f"… and {more} more lines"]
