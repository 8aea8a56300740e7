"""Bugs in what becomes of staff's confirmations: they make it quicker, are lost, or cannot be taken back."""

from typing import Any

from agent.core import confirmations, life
from agent.core.turn import Turn
from firmware_sim.mutants.planting import Planted, after, nothing

_doubts = confirmations.doubts
_started = life.started


def _quicker(turn: Turn) -> tuple[float, float]:
    """A needless `not_in_bed` makes `in_bed` come easier."""
    in_bed, not_in_bed = _doubts(turn)
    return in_bed - not_in_bed, 0.0


def _forgets(turn: Turn, *_: Any) -> None:
    turn.state.confirmed = {}


CONFIRMATIONS: tuple[Planted, ...] = (
    Planted(
        "confirmed absence errors make in_bed quicker",
        2,
        "an empty bed is told as in_bed sooner, since staff complained of needless visits",
        ((confirmations, "doubts", _quicker),),
    ),
    Planted(
        "confirmations lost at a start",
        2,
        "a home in which in_bed was wrong is trusted again after a restart",
        ((life, "started", after(_started, _forgets)),),
    ),
    Planted(
        "confirmations cannot be forgotten",
        2,
        "an operator begins anew, and the device goes on doubting",
        ((confirmations, "forget", nothing),),
    ),
)
