"""The agreed windows of a scenario, worked out a second time, apart from the agent: the referee's calendar."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record

MINUTE = 60.0


class AgreedWindow(msgspec.Struct, frozen=True, order=True):
    """A half-hour in which one check is agreed.

    start, end: UTC seconds by a clock that is right; since: when it was agreed on, by the device's clock then.
    """

    start: float
    end: float
    check: str
    since: float = 0.0


class Agreement(msgspec.Struct, frozen=True):
    """Which times of day hold from an instant (UTC seconds) on."""

    since: float
    times: tuple[str, ...]


def agreed_windows(
    scenario: Scenario, record: Record, changed: Sequence[Agreement] = ()
) -> list[AgreedWindow]:
    """Every window that starts within the scenario, by the times that were in force when it started."""
    agreed = agreements(scenario, record, changed)
    begin, end = scenario.night.start_utc, scenario.night.start_utc + scenario.seconds
    found = []
    for index, agreement in enumerate(agreed):
        until = agreed[index + 1].since if index + 1 < len(agreed) else end
        found += _windows(scenario, agreement, max(begin, agreement.since), min(end, until))
    return sorted(found)


def agreements(scenario: Scenario, record: Record, changed: Sequence[Agreement]) -> list[Agreement]:
    """The configuration's times, then what commands brought; one that lost its memory goes back to the first."""
    configured = Agreement(0.0, scenario.policy.times)
    losses = [seen.at for seen in record.seen if seen.part == "store" and seen.state in ("lost", "torn")]
    forgotten = [Agreement(scenario.night.start_utc + at, configured.times) for at in losses]
    return sorted([configured, *changed, *(forgotten if changed else [])], key=lambda each: each.since)


def windows_from(scenario: Scenario, agreement: Agreement, begin: float, end: float) -> list[AgreedWindow]:
    """The windows of one agreement that start between two instants, UTC seconds."""
    return _windows(scenario, agreement, begin, end)


def window_of(check: str, scenario: Scenario) -> AgreedWindow | None:
    """The window of a check by its id, on whatever day; None if this is no id of an agreed check."""
    day, _, text = check.partition("T")
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(text))
    except ValueError:
        return None
    start = first_instant(local, scenario.night.zone)
    return AgreedWindow(start, start + scenario.policy.check.window_minutes * MINUTE, check)


def _windows(scenario: Scenario, agreement: Agreement, begin: float, end: float) -> list[AgreedWindow]:
    zone, length = scenario.night.zone, scenario.policy.check.window_minutes * MINUTE
    day = datetime.fromtimestamp(begin, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end, zone).date()
    found = []
    while day <= last:
        for text in agreement.times:
            start = first_instant(datetime.combine(day, time.fromisoformat(text)), zone)
            if begin <= start < end:
                found.append(AgreedWindow(start, start + length, f"{day}T{text}", agreement.since))
        day += timedelta(days=1)
    return found


def times_asked_for(record: Record) -> dict[str, tuple[str, ...]]:
    """By command: the times that each `set-schedule` asks for."""
    times: dict[str, tuple[str, ...]] = {}
    for sent in record.commands:
        command = content_of(sent.payload)
        if sent.name == "set-schedule" and "times" in command.get("order", {}):
            times.setdefault(command["id"], tuple(command["order"]["times"]))
    return times


def content_of(payload: bytes) -> dict[str, Any]:
    """What a command says; nothing if it cannot be read."""
    try:
        content = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return {}
    return content if isinstance(content, dict) and isinstance(content.get("order", {}), dict) else {}


@lru_cache(maxsize=4096)
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
