"""A year of ordinary life as one long scenario: what happens in homes now and then, drawn by lot from a seed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec

from firmware_sim.local_time import NightClock
from firmware_sim.scenario import CommandSent, Happening, Scenario, ScenarioFile, build

ZONE = "Europe/Stockholm"
BEGIN = datetime(2026, 1, 5, 12, 0)  # noqa: DTZ001 # local: the two nights in which clocks are changed lie ahead
SITE = {"times": ["22:30", "02:30", "05:30"], "timezone": ZONE, "blind_test_times": ["14:00"]}
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LAST_QUIET_SECONDS = 4 * DAY
"""Nothing new begins so shortly before the end: what was begun comes to its end."""


class Moment(NamedTuple):
    """Where on the long time line something happens. chance: to draw from; number: of this happening, for ids."""

    elapsed: float
    chance: Random
    clock: NightClock
    number: int

    def between(self, least: float, most: float) -> float:
        return self.chance.uniform(least, most)

    def happening(self, after: float = 0.0, **what: Any) -> Happening:
        return Happening(at=_offset(self.elapsed + after), **what)

    def spell(self, seconds: float, begin: dict[str, Any], end: dict[str, Any]) -> list[Happening]:
        return [self.happening(**begin), self.happening(seconds, **end)]

    def command(self, name: str, order: dict[str, Any] | None = None, **manner: Any) -> list[Happening]:
        sent = CommandSent(name, id=f"{name}-{self.number}", order=order or {})
        return [self.happening(command=sent, **manner)]

    def local(self, after: float) -> str:
        """As commands write instants: `@2026-03-01 08:00`."""
        return f"@{self.clock.local(self.elapsed + after):%Y-%m-%d} 12:00"


Makes = Callable[[Moment], list[Happening]]


class Habit(NamedTuple):
    """Something that happens every so many days on average, at an hour from `earliest` to `latest`."""

    days: float
    makes: Makes
    earliest: float = 0.0
    latest: float = 24.0


def _away(m: Moment) -> list[Happening]:
    return m.spell(m.between(5 * MINUTE, HOUR), {"person": "away"}, {"person": "in_bed"})


def _half_out(m: Moment) -> list[Happening]:
    return m.spell(m.between(MINUTE, 20 * MINUTE), {"person": "half_out"}, {"person": "in_bed"})


def _other_bedding(m: Moment) -> list[Happening]:
    return m.spell(DAY, {"bedding": "one_shade"}, {"bedding": "ordinary"})


def _covered(m: Moment) -> list[Happening]:
    view = m.chance.choice(("covered", "moved", "dark"))
    return m.spell(m.between(2 * HOUR, 20 * HOUR), {"view": view}, {"view": "clear"})


def _power_cut(m: Moment) -> list[Happening]:
    return m.spell(m.between(5.0, 5 * HOUR), {"mains": "cut"}, {"mains": "back"})


def _internet_gone(m: Moment) -> list[Happening]:
    return m.spell(m.between(2 * MINUTE, 8 * HOUR), {"internet": "gone"}, {"internet": "back"})


def _router_hangs(m: Moment) -> list[Happening]:
    if m.chance.random() < 0.8:
        return [m.happening(router="hangs")]
    return m.spell(m.between(HOUR, 20 * HOUR), {"router": "hangs_for_good"}, {"router": "works"})


def _broker_away_for_three_days(m: Moment) -> list[Happening]:
    return m.spell(3 * DAY, {"broker": "gone"}, {"broker": "works"})


def _broker_ails(m: Moment) -> list[Happening]:
    mood = m.chance.choice(("silent", "mute", "twice"))
    return m.spell(m.between(MINUTE, 6 * HOUR), {"broker": mood}, {"broker": "works"})


def _broker_forgets(m: Moment) -> list[Happening]:
    return [m.happening(broker="forgets")]


def _connection_half_open(m: Moment) -> list[Happening]:
    return [m.happening(connection="half_open")]


def _camera_fails(m: Moment) -> list[Happening]:
    state = m.chance.choice(("hangs", "freezes"))
    return [m.happening(camera=state, mended_by=m.chance.choice(("reopen", "usb", "relay")))]


def _camera_unplugged(m: Moment) -> list[Happening]:
    return m.spell(m.between(MINUTE, 6 * HOUR), {"camera": "unplugged"}, {"camera": "plugged"})


def _worker_fails(m: Moment) -> list[Happening]:
    how = m.chance.choice(("crashed", "hung", "nonsense"))
    return m.spell(m.between(10 * MINUTE, 3 * HOUR), {"worker": how}, {"worker": "works"})


def _killed(m: Moment) -> list[Happening]:
    return [m.happening(agent="killed")]


def _updated(m: Moment) -> list[Happening]:
    return [m.happening(agent="stopped")]


def _clock_lost(m: Moment) -> list[Happening]:
    return m.spell(m.between(HOUR, 30 * HOUR), {"clock": "untrusted"}, {"clock": "trusted"})


def _clock_wrong(m: Moment) -> list[Happening]:
    return m.spell(m.between(HOUR, 5 * HOUR), {"clock_step": m.between(-900, 900)}, {"clock": "right"})


def _disk_full(m: Moment) -> list[Happening]:
    state = m.chance.choice(("full", "slow"))
    return m.spell(m.between(10 * MINUTE, 3 * HOUR), {"store": state}, {"store": "works"})


def _switch_turned(m: Moment) -> list[Happening]:
    switch = "privacy_switch"
    return m.spell(m.between(10 * MINUTE, 10 * HOUR), {switch: "locked"}, {switch: "unlocked"})


def _consent_withdrawn(m: Moment) -> list[Happening]:
    return m.spell(m.between(HOUR, 2 * DAY), {"consent": "withdrawn"}, {"consent": "given"})


def _holiday(m: Moment) -> list[Happening]:
    return m.command("pause", {"end": m.local(m.between(1, 5) * DAY)})


def _acknowledged(m: Moment) -> list[Happening]:
    return m.command("ack", {"alarm": "@alarm"}, upon="alarm", after=m.between(30, 900))


def _looked_once_more(m: Moment) -> list[Happening]:
    return m.command("extra-check", upon="answer", after=60.0)


def _tested(m: Moment) -> list[Happening]:
    return m.command("test-check")


def _restart_ordered(m: Moment) -> list[Happening]:
    return m.command(m.chance.choice(("restart-camera", "restart-router")))


def _other_times_agreed(m: Moment) -> list[Happening]:
    times = m.chance.choice((["22:30", "02:30", "05:30"], ["23:00", "01:00", "03:00", "05:00"], ["00:15"]))
    return m.command("set-schedule", {"times": times})


def _garbage(m: Moment) -> list[Happening]:
    sent = CommandSent("pause", payload="{ no JSON", times=m.chance.choice((1, 1, 1, 100)))
    return [m.happening(command=sent)]


HABITS = (
    Habit(3, _away, 22, 30),
    Habit(8, _half_out, 22, 30),
    Habit(30, _other_bedding),
    Habit(40, _covered),
    Habit(30, _power_cut),
    Habit(7, _internet_gone),
    Habit(14, _router_hangs),
    Habit(91, _broker_away_for_three_days),
    Habit(30, _broker_ails),
    Habit(40, _broker_forgets),
    Habit(20, _connection_half_open),
    Habit(15, _camera_fails, 20, 30),
    Habit(60, _camera_unplugged),
    Habit(40, _worker_fails, 20, 30),
    Habit(10, _killed),
    Habit(20, _updated),
    Habit(30, _clock_lost),
    Habit(60, _clock_wrong),
    Habit(45, _disk_full),
    Habit(20, _switch_turned),
    Habit(120, _consent_withdrawn),
    Habit(30, _holiday),
    Habit(2, _acknowledged),
    Habit(7, _looked_once_more, 22, 30),
    Habit(7, _tested, 9, 16),
    Habit(30, _restart_ordered, 9, 16),
    Habit(60, _other_times_agreed, 9, 16),
    Habit(10, _garbage),
)


def a_life(days: int, seed: int) -> Scenario:
    """One home for so many days from BEGIN on. The same seed, the same life."""
    chance, clock = Random(seed), NightClock(ZONE, BEGIN)
    happens = [
        happening
        for number, (elapsed, habit) in enumerate(_drawn(days, chance))
        for happening in habit.makes(Moment(elapsed, chance, clock, number))
    ]
    file = ScenarioFile(
        title=f"{days} days of one home, seed {seed}",
        start=BEGIN,
        end=BEGIN + timedelta(days=days),
        site=SITE,
        happens=tuple(happens),
    )
    scenario = build(f"life-{seed}-{days}", file)
    return msgspec.structs.replace(scenario, happens=tuple(x for x in scenario.happens if x.elapsed >= 0))


def _drawn(days: int, chance: Random) -> list[tuple[float, Habit]]:
    """When what happens: on average as often as the habit says, at an hour of its own, counted from midnight."""
    end, midnight = days * DAY - LAST_QUIET_SECONDS, 12 * HOUR
    found: list[tuple[float, Habit]] = []
    for habit in HABITS:
        day = chance.expovariate(1 / habit.days)
        while day < days:
            elapsed = int(day) * DAY - midnight + chance.uniform(habit.earliest, habit.latest) * HOUR
            if 0 <= elapsed < end:
                found.append((elapsed, habit))
            day += chance.expovariate(1 / habit.days)
    return sorted(found, key=lambda drawn: drawn[0])


def _offset(elapsed: float) -> str:
    minutes, seconds = divmod(round(elapsed, 3), 60)
    return f"+{int(minutes) // 60}:{int(minutes) % 60:02d}:{seconds:06.3f}"
