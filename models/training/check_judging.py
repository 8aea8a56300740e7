"""What a check's look answers, from what was kept of its film: the worker's own judgement, without the pixels."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from models.training.check_cache import EXTENSION, LOOK, Home, Moment
from vision.correction import NOTHING, Correction, fitted
from vision.occupancy import OccupancyNet
from vision.verdict import Evidence, Judgement, judge

Judge = Callable[[Evidence], Judgement]
ASKED_FOR = 3  # states of each kind, by the guide of the installation
OF_THE_REFERENCE = {"moved", "view_unknown"}


class Unseen(Exception):
    """The look asks for its extension, and so much of the film was not seen yet."""


@dataclass(frozen=True)
class Answer:
    """What a look came to, and after how many seconds."""

    judgement: Judgement
    seconds: int


@dataclass
class Chances:
    """What the net says in one home, as far as it was asked. films: frame by frame; stills: by kind."""

    films: list[list[float]] = field(default_factory=lambda: [[], []])
    stills: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, net: OccupancyNet, home: Home, seconds: int = LOOK + EXTENSION) -> None:
        """Asks the net for what is not known yet of so many seconds, and of the installer's pictures."""
        for known, film in zip(self.films, home.films, strict=True):
            wanted = len(film.moments[min(seconds, len(film.moments)) - 1].evidence.chances)
            for views in film.views[len(known) : wanted]:
                known.append(net.calibrated(net.logit(home.views(views))))
        for kind, pictures in home.stills.items():
            if kind not in self.stills:
                self.stills[kind] = [net.calibrated(net.logit(home.views(views))) for views in pictures]

    def correction(self) -> Correction:
        """What `nattro commission` would have learnt from the installer's pictures."""
        empty, occupied = (
            [log_odds(chance) for chance in self.stills[kind][:ASKED_FOR]] for kind in ("empty", "occupied")
        )
        return fitted(empty, occupied)


def log_odds(chance: float) -> float:
    within = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(within / (1 - within))


def answer(moments: Sequence[Evidence], judged: Judge = judge) -> Answer:
    """As vision.session and the agent do: judged once a second, ended when sure, extended once when it is not.

    Raises Unseen.
    """
    wanted, extended = LOOK, False
    for seconds, evidence in enumerate(moments, start=1):
        judgement = judged(evidence)
        if not judgement.sure and seconds < wanted:
            continue
        if extended or judgement.verdict not in ("uncertain", "camera_fault"):
            return Answer(judgement, seconds)
        wanted, extended = seconds + EXTENSION, True
    raise Unseen


def told_by(
    net: Sequence[float], moments: Sequence[Moment], correction: Correction = NOTHING
) -> list[Evidence]:
    """The evidence second by second, with the net's chances as they are believed in this home."""
    believed = [correction.chance(chance) for chance in net]
    return [
        replace(moment.evidence, chances=tuple(believed[: len(moment.evidence.chances)]))
        for moment in moments
    ]


def without_reference(evidence: Evidence) -> Evidence:
    """As if the installation had stored none."""
    return replace(
        evidence,
        likeness=None,
        faults=tuple(fault for fault in evidence.faults if fault not in OF_THE_REFERENCE),
        doubts=tuple(doubt for doubt in evidence.doubts if doubt not in OF_THE_REFERENCE),
    )


def without_movement(evidence: Evidence) -> Evidence:
    """As if it were so many single pictures: what the net alone is worth."""
    return replace(evidence, still=True, movement=None, restless=False, settled=math.inf)
