"""The privacy lock: may the camera be open now? The one place that decides it.

Being inside an agreed window (or a test window) is the check's business; everything that forbids opening
the camera even there is here.
"""

from datetime import date
from typing import Literal

from agent.core.schedule import local_day
from agent.core.state import DayUse
from agent.core.turn import Turn

LockReason = Literal["state_lost", "no_consent", "consent_withdrawn", "privacy_switch", "clock"]

DAYS_REMEMBERED = 3


def locked(turn: Turn) -> LockReason | None:
    """Why the camera must stay closed whatever was agreed; None if it may be opened inside a window."""
    state = turn.state
    if state.consent.state == "lost":
        return "state_lost"
    if state.consent.state == "none":
        return "no_consent"
    if state.consent.state == "withdrawn":
        return "consent_withdrawn"
    if state.privacy_switch:
        return "privacy_switch"
    if not turn.now.trusted:
        return "clock"
    return None


def within_caps(turn: Turn, minutes: float, still_to_come: int = 0) -> bool:
    """Whether another window of `minutes` stays within today's caps of the local configuration.

    still_to_come: agreed windows of today that must find room after it.
    """
    limits, use = turn.policy.limits, _today(turn)
    windows = use.windows + 1 + still_to_come
    unlocked = use.minutes + minutes + still_to_come * turn.policy.check.window_minutes
    return windows <= limits.windows_per_day and unlocked <= limits.unlocked_minutes_per_day


def count_window(turn: Turn, minutes: float, start: float | None = None) -> None:
    """Count a window against the caps of its day. start: UTC seconds, if it does not open now."""
    day = local_day(turn.now.utc if start is None else start, turn.policy.timezone)
    use = turn.state.unlocked.get(day, DayUse())
    use.windows += 1
    use.minutes += minutes
    turn.state.unlocked[day] = use
    _forget_far_days(turn)


def _forget_far_days(turn: Turn) -> None:
    """Far on either side: days of a clock that was in the future must not push out the real ones."""
    today = date.fromisoformat(_day(turn))
    nearest_first = sorted(turn.state.unlocked, key=lambda day: abs(date.fromisoformat(day) - today))
    for day in nearest_first[DAYS_REMEMBERED:]:
        del turn.state.unlocked[day]


def _today(turn: Turn) -> DayUse:
    return turn.state.unlocked.get(_day(turn), DayUse())


def _day(turn: Turn) -> str:
    return local_day(turn.now.utc, turn.policy.timezone)
