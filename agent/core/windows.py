"""The three ways a window opens: as agreed, for the one extra check inside it, and for a test."""

from agent.core import check as checks
from agent.core import faults, lock, schedule
from agent.core.policy import MINUTE
from agent.core.schedule import Slot
from agent.core.state import Check, OpenWindow
from agent.core.turn import Turn

TEST_MARGIN_SECONDS = 5.0


def open_agreed(turn: Turn, slot: Slot) -> None:
    """Begin the check of a window that is open now."""
    policy = turn.policy.check
    end = slot.start + policy.window_seconds
    end_boot = turn.after(end - turn.now.utc)
    check = Check(
        id=slot.id,
        kind="agreed",
        start=slot.start,
        end=end,
        answer_by=end - policy.answer_margin_seconds,
        answer_by_boot=end_boot - policy.answer_margin_seconds,
        further_looks=policy.further_looks,
        began_late=turn.now.utc - slot.start > MINUTE,
    )
    checks.begin(turn, check, counts=policy.window_minutes)
    if turn.state.check is check:
        turn.state.window = OpenWindow(check=slot.id, start=slot.start, end=end, end_boot=end_boot)


def open_extra(turn: Turn) -> str | None:
    """Begin the one extra check of the open window. Returns the refusal, None if it has begun."""
    window, policy = turn.state.window, turn.policy.check
    if turn.state.check is not None:
        return "a check is under way"
    if window is None or turn.reached(window.end_boot) or not window.start <= turn.now.utc < window.end:
        return "no agreed window is open"
    if window.extra_used:
        return "this window's extra check was used already"
    if (reason := lock.locked(turn)) is not None:
        return f"locked: {reason}"
    answer_by = window.end_boot - policy.answer_margin_seconds
    if turn.after(policy.look_seconds) > answer_by:
        return "too little of the window is left for a look"
    window.extra_used = True
    check = Check(
        id=f"{window.check}+extra",
        kind="extra",
        start=turn.now.utc,
        end=window.end,
        answer_by=window.end - policy.answer_margin_seconds,
        answer_by_boot=answer_by,
        further_looks=policy.further_looks,
    )
    checks.begin(turn, check, counts=0)
    return None


def open_test(turn: Turn, command: str, minutes: int) -> str | None:
    """Begin a test check in a window of its own. Returns the refusal, None if it has begun."""
    if turn.state.check is not None:
        return "a check is under way"
    if (reason := lock.locked(turn)) is not None:
        return f"locked: {reason}"
    if "store_failed" in turn.state.faults:
        return faults.NOT_COUNTABLE
    if not lock.within_caps(turn, minutes, still_to_come=schedule.left_today(turn)):
        return "today's cap of windows or unlocked minutes is reached"
    coming = schedule.next_slot(turn.policy, turn.state, turn.now.utc - 0.001)  # also one that opens now
    if coming is not None and coming.start - turn.now.utc < minutes * MINUTE:
        return "an agreed window opens before the test would be over"
    check = Check(
        id=f"test-{command}",
        kind="test",
        start=turn.now.utc,
        end=turn.now.utc + minutes * MINUTE,
        answer_by=turn.now.utc + minutes * MINUTE - TEST_MARGIN_SECONDS,
        answer_by_boot=turn.after(minutes * MINUTE - TEST_MARGIN_SECONDS),
        further_looks=0,
    )
    checks.begin(turn, check, counts=minutes)
    return None
