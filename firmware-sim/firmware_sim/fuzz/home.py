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
CLOCK_CHANGE_SHARE = 0.15
DAY_SHARE = 0.12
FIRST_EVENING = datetime(2026, 11, 2)  # noqa: DTZ001  # local time of the site


class Home(msgspec.Struct, frozen=True):
    """A home and its night. site: the policy's fields; start, end: local; night, policy: of the same."""

    site: dict[str, Any]
    start: datetime
    end: datetime
    night: NightClock
    policy: Policy

    @property
    def seconds(self) -> float:
        return self.night.elapsed_of(self.end)

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
    zone = chance.choice(ZONES)
    by_day = chance.random() < DAY_SHARE
    start, end = _night(chance, zone, by_day)
    site = _site(chance, zone, start, end, by_day)
    policy = msgspec.convert({"device": "sim-0001", **site}, Policy)
    demand_sense(policy)
    night = NightClock(zone, start)
    night.elapsed_of(end)
    place = Home(site, start, end, night, policy)
    return None if _begins_in_a_window(place) else place


def _begins_in_a_window(place: Home) -> bool:
    """Consent is recorded as the night begins: whether it reaches back into a window is another question."""
    length = place.policy.check.window_seconds
    return any(-length <= start < SETTLED_SECONDS for start in place.starts(place.policy.times))


def _night(chance: random.Random, zone: str, by_day: bool) -> tuple[datetime, datetime]:
    if zone in CHANGES and chance.random() < CLOCK_CHANGE_SHARE:
        evening = datetime.fromisoformat(chance.choice(CHANGES[zone]))
    else:
        evening = FIRST_EVENING + timedelta(days=chance.randrange(365))
    if by_day:
        return evening + timedelta(hours=8), evening + timedelta(hours=chance.randint(18, 26))
    return evening + timedelta(hours=chance.randint(19, 22)), evening + timedelta(
        hours=24 + chance.randint(6, 8)
    )


def _site(chance: random.Random, zone: str, start: datetime, end: datetime, by_day: bool) -> dict[str, Any]:
    check, span = _check(chance), end - start
    times = set()
    for _ in range(chance.choice((1, 2, 3, 3, 4, 5, 8))):
        at = start + timedelta(minutes=chance.randrange(int(span.total_seconds() // 60)))
        minute = chance.choice((0, 15, 30, 45, at.minute))
        times.add(f"{at.hour:02d}:{minute:02d}")
    site: dict[str, Any] = {"timezone": zone, "times": sorted(times), "check": check}
    if chance.random() < 0.4:
        site["limits"] = _limits(chance, len(times))
    if chance.random() < 0.4:
        site["recovery"] = _recovery(chance)
    if chance.random() < 0.3:
        site["heartbeat_minutes"] = chance.choice((5, 15, 30, 45, 59))
    if by_day or chance.random() < 0.1:
        moments = [start + timedelta(minutes=chance.randrange(1, 300)) for _ in range(chance.randint(1, 3))]
        site["blind_test_times"] = sorted({f"{at.hour:02d}:{at.minute:02d}" for at in moments})
    return site


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
        "alarm_repeat_minutes": chance.choice((1, 2, 5, 5, 15, 60)),
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
