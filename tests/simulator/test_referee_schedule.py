"""Which times hold: those that the device was told last, in whatever order it answers."""

from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record
from tests.simulator.doctored import drop, judged

IN_ONE_BREATH = "told-again-in-one-breath"


def _hears_the_second_first(_: Scenario, record: Record) -> None:
    record.handed_over.sort(key=lambda handed: (handed.at, b'"second"' not in handed.payload))


def test_a_command_that_is_heard_again_and_answered_last_does_not_bring_its_times_back() -> None:
    assert judged(IN_ONE_BREATH) == []


def test_the_check_at_the_newer_time_is_owed() -> None:
    found = judged(IN_ONE_BREATH, drop("check", check="05:00"))
    assert any("05:00 was never answered" in violation.text for violation in found), found


def test_the_times_that_were_told_last_are_owed_and_published() -> None:
    found = [violation.text for violation in judged(IN_ONE_BREATH, _hears_the_second_first)]
    assert "the schedule says ['05:00'], agreed are ['04:52']" in found
    assert "check 2027-10-11T04:52 was never answered" in found
