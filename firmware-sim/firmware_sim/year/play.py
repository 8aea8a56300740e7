"""Plays a year on one continuous state directory, reads the gauges meanwhile, and has the whole of it judged."""

import gc
import shutil
import time
from collections import Counter
from pathlib import Path

import msgspec

from firmware_sim.device import Device
from firmware_sim.equipment import Recorded
from firmware_sim.letters import Letters
from firmware_sim.referee import Violation, judge
from firmware_sim.scenario import Scenario
from firmware_sim.stage import Stage
from firmware_sim.world.record import Record
from firmware_sim.world.world import World
from firmware_sim.year import growth
from firmware_sim.year.growth import Month
from firmware_sim.year.spool import Spool

HOUR = 3600.0
DAY = 86400.0
NOT_LONG_AGO = 0.001


class Year(msgspec.Struct, frozen=True):
    """A played year. most: the largest that each collection of the core's state was; seconds: of real time."""

    scenario: Scenario
    months: list[Month]
    most: dict[str, int]
    happened: dict[str, int]
    violations: list[Violation]
    events: int
    seconds: float


def play(scenario: Scenario, directory: Path) -> Year:
    """Play it in an empty directory, which holds state and record afterwards."""
    begun = time.perf_counter()
    run = _Run(scenario, directory)
    run.play()
    played = time.perf_counter() - begun
    return Year(
        scenario=scenario,
        months=run.months,
        most=dict(run.most),
        happened=dict(run.stage.happened),
        violations=judge(scenario, run.spool.whole()),
        events=run.device.events,
        seconds=played,
    )


class _Run:
    """One device through a long time."""

    def __init__(self, scenario: Scenario, directory: Path) -> None:
        self._scenario = scenario
        self._states = directory / "states"
        self._world = World(scenario.night.start_utc)
        self.spool = Spool(directory)
        self.device = Device(self._world, scenario.policy, self._states / "state-1", Recorded())
        self.stage = Stage(scenario, self._world, self.device)
        self.months: list[Month] = []
        self.most: Counter[str] = Counter()
        self._outbox_most = self._wal_most = self._events = 0

    def play(self) -> None:
        world, end = self._world, self._scenario.seconds
        world.agenda.after(HOUR, self._every_hour)
        for day in range(1, int(end // DAY) + 1):
            if day * DAY < end and self._is_first_of_month(day * DAY):
                world.agenda.at(day * DAY, self._end_month)
        world.agenda.at(end + NOT_LONG_AGO, self._end)
        commissioning = [self.stage.consent()]
        self.stage.note_consent(*commissioning)
        while world.agenda.elapsed < end:
            if self.device.asleep:
                world.agenda.run_next()
            else:
                self.device.live(*commissioning)
                commissioning = []
                self._clear_away_crash_images()
        self._end_month()

    def _is_first_of_month(self, elapsed: float) -> bool:
        return self._scenario.night.local(elapsed).day == 1

    def _every_hour(self) -> None:
        directory = self.device.directory
        self._wal_most = max(self._wal_most, growth.wal_size(directory))
        self._outbox_most = max(self._outbox_most, growth.outbox_depth(directory))
        self._world.agenda.after(HOUR, self._every_hour)

    def _end_month(self) -> None:
        gauge = growth.read(self.device.directory)
        said = self._said(self.spool.put_aside(self._world.record))
        gc.collect()
        for name, entries in gauge.collections.items():
            self.most[name] = max(self.most[name], entries)
        self.months.append(
            Month(
                until=self._scenario.night.local(self._world.agenda.elapsed).date(),
                gauge=gauge,
                outbox_most=self._outbox_most,
                wal_most=self._wal_most,
                memory=growth.memory(),
                events=self.device.events - self._events,
                answers=Counter({status: count for status, count in said.items() if status != "alarms"}),
                alarms=said["alarms"],
            )
        )
        self._outbox_most = self._wal_most = 0
        self._events = self.device.events

    @staticmethod
    def _said(record: Record) -> Counter[str]:
        letters = Letters(record)
        said = Counter(letter.data["status"] for letter in letters.of("check"))
        said["alarms"] = sum(letter.data["state"] == "raised" for letter in letters.of("alarm"))
        return said

    def _clear_away_crash_images(self) -> None:
        for directory in self._states.iterdir():
            if directory != self.device.directory:
                shutil.rmtree(directory)

    def _end(self) -> None:
        if not self.device.asleep:
            self._world.clock.end_process()
