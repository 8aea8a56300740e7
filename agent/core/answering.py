"""Giving a check its one answer, and the alarm that belongs to it."""

from agent.core import alarms, confirmations, schedule
from agent.core.answers import needs_alarm, text_of
from agent.core.facts import Answer, AnswerStatus
from agent.core.moment import at
from agent.core.state import Check, CheckKind
from agent.core.turn import Turn

ANSWERS_REMEMBERED = 256


def settle(turn: Turn, check: Check, status: AnswerStatus, reason: str, p: float | None = None) -> None:
    """Give the check its one answer, and the alarm that belongs to it."""
    answer = Answer(
        check=check.id,
        kind=check.kind,
        status=status,
        reason=reason,
        window_start=at(check.start),
        window_end=at(check.end),
        answered_at=turn.now.calendar,
        looks=tuple(check.looks),
        p_occupied=p,
        late=(turn.best_utc() or 0.0) >= check.end,
        text=text_of(status, reason),
    )
    turn.say(answer)
    remember(turn, check.kind, check.id, check.start)
    confirmations.answered(turn, check.id, status)
    if check.kind == "test":
        return
    if status == "in_bed":
        turn.state.in_bed_at, turn.state.in_bed_boot = turn.now.utc, turn.now.boot
        alarms.clear_all(turn, "in_bed")
    elif needs_alarm(status, reason):
        alarms.raise_for(turn, answer)


def remember(turn: Turn, kind: CheckKind, check: str, start: float) -> None:
    """It has its answer, and gets no second one."""
    state = turn.state
    state.answered = [*state.answered, check][-ANSWERS_REMEMBERED:]
    if kind == "agreed":
        state.settled_until = max(start, state.settled_until or start)
        schedule.publish(turn)


def why_late(turn: Turn, check: Check) -> str:
    """Why a check had too little of its window: the device was away, or the time just did not suffice."""
    absence = turn.state.absence
    if absence is not None and absence.overlaps(check.start, check.end):
        return "power" if absence.power else "stopped"
    return "no_time"
