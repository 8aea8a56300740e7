"""The conversation with the installer, step by step. Ends early by Interrupted; what is done stays done."""

from collections.abc import Callable
from math import dist
from pathlib import Path
from typing import Protocol

import msgspec

from agent.commission.outline import drawing
from agent.commission.settings import changed, difference, replace_file
from agent.commission.words import Speech
from agent.config import Config
from vision.commission.protocol import (
    FIRST,
    STEPS,
    AnyAnswer,
    AnyRequest,
    Failed,
    FindCards,
    Finish,
    Kept,
    NoOutline,
    Outline,
    Record,
    Recorded,
    Tell,
)
from vision.protocol import Bed

CARDS_SECONDS, STEP_SECONDS = 6.0, 14.0
FLAT = 25.0


class Interrupted(Exception):
    """The installer wants to stop here."""


class Asked(Protocol):
    """Who carries out requests (agent.commission.room.Room)."""

    def ask(self, request: AnyRequest) -> AnyAnswer:
        """Raises agent.commission.room.Forbidden."""

    def request_until(self, seconds: float) -> float:
        """A deadline for what takes so many seconds."""


class _Learnt(msgspec.Struct):
    shift: float
    scale: float
    net: str


class Described(msgspec.Struct):
    """What this side reads of `reference.json`."""

    bed: Bed
    lights: dict[str, str]
    learnt: _Learnt | None = None


