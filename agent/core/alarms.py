"""Alarms: raised with an answer, sent again until somebody acknowledges, cleared by a later `in_bed`.

One alarm of a kind at a time: it is retained on one topic, so a new answer of the same kind clears the old
alarm and raises a new one. A repetition takes the place of one that still waits in the outbox, so nothing
piles up there.
"""

from typing import Literal

from agent.core.answers import TEXTS
from agent.core.facts import Alarm, AlarmKind, Answer
from agent.core.moment import at
from agent.core.policy import MINUTE
from agent.core.state import OpenAlarm
from agent.core.turn import Turn

AlarmState = Literal["raised", "acknowledged", "cleared"]

CHECKS_REMEMBERED = 16


def raise_for(turn: Turn, answer: Answer) -> None:
    """Raise the alarm that belongs to this answer; `in_bed` and `paused` have none."""
    if answer.status == "in_bed" or answer.status == "paused":  # noqa: PLR1714 - mypy narrows only this form
        return
    kind: AlarmKind = answer.status
    id_ = f"{answer.check}/{kind}"
    known = turn.state.alarms.get(kind)
    if known is not None and known.id == id_:  # adopted: a life that could not store it has raised it
        known.reason = answer.reason
        _send(turn, known)
        return
    if known is not None:
        _clear(turn, kind, "superseded")
    alarm = OpenAlarm(
        id=id_,
        kind=kind,
        check=answer.check,
        reason=answer.reason,
        raised_at=turn.now.utc,
    )
    turn.state.alarms[kind] = alarm
    _send(turn, alarm)


def adopt(turn: Turn, told: Alarm) -> None:
    """The broker tells an alarm that nobody here remembers: go on with it until somebody or `in_bed` ends it."""
    if told.state == "cleared" or told.kind in turn.state.alarms or _over(told.alarm) in turn.state.latest:
        return
    turn.state.answered_before = [*turn.state.answered_before, told.check][-CHECKS_REMEMBERED:]
    repeat_after = turn.policy.check.alarm_repeat_minutes * MINUTE
    turn.state.alarms[told.kind] = OpenAlarm(
        id=told.alarm,
        kind=told.kind,
        check=told.check,
        reason=told.reason,
        raised_at=told.raised_at.timestamp(),
        repeat=told.repeat,
        next_repeat_boot=None if told.acknowledged_by else turn.after(repeat_after),
        acknowledged_by=told.acknowledged_by,
    )
    if _seen_in_bed_since(turn, told):
        _clear(turn, told.kind, "in_bed")


def _seen_in_bed_since(turn: Turn, told: Alarm) -> bool:
    """An earlier process raised it, whatever its clock showed: what this one has seen itself is newer.

    What that one has seen is newer by its clock, and not in an earlier check: the clock may have been set back.
    """
    state = turn.state
    if state.in_bed_at is None:
        return False
    seen, started = state.in_bed_boot, state.started_boot
    in_this_life = seen is not None and started is not None and seen >= started
    return in_this_life or (
        state.in_bed_at > told.raised_at.timestamp() and _last_check_in_bed(turn) >= told.check
    )


def _last_check_in_bed(turn: Turn) -> str:
    """Ids of checks are in the order of their windows."""
    agreed = [
        check for check, status in turn.state.told.items() if status == "in_bed" and check[:1].isdigit()
    ]
    return agreed[-1] if agreed else ""


def clear_all(turn: Turn, reason: str) -> None:
    """The person is in bed: nothing to act on any more."""
    for kind in list(turn.state.alarms):
        _clear(turn, kind, reason)


def acknowledge(turn: Turn, alarm_id: str, by: str) -> bool:
    """Somebody takes care of it. False if no such alarm is open."""
    alarm = next((alarm for alarm in turn.state.alarms.values() if alarm.id == alarm_id), None)
    if alarm is None:
        return False
    if alarm.acknowledged_by is None:
        alarm.acknowledged_by = by
        alarm.next_repeat_boot = None
        _say(turn, alarm, "acknowledged")
    return True


def published(turn: Turn, message: str) -> None:
    """The broker has this message."""
    for alarm in turn.state.alarms.values():
        if alarm.waiting_for == message:
            alarm.waiting_for = None


def advance(turn: Turn) -> None:
    """Send again what nobody has acknowledged."""
    for alarm in turn.state.alarms.values():
        if turn.reached(alarm.next_repeat_boot):
            alarm.repeat += 1
            _send(turn, alarm)


def remind(turn: Turn) -> None:
    """The broker is back and may have forgotten what it retained: tell it what is open."""
    for alarm in turn.state.alarms.values():
        if alarm.waiting_for is None:
            _send(turn, alarm)


def deadlines(turn: Turn) -> list[float | None]:
    """When an alarm is due to be sent again."""
    return [alarm.next_repeat_boot for alarm in turn.state.alarms.values()]


def waiting(turn: Turn) -> bool:
    """Whether an alarm has not reached the broker yet."""
    return any(alarm.waiting_for is not None for alarm in turn.state.alarms.values())


def _send(turn: Turn, alarm: OpenAlarm) -> None:
    if alarm.acknowledged_by is None:
        alarm.next_repeat_boot = turn.after(turn.policy.check.alarm_repeat_minutes * MINUTE)
    state: AlarmState = "raised" if alarm.acknowledged_by is None else "acknowledged"
    alarm.waiting_for = _say(turn, alarm, state, instead_of=f"alarm {alarm.id}")


def _clear(turn: Turn, kind: AlarmKind, reason: str) -> None:
    alarm = turn.state.alarms.pop(kind)
    _say(turn, alarm, "cleared", reason=reason, instead_of=_over(alarm.id))


def _over(alarm: str) -> str:
    """Names the last word on an alarm, while it is on its way."""
    return f"over {alarm}"


def _say(
    turn: Turn,
    alarm: OpenAlarm,
    state: AlarmState,
    *,
    reason: str | None = None,
    instead_of: str | None = None,
) -> str:
    return turn.say(
        Alarm(
            alarm=alarm.id,
            kind=alarm.kind,
            state=state,
            check=alarm.check,
            reason=alarm.reason if reason is None else reason,
            raised_at=at(alarm.raised_at),
            repeat=alarm.repeat,
            acknowledged_by=alarm.acknowledged_by,
            text=TEXTS[alarm.kind],
        ),
        instead_of=instead_of,
    )
