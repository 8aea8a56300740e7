"""Plays a scenario from its start to its end and has it judged."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from firmware_sim.comparison import differences
from firmware_sim.device import Device
from firmware_sim.equipment import Equipment, Recorded
from firmware_sim.referee import Violation, judge
from firmware_sim.scenario import Scenario
from firmware_sim.stage import Stage
from firmware_sim.world.record import Record
from firmware_sim.world.world import World

MEMORY = Path("/dev/shm")  # noqa: S108  # a state directory of its own is made below it
AFTERMATH = 0.001
GLANCE_EVERY = 120.0

Onlooker = Callable[[float, Record], None]
"""Shown the record every two minutes of the night, with the elapsed seconds."""


class Night(msgspec.Struct, frozen=True):
    """A played scenario.

    differences: from its expectation; violations: of the promises; seconds: of real time; events: handled by the
    core; happened: how often each kind of change took place.
    """

    scenario: Scenario
    record: Record
    differences: list[str]
    violations: list[Violation]
    seconds: float
    events: int = 0
    happened: dict[str, int] = {}

    @property
    def as_expected(self) -> bool:
        return not self.differences and not self.violations


def play(
    scenario: Scenario,
    equipment: Equipment | None = None,
    state: Path | None = None,
    onlooker: Onlooker | None = None,
) -> Night:
    """Play a scenario; in fast mode unless equipped otherwise.

    state: an empty directory for the device's state, kept afterwards; a temporary one if not given.
    """
    begun = time.perf_counter()
    memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="nattro-", dir=memory) as directory:
        record, device, stage = _play_in(
            state or Path(directory), scenario, equipment or Recorded(), onlooker
        )
    return Night(
        scenario=scenario,
        record=record,
        differences=differences(scenario, record),
        violations=judge(scenario, record),
        seconds=time.perf_counter() - begun,
        events=device.events,
        happened=dict(stage.happened),
    )


def _play_in(
    directory: Path, scenario: Scenario, equipment: Equipment, onlooker: Onlooker | None
) -> tuple[Record, Device, Stage]:
    world = World(scenario.night.start_utc)
    equipment.begin(world)
    device = Device(world, scenario.policy, directory / "state-1", equipment)
    stage = Stage(scenario, world, device)
    world.agenda.at(scenario.seconds + AFTERMATH, lambda: _end(world, device))
    if onlooker is not None:
        _let_look(onlooker, world)
    commissioning = [stage.consent(blind_test=scenario.blind_test)] if scenario.commissioned else []
    for consent in commissioning:
        stage.note_consent(consent)
    while world.agenda.elapsed < scenario.seconds:
        if device.asleep:
            world.agenda.run_next()
        else:
            device.live(*commissioning)
            commissioning = []
    return world.record, device, stage


def _let_look(onlooker: Onlooker, world: World) -> None:
    onlooker(world.agenda.elapsed, world.record)
    world.agenda.after(GLANCE_EVERY, lambda: _let_look(onlooker, world))


def _end(world: World, device: Device) -> None:
    """The scenario is over: the process ends here, and nothing starts it again."""
    if not device.asleep:
        world.clock.end_process()
