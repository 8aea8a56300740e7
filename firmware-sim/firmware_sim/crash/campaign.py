"""Cuts the power at every moment of a recorded life, opens what is left, and cuts it again meanwhile."""

import hashlib
import random
import shutil
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import msgspec

from agent.core.state import Incompatible
from agent.store import MARK, StoreRefused
from firmware_sim.crash import life, recording
from firmware_sim.crash.cuts import Cut, Effort, cuts
from firmware_sim.crash.disk import Image
from firmware_sim.crash.expected import Expected, expectations
from firmware_sim.crash.notes import AnyNote, Committing, read_note
from firmware_sim.crash.recording import Append, Call
from firmware_sim.crash.startup import AFTER_THE_CUT, Found, judge, lay_out, start

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made below it
REMEMBERED = 200


class Recording(msgspec.Struct, frozen=True):
    """A recorded life.

    calls: on the state directory alone; notes, noted_after: with how many calls before each;
    before: what the directory held at first; at_first: what a start might find then.
    """

    directory: str
    calls: list[Call]
    notes: list[AnyNote]
    noted_after: list[int]
    before: Image | None = None
    at_first: Expected = msgspec.field(default_factory=Expected)

    def noted(self, after: int) -> int:
        """How many notes had been made when so many calls had been."""
        return bisect_right(self.noted_after, after)

    def commits(self) -> int:
        return sum(isinstance(note, Committing) for note in self.notes)


class Figures(msgspec.Struct, frozen=True):
    """What was tried, what the starts said of it, and what must not be.

    alike: how many of the images were, to the byte, one that had just been opened at the same time of day.
    """

    images: dict[str, int] = {}
    opened: dict[str, int] = {}
    failures: list[str] = []
    alike: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            dict(Counter(self.images) + Counter(other.images)),
            dict(Counter(self.opened) + Counter(other.opened)),
            [*self.failures, *other.failures],
            self.alike + other.alike,
        )


def record_life(name: str, folder: Path) -> Recording:
    """Live a life in an empty folder, under strace. Raises recording.NoStrace."""
    recording.record(["-m", life.__name__, str(folder), name], folder / "trace")
    return _read(folder)


def record_start(image: Image, expected: Expected, utc: float, folder: Path) -> Recording:
    """One start from what a cut has left, under strace, in an empty folder. Raises recording.NoStrace."""
    lay_out(image, folder / "trial")
    found = start(folder / "trial", utc)
    lay_out(image, folder / "state")
    recording.record(["-m", life.__name__, str(folder), "start", "--utc", repr(utc)], folder / "trace")
    at_first = msgspec.structs.replace(
        expected, memories=(found.before,), marks=(MARK in image,), goodbyes=(found.clean,)
    )
    return msgspec.structs.replace(_read(folder), before=image, at_first=at_first)


