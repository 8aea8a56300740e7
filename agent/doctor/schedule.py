"""The schedule: the agreed times in force, the next windows, and a change of clocks that comes near."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from agent.core.schedule import DAY, agreed_times, slots
from agent.core.state import State
from agent.doctor.findings import Outcome, Value, fault, ok, warning
from agent.doctor.visit import Visit
from agent.doctor.words import needs

AHEAD = 3
"""Windows that are told."""
A_WEEK = 7
HOUR = 3600.0


def times(visit: Visit) -> Outcome:
    agreed = agreed_times(visit.config.policy, visit.state or State())
    if not agreed:
        return warning("none")
    told: dict[str, Value] = {"times": ", ".join(agreed), "zone": visit.zone}
    by_command = visit.state is not None and visit.state.times is not None
    return Outcome("ok", "by_command" if by_command else "ok", told)


def windows(visit: Visit) -> Outcome:
    if not visit.now.trusted:
        return needs("clock.trust")
    policy, state = visit.config.policy, visit.state or State()
    agreed = agreed_times(policy, state)
    coming = [
        slot.start
        for slot in slots(agreed, visit.zone, visit.now.utc, visit.now.utc + 4 * DAY)
        if slot.id not in state.answered
    ]
    if not coming:
        return fault("none") if agreed else needs("schedule.times")
    told = ", ".join(_local(start, visit.zone) for start in coming[:AHEAD])
    paused = [pause for pause in state.pauses if pause.start <= coming[0] < pause.end]
    if paused:
        return warning("paused", windows=told, end=_local(paused[0].end, visit.zone))
    change = clock_change(visit.now.utc, visit.zone)
    return ok("clock_change", windows=told, change=change) if change else ok(windows=told)


def clock_change(utc: float, zone: str) -> str | None:
    """The date of a change of clocks within a week: `2027-03-28`."""
    tz = ZoneInfo(zone)
    hours = [datetime.fromtimestamp(utc + hour * HOUR, tz) for hour in range(A_WEEK * 24)]
    changes = (after for before, after in pairwise(hours) if before.utcoffset() != after.utcoffset())
    change = next(changes, None)
    return change.date().isoformat() if change else None


def _local(utc: float, zone: str) -> str:
    return datetime.fromtimestamp(utc, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
