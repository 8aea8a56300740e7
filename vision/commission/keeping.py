"""The part that keeps: what was recorded so far, and at the end the reference, put in force by one rename."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec

from vision.commission.protocol import EMPTY, OCCUPIED, STEPS, Kept, Recorded
from vision.correction import fitted
from vision.reference import (
    DESCRIPTION,
    Learnt,
    Reference,
    ReferenceRefused,
    load_reference,
    put,
    write_reference,
)

DRAFT, STEPS_DONE = "draft", "steps.json"


class Unfinished(Exception):
    """What was recorded cannot be put in force; the text says why and how to go on."""


class Draft:
    """A commissioning under way, beside the reference in force."""

    def __init__(self, folder: Path) -> None:
        self.reference = folder
        self.folder = folder / DRAFT

    def steps(self) -> dict[str, Recorded]:
        """The good steps so far; none if nothing was begun, or what was begun cannot be read."""
        try:
            done = msgspec.json.decode((self.folder / STEPS_DONE).read_bytes(), type=dict[str, Recorded])
        except (OSError, msgspec.DecodeError):
            return {}
        return {step: done[step] for step in STEPS if step in done}

    def begin(self, recorded: Recorded, seen: Reference) -> None:
        """The first step is good: everything earlier is forgotten. Raises OSError."""
        shutil.rmtree(self.folder, ignore_errors=True)
        write_reference(seen, self.folder)
        self._write({recorded.step: recorded})

    def add(self, recorded: Recorded) -> None:
        """Another step is good; only numbers are kept of it. Raises OSError, Unfinished."""
        done = self.steps()
        if not done:
            raise Unfinished("nothing was begun; begin with the bed made and empty")
        self._write({**done, recorded.step: recorded})

    def finish(self) -> None:
        """The reference of this home, and what was learnt about the net. Raises OSError, Unfinished."""
        done = self.steps()
        missing = [step for step in STEPS if step not in done]
        if missing:
            raise Unfinished(f"still to be recorded: {', '.join(missing)}")
        nets = {recorded.net for recorded in done.values()}
        if len(nets) > 1:
            raise Unfinished("the net was exchanged in between; begin anew")
        write_reference(replace(self._seen(), learnt=_learnt(nets.pop(), done)), self.reference)
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_light(self) -> None:
        """The first step, recorded in another light, beside the one in force. Raises OSError, Unfinished."""
        try:
            both = load_reference(self.reference).with_other(self._seen())
        except (ReferenceRefused, ValueError) as error:
            raise Unfinished(f"{error}; commission the whole device first") from error
        write_reference(both, self.reference)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _seen(self) -> Reference:
        try:
            return load_reference(self.folder)
        except ReferenceRefused as error:
            raise Unfinished(f"{error}; begin anew") from error

    def _write(self, steps: dict[str, Recorded]) -> None:
        put(self.folder, STEPS_DONE, msgspec.json.format(msgspec.json.encode(steps)) + b"\n")


def _learnt(net: str, done: dict[str, Recorded]) -> Learnt:
    empty = tuple(done[step].log_odds or 0.0 for step in EMPTY)
    occupied = tuple(done[step].log_odds or 0.0 for step in OCCUPIED)
    correction = fitted(empty, occupied)
    scores = [score for step in EMPTY if (score := done[step].movement) is not None]
    return Learnt(
        net=net,
        shift=correction.shift,
        scale=correction.scale,
        quiet=max(scores, default=None),
        empty=empty,
        occupied=occupied,
    )


def kept(folder: Path, net: str) -> Kept:
    """What is in force, and how far a commissioning has come."""
    draft = tuple(Draft(folder).steps().values())
    try:
        reference = load_reference(folder)
        described = (folder / DESCRIPTION).read_text(encoding="utf-8")
    except (ReferenceRefused, OSError) as error:
        return Kept(problem=str(error), files=_sizes(folder), net=net, draft=draft)
    return Kept(
        description=described,
        files=_sizes(folder),
        corrects=reference.correction_for(net).corrects,
        net=net,
        draft=draft,
    )


def _sizes(folder: Path) -> dict[str, int]:
    if not folder.is_dir():
        return {}
    return {
        str(file.relative_to(folder)): file.stat().st_size
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
