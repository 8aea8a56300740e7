"""Planned pauses: no window opens in them; each has an end, after which checks go on by themselves.

A pause never replaces the answer of a check that has begun.
"""

from agent.core import schedule
from agent.core.state import PauseSpan
from agent.core.turn import Turn

PAUSES_AT_MOST = 16
LONGEST_PAUSE_DAYS = 92


def add(turn: Turn, command: str, start: float | None, end: float) -> str | None:
    """Pause from `start` (now if None) to `end`, UTC seconds. Returns the refusal, None if it holds."""
    start = max(turn.now.utc, start or turn.now.utc)
    if end <= start:
        return "the pause ends before it begins"
    if end - start > LONGEST_PAUSE_DAYS * schedule.DAY:
        return f"a pause lasts at most {LONGEST_PAUSE_DAYS} days"
    if len(turn.state.pauses) >= PAUSES_AT_MOST:
        return f"there are {PAUSES_AT_MOST} pauses already; resume first"
    turn.state.pauses.append(PauseSpan(id=command, start=start, end=end))
    schedule.publish(turn)
    return None


def end_all(turn: Turn) -> None:
    """Checks go on from now."""
    turn.state.pauses.clear()
    schedule.publish(turn)


def covers(turn: Turn, utc: float) -> bool:
    """Whether a window that starts at `utc` is paused."""
    return any(pause.start <= utc < pause.end for pause in turn.state.pauses)


def advance(turn: Turn) -> None:
    """Forget pauses that are over (kept for a day, so that late answers still know of them)."""
    if not turn.now.trusted:
        return
    kept = [pause for pause in turn.state.pauses if pause.end + schedule.DAY > turn.now.utc]
    if len(kept) != len(turn.state.pauses):
        turn.state.pauses = kept
        schedule.publish(turn)
