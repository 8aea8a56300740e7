"""The month that is soaked, and the quarter of a year before it, which was no better."""

import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from firmware_sim.runner import play
from firmware_sim.scenario import Happening, ScenarioFile, build, write

BEGIN = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - local time of the site
DAYS_BEFORE = 93
SITE = {"times": ["22:30", "02:30", "05:30"]}
AWAY_EVERY = 3
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
UP_FOR, AWAY_FOR = (4 * HOUR, 12 * HOUR), (6 * MINUTE, 40 * MINUTE)
LONG_AWAY_EVERY, LONG_AWAY_AT, LONG_AWAY_FOR = 30 * DAY, 15 * DAY, 2 * DAY


class Outage(NamedTuple):
    """The broker is away; seconds from the beginning."""

    begins: float
    ends: float


def outages(days: int, chance: random.Random, at: float = 0.0) -> Iterator[Outage]:
    """Some a day, and in the middle of each month one of two days. at: seconds since a month began."""
    now = chance.uniform(*UP_FOR)
    while now < days * DAY:
        to_long = (LONG_AWAY_AT - at - now) % LONG_AWAY_EVERY
        length = LONG_AWAY_FOR if to_long < sum(UP_FOR) / 2 else chance.uniform(*AWAY_FOR)
        yield Outage(now, min(now + length, days * DAY))
        now += length + chance.uniform(*UP_FOR)


def before(into: Path, folder: Path, days: int, chance: random.Random) -> None:
    """Play the time before the month, fast, and leave its store in the directory `into`."""
    happens = tuple(
        happening
        for outage in outages(days, chance, at=-days * DAY)
        for happening in (
            Happening(at=_offset(outage.begins), broker="gone"),
            Happening(at=_offset(outage.ends), broker="works"),
        )
    )
    start = BEGIN - timedelta(days=days)
    file = ScenarioFile(title="Before", start=start, end=BEGIN, site=SITE, happens=happens)
    folder.mkdir()
    play(build("before", file), state=folder)
    shutil.copytree(folder / "state-1", into, ignore=shutil.ignore_patterns("lock"))


def month(days: int, file: Path) -> None:
    """Write the month as a scenario file: every third night the person is away at the second check."""
    nights = (BEGIN + timedelta(days=night, hours=14) for night in range(1, days, AWAY_EVERY))
    happens = [
        happening
        for night in nights
        for happening in (
            Happening(at=f"{night:%Y-%m-%d} 02:00", person="away"),
            Happening(at=f"{night:%Y-%m-%d} 04:00", person="in_bed"),
        )
    ]
    end = BEGIN + timedelta(days=days)
    written = ScenarioFile(title="A month", start=BEGIN, end=end, site=SITE, happens=tuple(happens))
    file.write_text(write(written), encoding="utf-8")


def _offset(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"+{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"
