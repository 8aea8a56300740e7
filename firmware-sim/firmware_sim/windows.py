"""The agreed windows of a scenario, worked out a second time, apart from the agent: the observer's calendar."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from firmware_sim.letters import Letters
from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record

MINUTE = 60.0


class AgreedWindow(msgspec.Struct, frozen=True, order=True):
    """A half-hour in which one check is agreed. start, end: UTC seconds by a clock that is right."""

    start: float
    end: float
    check: str


class Agreement(msgspec.Struct, frozen=True):
    """Which times of day hold from an instant (UTC seconds) on."""

    since: float
    times: tuple[str, ...]


def agreed_windows(scenario: Scenario, record: Record) -> list[AgreedWindow]:
    """Every window that starts within the scenario, by the times that were in force when it started."""
    agreements = [Agreement(0.0, scenario.policy.times), *_changed_agreements(record)]
    begin, end = scenario.night.start_utc, scenario.night.start_utc + scenario.seconds
    found = []
    for index, agreement in enumerate(agreements):
        until = agreements[index + 1].since if index + 1 < len(agreements) else end
        found += _windows(scenario, agreement.times, max(begin, agreement.since), min(end, until))
    return sorted(found)


def _windows(scenario: Scenario, times: tuple[str, ...], begin: float, end: float) -> list[AgreedWindow]:
    zone, length = scenario.night.zone, scenario.policy.check.window_minutes * MINUTE
    day = datetime.fromtimestamp(begin, zone).date() - timedelta(days=1)
    found = []
    while day <= datetime.fromtimestamp(end, zone).date():
        for text in times:
            start = first_instant(datetime.combine(day, time.fromisoformat(text)), zone)
            if begin <= start < end:
                found.append(AgreedWindow(start, start + length, f"{day}T{text}"))
        day += timedelta(days=1)
    return found


def _changed_agreements(record: Record) -> list[Agreement]:
    """What `set-schedule` commands brought, from when the device said that it was done."""
    done = {
        letter.data["command"]: letter.said_at
        for letter in Letters(record).of("reply")
        if letter.data["name"] == "set-schedule" and letter.data["outcome"] == "done"
    }
    found = {}
    for sent in record.commands:
        command = _read(sent.payload)
        since = done.get(command.get("id", ""))
        if since is not None:
            found[since] = Agreement(since, tuple(command["order"]["times"]))
    return [found[since] for since in sorted(found)]


def _read(payload: bytes) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def first_instant(local: datetime, zone: ZoneInfo) -> float:
    """UTC seconds of a local time: of its first occurrence, or of the end of the gap that swallowed it."""
    before = local.replace(tzinfo=zone, fold=0)
    if before.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local:
        return before.timestamp()
    low, high = before.timestamp() - 3 * 3600, before.timestamp()
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == _offset(high, zone):
            high = middle
        else:
            low = middle
    return high


def _offset(utc: float, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(utc, zone).utcoffset()