def open_all(recorded: Recording, effort: Effort) -> Figures:
    """Open every image, those that are alike once, and judge what the start makes of it."""
    images: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    failures: list[str] = []
    held = list(expectations(recorded.notes, recorded.at_first))
    times = list(_times(recorded.notes))
    with tempfile.TemporaryDirectory(prefix="nattro-cut-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        starts = _Starts(Path(folder) / "state")
        for cut in cuts(recorded.directory, recorded.calls, recorded.before, effort):
            noted = recorded.noted(cut.after)
            images[cut.manner] += 1
            kind, wrong = _judged(starts.from_(cut.image, times[noted]), held[noted])
            opened[kind] += 1
            failures += [f"{_when(recorded, cut)}: {text}" for text in wrong]
    return Figures(dict(images), dict(opened), failures, starts.alike)


def open_with(jobs: int, recorded: Recording, effort: Effort) -> Figures:
    """The same, shared among so many processes."""
    shares = [msgspec.structs.replace(effort, part=part, parts=jobs) for part in range(jobs)]
    with get_context("fork").Pool(jobs) as pool:
        return sum(pool.starmap(open_all, [(recorded, share) for share in shares]), Figures())


def cut_again(recorded: Recording, starts: int, effort: Effort) -> Figures:
    """Record so many starts from images chosen by lot, and cut the power in each of them, everywhere."""
    total = Figures()
    for cut in _chosen(recorded, starts, effort):
        noted = recorded.noted(cut.after)
        expected = list(expectations(recorded.notes, recorded.at_first))[noted]
        if cut.image is None or expected.spoiling:
            continue
        utc = list(_times(recorded.notes))[noted] + AFTER_THE_CUT
        with tempfile.TemporaryDirectory(prefix="nattro-again-") as folder:
            again = record_start(cut.image, expected, utc, Path(folder))
            found = open_all(again, msgspec.structs.replace(effort, every=1, torn=1, subsets=1))
        failures = [f"{_when(recorded, cut)}; then {failure}" for failure in found.failures]
        total += msgspec.structs.replace(found, failures=failures)
    return total


def _chosen(recorded: Recording, starts: int, effort: Effort) -> Iterator[Cut]:
    """Half of them anywhere, half where the store is being made anew."""
    chance = random.Random(effort.seed)
    held = list(expectations(recorded.notes, recorded.at_first))
    everywhere = range(len(recorded.calls) + 1)
    anew = [after for after in everywhere if held[recorded.noted(after)].lost]
    places = chance.sample(everywhere, min(starts - starts // 2, len(everywhere)))
    places += chance.sample(anew, min(starts // 2, len(anew)))
    for place in sorted(places):
        there = msgspec.structs.replace(effort, at=place)
        yield chance.choice(list(cuts(recorded.directory, recorded.calls, recorded.before, there)))


class _Starts:
    """Starts from images. A start is made of nothing but an image and the time: the same two, the same start.

    Each holds all that a store remembers, and images that are alike come soon after one another: only the last
    starts are remembered.

    alike: how often the two were those of a start that had been made already.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._utc: float | None = None
        self._made: dict[bytes, Found | Exception] = {}
        self.alike = 0

    def from_(self, image: Image | None, utc: float) -> Found | Exception:
        """What a start finds in this image, or what it raises."""
        if utc != self._utc:
            self._utc, self._made = utc, {}
        key = _digest(image)
        if key in self._made:
            self.alike += 1
        else:
            if len(self._made) >= REMEMBERED:
                del self._made[next(iter(self._made))]
            self._made[key] = self._make(image, utc)
        return self._made[key]

    def _make(self, image: Image | None, utc: float) -> Found | Exception:
        try:
            lay_out(image, self._directory)
            return start(self._directory, utc + AFTER_THE_CUT)
        except Exception as error:  # noqa: BLE001 - whatever a start raises is what is looked for
            return error
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)


def _digest(image: Image | None) -> bytes:
    """The same for two images if and only if they hold the same files, byte by byte."""
    digest = hashlib.sha256(b"gone" if image is None else b"there")
    for name, content in sorted((image or {}).items()):
        digest.update(f"{name} {len(content)} ".encode())
        digest.update(content)
    return digest.digest()


def _judged(found: Found | Exception, expected: Expected) -> tuple[str, list[str]]:
    match found:
        case StoreRefused() | Incompatible():
            return "refused", [f"the start is refused: {found}"]
        case Exception():
            return "crashed", [f"the start crashes: {found!r}"]
    return found.kind, list(judge(found, expected))


def _read(folder: Path) -> Recording:
    """Sort a trace into calls on the state directory and notes."""
    directory, notebook = str(folder / "state"), str(folder / "notes")
    lines = Path(notebook).read_bytes().split()
    made: list[Call] = []
    notes: list[AnyNote] = []
    noted_after: list[int] = []
    for call in recording.calls(folder / "trace", folder):
        if call.path == notebook:
            if isinstance(call, Append):
                notes.append(read_note(lines[len(notes)]))
                noted_after.append(len(made))
        elif not call.path.endswith("/lock"):  # it holds nothing
            made.append(call)
    return Recording(directory, made, notes, noted_after)


def _times(notes: list[AnyNote]) -> Iterator[float]:
    """What time it was, before the first note and after each."""
    utc = next((note.now.utc for note in notes if isinstance(note, Committing)), 0.0)
    yield utc
    for note in notes:
        utc = note.now.utc if isinstance(note, Committing) else utc
        yield utc


def _when(recorded: Recording, cut: Cut) -> str:
    noted = recorded.noted(cut.after)
    last = (
        f"since note {noted}, {type(recorded.notes[noted - 1]).__name__}"
        if noted
        else "before the first note"
    )
    return f"power cut after call {cut.after}, {last} ({cut.manner})"
