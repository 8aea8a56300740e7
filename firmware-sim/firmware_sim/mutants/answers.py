"""Bugs that break promise 2: two answers, none, late ones, and answers that the looks do not bear out."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from agent.core import agenda, answers, check, commands, life, pauses, schedule
from agent.core.answers import Conclusion
from agent.core.events import LookReport
from agent.core.facts import LookSummary
from agent.core.schedule import Slot
from agent.core.state import Check
from agent.core.turn import Turn
from firmware_sim.mutants.planting import Planted, after, always, unless

_conclude = answers.conclude
_attend = agenda._attend  # noqa: SLF001 # bugs grow inside
_started = life.started
_reported = check.reported
_begin = check.begin
_answer = check._answer  # noqa: SLF001
_start_on = schedule.start_on
_camera_is_closed = life._the_camera_is_closed  # noqa: SLF001


def _forgets_answers(turn: Turn, *_: Any) -> None:
    turn.state.answered = []
    if turn.state.settled_until is not None:
        turn.state.settled_until -= turn.policy.check.window_seconds


def _passed(turn: Turn, slot: Slot, utc: float) -> bool:
    return utc >= slot.start + turn.policy.check.window_seconds


def _reads(results: dict[str, str]) -> Any:
    """Looks are read otherwise than they were."""

    def conclude(looks: list[LookSummary], nothing_seen: str) -> Conclusion:
        read = [msgspec.structs.replace(look, result=results.get(look.result, look.result)) for look in looks]
        return _conclude(read, nothing_seen)

    return conclude


def _any_report(turn: Turn, look: str, report: LookReport) -> None:
    """Whatever is reported is taken for the look that is on."""
    under_way = turn.state.check
    if under_way is not None and under_way.look is not None and not look.startswith("blind-test"):
        _reported(turn, under_way.look, report)


def _later(turn: Turn, begun: Check, counts: float) -> None:
    """The answer may wait until the window is over."""
    _begin(turn, begun, counts)
    if turn.state.check is begun:
        begun.answer_by += turn.policy.check.answer_margin_seconds + 120
        begun.answer_by_boot += turn.policy.check.answer_margin_seconds + 120


def _holds_back(turn: Turn, decided: Check) -> None:
    """What is decided is said at the window's end plus a little."""
    if turn.reached(decided.answer_by_boot):
        _answer(turn, decided)
    else:
        decided.phase, decided.next_look_boot = "mending", None


def _by_standard_time(day: date, agreed: str, tz: ZoneInfo) -> float:
    """Of an hour that the clock shows twice, the second."""
    wanted = datetime.combine(day, time(int(agreed[:2]), int(agreed[3:])), tz)
    return wanted.replace(fold=1).timestamp()


def _forever(turn: Turn, utc: float) -> bool:
    return any(pause.start <= utc for pause in turn.state.pauses)


def _gives_up_the_check(turn: Turn) -> None:
    """What was under way when the process ended is not gone on with."""
    _camera_is_closed(turn)
    turn.state.check = None
    turn.state.settled_until = turn.now.utc


def _one_look(turn: Turn, under_way: Check) -> None:
    _answer(turn, under_way)


ANSWERS: tuple[Planted, ...] = (
    Planted(
        "schedule changes ignored",
        2,
        "a newly agreed check is said to be agreed, and never done",
        ((commands, "_set_schedule", always(None)),),
    ),
    Planted(
        "answers forgotten at a start",
        2,
        "a check is done and answered again after a restart",
        ((life, "started", after(_started, _forgets_answers)),),
    ),
    Planted(
        "passed windows forgotten",
        2,
        "a check that the power cut away is never answered",
        ((agenda, "_attend", unless(_attend, _passed)),),
    ),
    Planted(
        "check lost in a restart",
        2,
        "a check that a restart interrupts is never answered",
        ((life, "_the_camera_is_closed", _gives_up_the_check),),
    ),
    Planted(
        "answers wait for the window's end",
        2,
        "an answer comes after its window's end",
        (
            (check, "begin", _later),
            (check, "_inside_its_window", always(True)),
            (check, "_look_again_or_answer", _holds_back),
        ),
    ),
    Planted(
        "not_in_bed read as in_bed",
        2,
        "an empty bed is told as in_bed",
        ((check, "conclude", _reads({"not_in_bed": "in_bed"})),),
    ),
    Planted(
        "uncertain read as in_bed",
        2,
        "a look that cannot tell is told as in_bed",
        ((check, "conclude", _reads({"uncertain": "in_bed"})),),
    ),
    Planted(
        "faults read as an empty bed",
        2,
        "a covered camera is told as an empty bed",
        ((check, "conclude", _reads({"camera_fault": "not_in_bed", "failed": "not_in_bed"})),),
    ),
    Planted(
        "any report counts",
        2,
        "the late report of an earlier look answers for this one",
        ((check, "reported", _any_report),),
    ),
    Planted(
        "one look is enough",
        2,
        "absence is concluded from the first look",
        ((check, "_look_again_or_answer", _one_look),),
    ),
    Planted(
        "pauses ignored", 2, "the camera looks at a home that is paused", ((pauses, "covers", always(False)),)
    ),
    Planted("pauses never end", 2, "checks are paused for ever", ((pauses, "covers", _forever),)),
    Planted(
        "second hour in autumn",
        2,
        "a check is done an hour late in the autumn night",
        ((schedule, "start_on", _by_standard_time),),
    ),
)
