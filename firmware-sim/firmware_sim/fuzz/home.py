"""A random home: where it is, which night it is, and a policy that the agent accepts."""

import contextlib
import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec

from agent.core.policy import Policy, PolicyError, demand_sense
from firmware_sim.local_time import LocalTimeError, NightClock
from firmware_sim.windows import first_instant

ZONES = (
    "Europe/Stockholm",
    "Europe/Stockholm",
    "Europe/Stockholm",
    "Europe/Helsinki",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # its summer time is half an hour
    "Asia/Kathmandu",
    "UTC",
)
CHANGES = {
    "Europe/Stockholm": ("2026-10-24", "2027-03-27"),
    "Europe/Helsinki": ("2026-10-24", "2027-03-27"),
    "Europe/London": ("2026-10-24", "2027-03-27"),
    "America/New_York": ("2026-10-31", "2027-03-13"),
    "Australia/Lord_Howe": ("2026-10-03", "2027-04-03"),
}
"""The evenings before clocks are changed."""

SETTLED_SECONDS = 120.0
CALM_SECONDS = 3780.0
"""Whatever is owed is paid within an hour of calm."""

CALM_SHARE = 0.7
SHORTEST_SECONDS = 1800.0
LONG_SHARE, CLOCK_CHANGE_SHARE, DAY_SHARE = 0.04, 0.12, 0.08
FIRST_EVENING = datetime(2026, 11, 2)  # noqa: DTZ001  # local time of the site


class Home(msgspec.Struct, frozen=True):
    """A home and its night.

    site: the policy's fields; start, end: local; night, policy: of the same; calm: it ends in calm.
    """

    site: dict[str, Any]
    start: datetime
    end: datetime
    night: NightClock
    policy: Policy
    calm: bool

    @property
    def seconds(self) -> float:
        return self.night.elapsed_of(self.end)

    @property
    def until(self) -> float:
        """From here on the night is left alone, seconds from its start."""
        return self.seconds - (CALM_SECONDS if self.calm else 1.0)

    def starts(self, times: Sequence[str]) -> list[float]:
        """When these local times come on each day that the night touches, seconds from its start."""
        day, found = self.start.date() - timedelta(days=1), []
        while day <= self.end.date():
            for text in times:
                local = datetime.combine(day, time.fromisoformat(text))
                found.append(first_instant(local, self.night.zone) - self.night.start_utc)
            day += timedelta(days=1)
        return found


def home(chance: random.Random) -> Home:
    """Draw until all of it makes sense to the agent: a time that no clock shows is drawn again."""
    while True:
        with contextlib.suppress(PolicyError, LocalTimeError):
            if (place := _drawn(chance)) is not None:
                return place


def _drawn(chance: random.Random) -> Home | None:
    zone, calm = chance.choice(ZONES), chance.random() < CALM_SHARE
    span = _span(chance, zone)
    end = span.start + span.active + timedelta(seconds=CALM_SECONDS if calm else 0)
    site = _site(chance, zone, span)
    policy = msgspec.convert({"device": "sim-0001", **site}, Policy)
    demand_sense(policy)
    place = Home(site, span.start, end, NightClock(zone, span.start), policy, calm)
    return None if _begins_in_a_window(place) or place.until < SHORTEST_SECONDS else place


def _begins_in_a_window(place: Home) -> bool:
    """Consent is recorded as the night begins: whether it reaches back into a window is another question."""
    length = place.policy.check.window_seconds
    return any(-length <= start < SETTLED_SECONDS for start in place.starts(place.policy.times))


class _Span(msgspec.Struct, frozen=True):
    """From when on and for how long things happen; checks: how many; by_day: with blind tests."""

    start: datetime
    active: timedelta
    checks: int
    by_day: bool = False


def _span(chance: random.Random, zone: str) -> _Span:
    """Mostly some dense hours; now and then a whole night, the hours around a change of the clocks, or a day."""
    lot, evening = chance.random(), FIRST_EVENING + timedelta(days=chance.randrange(365))
    if lot < LONG_SHARE:
        hours = chance.randint(8, 11)
        return _Span(_at(chance, evening, 19, 22), timedelta(hours=hours), chance.choice((3, 4, 5, 8)))
    active = timedelta(minutes=chance.randint(50, 130))
    checks = chance.choice((1, 1, 2, 2, 3))
    if zone in CHANGES and lot < LONG_SHARE + CLOCK_CHANGE_SHARE:
        evening = datetime.fromisoformat(chance.choice(CHANGES[zone]))
        return _Span(_at(chance, evening, 24, 26), timedelta(hours=2) + active, checks)
    if lot > 1 - DAY_SHARE:
        return _Span(_at(chance, evening, 8, 16), active, checks, by_day=True)
    return _Span(_at(chance, evening, 19, 29), active, checks)


def _at(chance: random.Random, evening: datetime, first: int, last: int) -> datetime:
    """Some minute between two hours of the evening, counted on over midnight."""
    return evening + timedelta(minutes=chance.randint(first * 60, last * 60))


def _site(chance: random.Random, zone: str, span: _Span) -> dict[str, Any]:
    minutes = int(span.active.total_seconds() // 60)
    times = {_clock(span.start + timedelta(minutes=chance.randrange(2, minutes))) for _ in range(span.checks)}
    site: dict[str, Any] = {"timezone": zone, "times": sorted(times), "check": _check(chance)}
    if chance.random() < 0.4:
        site["limits"] = _limits(chance, len(times))
    if chance.random() < 0.4:
        site["recovery"] = _recovery(chance)
    if chance.random() < 0.3:
        site["heartbeat_minutes"] = chance.choice((5, 15, 30, 45, 59))
    if span.by_day or chance.random() < 0.05:
        moments = [span.start + timedelta(minutes=chance.randrange(1, minutes)) for _ in range(span.checks)]
        site["blind_test_times"] = sorted({_clock(moment) for moment in moments})
    return site


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _check(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.4:
        return {}
    return {
        "window_minutes": chance.choice((5, 10, 15, 20, 29, 30, 30, 30)),
        "look_seconds": chance.choice((10, 20, 30)),
        "extension_seconds": chance.choice((0, 10, 30)),
        "further_looks": chance.choice((0, 1, 1, 2, 2)),
        "further_look_after_minutes": chance.choice((1, 2, 5, 10, 12)),
        "answer_margin_seconds": chance.choice((30, 60, 60, 120, 300)),
        "alarm_repeat_minutes": chance.choice((2, 5, 5, 15, 60)),
    }


def _limits(chance: random.Random, times: int) -> dict[str, Any]:
    return {
        "windows_per_day": chance.choice((max(times, 1), times + 1, 8, 24)),
        "unlocked_minutes_per_day": chance.choice((times * 30, times * 30 + 5, 240, 720)),
        "camera_restarts_per_day": chance.choice((0, 1, 2, 6, 24)),
        "router_restarts_per_day": chance.choice((0, 1, 2, 3)),
    }


def _recovery(chance: random.Random) -> dict[str, Any]:
    return {
        "camera_wait_seconds": chance.choice((1, 5, 60)),
        "camera_off_seconds": chance.choice((1, 10, 60)),
        "camera_boot_seconds": chance.choice((5, 60, 300)),
        "usb_off_seconds": chance.choice((1, 5, 60)),
        "router_off_seconds": chance.choice((1, 10, 60)),
        "router_boot_seconds": chance.choice((30, 180, 600)),
        "uplink_down_minutes": chance.choice((2, 5, 15)),
        "probe_every_seconds": chance.choice((10, 60, 300)),
    }
