"""Which agreed windows are due: opens them, and answers those that passed without a check."""

from agent.core import answering, check, lock, pauses, schedule, windows
from agent.core.facts import AnswerStatus
from agent.core.schedule import DAY, Slot
from agent.core.state import Check
from agent.core.turn import Turn

LOOK_BACK_SECONDS = 31 * DAY
"""Windows that passed longer ago than this are not answered one by one any more."""


def advance(turn: Turn) -> None:
    """Open the window that is due; answer each that passed."""
    state = turn.state
    utc = turn.best_utc()
    if utc is None:
        return
    if state.settled_until is None:
        _begin_the_books(turn, utc)
    for slot in _due(turn, utc):
        if state.check is not None and state.check.kind == "test":
            check.end_test(turn)
        if state.check is not None:
            return
        _attend(turn, slot, utc)
        if slot.id in state.answered and _may_have_been_open(turn, slot):
            lock.count_window(turn, turn.policy.check.window_minutes, slot.start)


def close_the_books(turn: Turn) -> None:
    """The agreed times change now: answer what began under the old ones, and ask for nothing before now."""
    advance(turn)
    utc = turn.best_utc()
    if utc is None or turn.state.settled_until is None:
        return
    for slot in _due(turn, utc):
        _settle(turn, slot, "missed", lock.locked(turn) or "no_time")
    turn.state.settled_until = utc


def clock_went_back(turn: Turn) -> None:
    """UTC was far ahead and is right now: do not wait for a future that was never real."""
    settled, window = turn.state.settled_until, turn.policy.check.window_seconds
    if settled is None or settled <= turn.now.utc:
        return
    lost = turn.state.memory_lost_boot
    if lost is not None and not turn.reached(lost + window):
        _begin_the_books(turn, turn.now.utc)
    else:
        turn.state.settled_until = turn.now.utc


def deadlines(turn: Turn) -> list[float | None]:
    """When the next window opens, or when a window that a doubted clock keeps shut must be answered."""
    utc = turn.best_utc()
    if utc is None:
        return []
    found: list[float | None] = []
    coming = schedule.next_slot(turn.policy, turn.state, utc)
    if coming is not None:
        found.append(turn.after(coming.start - utc))
    if not turn.now.trusted:
        window, margin = turn.policy.check.window_seconds, turn.policy.check.answer_margin_seconds
        times = schedule.agreed_times(turn.policy, turn.state)
        open_now = schedule.slots(times, turn.policy.timezone, utc - window, utc)
        found += (
            turn.after(max(0.0, slot.start + window - margin - utc))
            for slot in open_now
            if _unanswered(turn, slot)
        )
    return found


def _begin_the_books(turn: Turn, utc: float) -> None:
    """A new device owes no answers. One that lost its memory may owe those of the windows that were open then.

    Consent that was recorded anew does not reach back to those.
    """
    lost = turn.state.memory_lost_boot
    if lost is None:
        turn.state.settled_until = utc
        return
    lost_at = utc - (turn.now.boot - lost)
    turn.state.settled_until = lost_at - turn.policy.check.window_seconds
    for slot in _due(turn, lost_at):
        if slot.id in turn.state.answered_before:
            answering.remember(turn, "agreed", slot.id, slot.start)
        else:
            _settle(turn, slot, "missed", "state_lost")


def _due(turn: Turn, utc: float) -> list[Slot]:
    """Slots that have begun by `utc` and have neither an answer nor a check under way."""
    state = turn.state
    begin = max(utc if state.settled_until is None else state.settled_until, utc - LOOK_BACK_SECONDS)
    begun = schedule.slots(
        schedule.agreed_times(turn.policy, state), turn.policy.timezone, begin, utc + 0.001
    )
    return [
        slot
        for slot in begun
        if slot.id not in state.answered and (state.check is None or state.check.id != slot.id)
    ]


def _unanswered(turn: Turn, slot: Slot) -> bool:
    check = turn.state.check
    if check is not None and check.id == slot.id:
        return False  # it has a deadline of its own
    return slot.id not in turn.state.answered and slot.start >= (turn.state.settled_until or 0.0)


def _attend(turn: Turn, slot: Slot, utc: float) -> None:
    policy = turn.policy.check
    end = slot.start + policy.window_seconds
    if pauses.covers(turn, slot.start):
        _settle(turn, slot, "paused", "")
    elif slot.id in turn.state.answered_before and (utc >= end or lock.locked(turn) not in (None, "clock")):
        answering.remember(turn, "agreed", slot.id, slot.start)  # a second `missed` tells nobody anything
    elif utc >= end:
        _settle(turn, slot, "missed", _why_missed(turn, slot, end))
    elif lock.locked(turn) != "clock":
        windows.open_agreed(turn, slot)
    elif utc >= end - policy.answer_margin_seconds:
        _settle(turn, slot, "missed", "clock")


def _may_have_been_open(turn: Turn, slot: Slot) -> bool:
    """A process that died before it could store that it had opened this window leaves no trace of it.

    Counted against the caps without need it costs no more than the window would have cost.
    """
    started = turn.state.started_boot
    return turn.state.died and started is not None and slot.start < turn.now.utc - (turn.now.boot - started)


def _settle(turn: Turn, slot: Slot, status: AnswerStatus, reason: str) -> None:
    passed = Check(
        id=slot.id,
        kind="agreed",
        start=slot.start,
        end=slot.start + turn.policy.check.window_seconds,
        answer_by=turn.now.utc,
        answer_by_boot=turn.now.boot,
        further_looks=0,
    )
    answering.settle(turn, passed, status, reason)


def _why_missed(turn: Turn, slot: Slot, end: float) -> str:
    reason, absence = lock.locked(turn), turn.state.absence
    if reason is not None and reason not in ("clock", "privacy_switch"):
        return reason
    if absence is not None and absence.overlaps(slot.start, end):
        return "power" if absence.power else "stopped"
    return "clock"