class Dialogue:
    """One commissioning.

    tell: a line for the installer; hear: a question's answer, "" at the end of input; file: the configuration.
    """

    def __init__(
        self,
        room: Asked,
        config: Config,
        folder: Path,
        speech: Speech,
        tell: Callable[[str], None],
        hear: Callable[[str], str | None],
    ) -> None:
        self._room, self._config, self._folder = room, config, folder
        self._speech, self._tell, self._hear = speech, tell, hear

    def commission(self, file: Path, corners: Bed | None, *, anew: bool) -> Kept:
        """All steps that are not done yet, then reference and configuration. Raises Interrupted, Forbidden."""
        done = {} if anew else {each.step: each for each in self.kept().draft}
        self._say("welcome", device=self._config.device.id)
        self._say("announced")
        self._say("alone")
        bed = self._drafted_bed() if done and corners is None else None
        if bed is None:
            done = {}
            bed = corners or self._bed_by_cards()
            self._planned(file, bed)  # refused before anything is recorded, if it will be
        else:
            self._say("resumed", count=len(done), all=len(STEPS))
        for step in STEPS:
            if step not in done:
                self._record(Record(step=step, bed=bed, **self._usual(STEP_SECONDS)))  # type: ignore[arg-type]
        kept = self._finished(Finish(folder=str(self._folder), deadline=self._room.request_until(0)))
        self._put_into(file, bed)
        return kept

    def add_light(self) -> Kept:
        """The reference in another light. Raises Interrupted, Forbidden."""
        self._say("announced")
        self._say("other_light")
        bed = self._described(self.kept()).bed
        self._record(
            Record(step=FIRST, bed=bed, other_light=True, **self._usual(STEP_SECONDS))  # type: ignore[arg-type]
        )
        return self._finished(
            Finish(folder=str(self._folder), deadline=self._room.request_until(0), other_light=True)
        )

    def kept(self) -> Kept:
        """What is stored. Raises Interrupted if that cannot be told."""
        answer = self._room.ask(Tell(folder=str(self._folder), deadline=self._room.request_until(0)))
        if isinstance(answer, Kept):
            return answer
        raise Interrupted(answer.detail if isinstance(answer, Failed) else str(answer))

    def show(self, kept: Kept) -> None:
        """Exactly what is stored: the numbers as they lie in the file, and the size of each file."""
        if kept.problem:
            self._say("nothing_kept", why=kept.problem)
        else:
            self._tell(kept.description.rstrip())
        for name, size in kept.files.items():
            self._tell(f"{size:>9} B  {self._folder / name}")
        if kept.draft:
            self._say("begun", steps=", ".join(each.step for each in kept.draft))
        learnt = None if kept.problem else self._described(kept).learnt
        if learnt is None:
            return
        if learnt.net != kept.net:
            self._say("other_net")
        elif kept.corrects:
            self._say("corrects", shift=f"{learnt.shift:+.2f}", scale=f"{learnt.scale:.2f}")
        else:
            self._say("no_correction")

    def _bed_by_cards(self) -> Bed:
        while True:
            self._say("lay_cards")
            self._wait()
            self._say("looking", seconds=round(CARDS_SECONDS))
            answer = self._room.ask(FindCards(**self._usual(CARDS_SECONDS)))  # type: ignore[arg-type]
            if isinstance(answer, Outline):
                self._show_outline(answer)
                if self._agreed("right"):
                    self._say("take_cards")
                    return answer.bed
            elif isinstance(answer, NoOutline):
                for reason in answer.reasons:
                    self._say("repeat", why=self._speech.why(reason))
            elif isinstance(answer, Failed):
                self._say("repeat", why=answer.detail)

    def _show_outline(self, found: Outline) -> None:
        a, b, c, d = found.bed
        for line in drawing(found.bed, found.width, found.height):
            self._tell(line)
        self._say(
            "outline",
            head=round(dist(a, b)),
            foot=round(dist(c, d)),
            along=round((dist(a, d) + dist(b, c)) / 2),
            width=found.width,
            height=found.height,
            tilt=round(found.tilt),
        )
        if found.tilt < FLAT:
            self._say("flat")

    def _record(self, request: Record) -> None:
        """Until the step is good."""
        while True:
            self._tell("")
            self._tell(self._speech("step", request.step))
            self._wait()
            self._say("looking", seconds=round(STEP_SECONDS))
            fresh = msgspec.structs.replace(request, deadline=self._room.request_until(STEP_SECONDS))
            answer = self._room.ask(fresh)
            if isinstance(answer, Recorded) and answer.complaint is None:
                for doubt in answer.doubts:
                    self._say("doubt", why=self._speech.why(doubt))
                self._say("recorded", what=self._speech("step", request.step).partition(".")[0].lower())
                return
            why = answer.detail if isinstance(answer, Failed) else getattr(answer, "complaint", None) or "?"
            self._say("repeat", why=self._speech.why(why))

    def _finished(self, request: Finish) -> Kept:
        answer = self._room.ask(request)
        if not isinstance(answer, Kept):
            raise Interrupted(answer.detail if isinstance(answer, Failed) else str(answer))
        self._say("finished")
        self.show(answer)
        return answer

    def _put_into(self, file: Path, bed: Bed) -> None:
        """The corners and the reference's folder, shown as a difference, written if the installer agrees."""
        old, new = self._planned(file, bed)
        if new == old:
            self._say("as_it_is", file=file)
            return
        self._say("change", file=file)
        self._tell(difference(old, new, file))
        if self._agreed("write"):
            replace_file(file, new)
            self._say("written")
        else:
            self._say("paste", file=file)

    def _planned(self, file: Path, bed: Bed) -> tuple[str, str]:
        """The configuration as it is, and as it will be. Raises Unchangeable."""
        old = file.read_text(encoding="utf-8")
        return old, changed(old, bed, None if self._config.camera.reference else self._folder)

    def _drafted_bed(self) -> Bed | None:
        """The corners that the steps so far were recorded with."""
        answer = self._room.ask(
            Tell(folder=str(self._folder / "draft"), deadline=self._room.request_until(0))
        )
        if not isinstance(answer, Kept) or answer.problem:
            return None
        return self._described(answer).bed

    @staticmethod
    def _described(kept: Kept) -> Described:
        if kept.problem:
            raise Interrupted(kept.problem)
        return msgspec.json.decode(kept.description, type=Described)

    def _usual(self, seconds: float) -> dict[str, object]:
        camera = self._config.camera
        return {
            "folder": str(self._folder),
            "deadline": self._room.request_until(seconds),
            "source": camera.source,
            "controls": dict(camera.controls),
            "seconds": seconds,
        }

    def _say(self, name: str, **values: object) -> None:
        self._tell(self._speech("say", name, **values))

    def _wait(self) -> None:
        answer = self._hear(self._speech("ask", "enter"))
        if answer is None or answer.strip().lower() in {"a", "q"}:
            raise Interrupted(self._speech("say", "interrupted"))

    def _agreed(self, question: str) -> bool:
        answer = self._hear(self._speech("ask", question))
        if answer is None:
            raise Interrupted(self._speech("say", "interrupted"))
        return answer.strip().lower() in {"j", "ja", "y", "yes"}
