"""A window counts once against the caps of a day: of that on which it opens."""

import pytest

from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record
from tests.simulator.doctored import Plant, accused, judged, look, see

OVER_MIDNIGHT = "window-over-midnight"
TOO_LONG = "minutes of 2027-02-28 were unlocked"


def _blamed(*plants: Plant) -> bool:
    return accused(TOO_LONG, *plants, night=OVER_MIDNIGHT)


def test_a_window_over_midnight_counts_on_the_first_day_only() -> None:
    assert judged(OVER_MIDNIGHT) == []


@pytest.mark.parametrize(("tests", "blamed"), [(1, False), (2, True)])
def test_the_next_day_has_room_for_what_its_cap_allows(tests: int, blamed: bool) -> None:
    """A window of half an hour and tests of five minutes, where 35 minutes are allowed."""
    looks = (look(f"01:3{number}", f"test-c{number}/1", "asked") for number in range(tests))
    assert _blamed(*looks) is blamed


def _first_looks_at(at: str) -> Plant:
    def plant(scenario: Scenario, record: Record) -> None:
        record.glimpses = [each for each in record.glimpses if each.at >= scenario.night.elapsed(at)]

    return plant


@pytest.mark.parametrize(("returns", "blamed"), [("23:59:50", False), ("00:05", True)])
def test_it_opens_as_soon_as_a_device_runs_in_it(returns: str, blamed: bool) -> None:
    """It was off at 23:59, and looks at 00:09."""
    away = see(("23:58", "device", "down"), (returns, "device", "up"))
    assert _blamed(away, _first_looks_at("00:05")) is blamed
