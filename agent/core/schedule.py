"""Agreed times of day to instants: local times, both DST nights, what comes next."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agent.core.facts import Schedule, Window
from agent.core.moment import at
from agent.core.policy import MINUTE, Policy
from agent.core.state import State
from agent.core.turn import Turn

DAY = 86400.0
WINDOWS_AHEAD = 6


class Slot(NamedTuple):
    """One agreed check on one date. id: local date and agreed time; start: UTC seconds."""

    id: str
    start: float


def slots(times: tuple[str, ...], zone: str, begin: float, end: float) -> list[Slot]:
    """The slots that start in [begin, end), in order.

    A time that the spring night skips starts at the first instant after the gap; one that the autumn night has
    twice starts at the first of the two.
    """
    return list(_coming(times, zone, begin, end))


def _coming(times: tuple[str, ...], zone: str, begin: float, end: float) -> Iterator[Slot]:
    """`slots`, one by one: whoever wants only the first pays for no more."""
    for day in range(int(begin // DAY), int(end // DAY) + 1):
        for slot in _starting_on(day, times, zone):
            if begin <= slot.start < end:
                yield slot


@lru_cache(maxsize=64)
def _starting_on(day: int, times: tuple[str, ...], zone: str) -> tuple[Slot, ...]:
    """The slots that start on this day of UTC (days since 1970), in order. Asked for at every event: remembered."""
    tz, utc_day = ZoneInfo(zone), date(1970, 1, 1) + timedelta(days=day)
    found = (
        Slot(f"{local.isoformat()}T{agreed}", start_on(local, agreed, tz))
        for local in (utc_day + timedelta(days=shift) for shift in (-1, 0, 1))
        for agreed in times
    )
    today = (slot for slot in found if day * DAY <= slot.start < (day + 1) * DAY)
    return tuple(sorted(today, key=lambda slot: (slot.start, slot.id)))


def start_on(day: date, agreed: str, tz: ZoneInfo) -> float:
    """UTC seconds at which `agreed` (HH:MM, local) starts on `day`."""
    wanted = datetime.combine(day, time(int(agreed[:2]), int(agreed[3:])), tz)
    instant = wanted.astimezone(UTC)
    exists = instant.astimezone(tz).replace(tzinfo=None) == wanted.replace(tzinfo=None)
    return (instant if exists else _end_of_gap(instant, tz)).timestamp()


def _end_of_gap(instant: datetime, tz: ZoneInfo) -> datetime:
    """The clock change that has just passed at `instant`, to the minute."""
    offset, minute = instant.astimezone(tz).utcoffset(), timedelta(minutes=1)
    while (instant - minute).astimezone(tz).utcoffset() == offset:
        instant -= minute
    return instant


def local_day(utc: float, zone: str) -> str:
    """The local calendar day as ISO date."""
    return datetime.fromtimestamp(utc, ZoneInfo(zone)).date().isoformat()


def agreed_times(policy: Policy, state: State) -> tuple[str, ...]:
    """The times in force: those of the last accepted `set-schedule`, else the configuration's."""
    return policy.times if state.times is None else state.times


def next_slot(policy: Policy, state: State, after: float) -> Slot | None:
    """The first unanswered slot that starts after `after`."""
    upcoming = _coming(agreed_times(policy, state), policy.timezone, after, after + 2 * DAY)
    return next((slot for slot in upcoming if slot.start > after and slot.id not in state.answered), None)


def left_today(turn: Turn) -> int:
    """How many unanswered slots are still to start on this local day."""
    zone, utc = turn.policy.timezone, turn.now.utc
    coming = slots(agreed_times(turn.policy, turn.state), zone, utc, utc + 1.1 * DAY)
    today = local_day(utc, zone)
    return sum(local_day(slot.start, zone) == today and slot.id not in turn.state.answered for slot in coming)


def publish(turn: Turn) -> None:
    """Say what is agreed and which windows come next."""
    policy, state, now = turn.policy, turn.state, turn.now
    length = policy.check.window_seconds
    coming = slots(agreed_times(policy, state), policy.timezone, now.utc - length, now.utc + 2 * DAY)
    windows = tuple(
        Window(check=slot.id, start=at(slot.start), end=at(slot.start + length)) for slot in coming
    )
    turn.say(
        Schedule(
            timezone=policy.timezone,
            times=agreed_times(policy, state),
            windows=windows[:WINDOWS_AHEAD],
            heartbeat_seconds=int(policy.heartbeat_minutes * MINUTE),
            consent=state.consent.state,
            pauses=tuple(Window(check=p.id, start=at(p.start), end=at(p.end)) for p in state.pauses),
        ),
        instead_of="schedule",
    )
