"""Which times hold: those that the device was told last, in whatever order it answers."""

import pytest

from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record
from tests.simulator.doctored import Plant, Told, drop, judged, see

IN_ONE_BREATH = "told-again-in-one-breath"
SILENT = "told-again-to-a-silent-broker"


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


def test_who_dies_in_the_instant_of_its_answer_has_heard_the_command() -> None:
    death = see(("+00:13:04.042", "device", "down"), ("+00:13:06.042", "device", "up"))
    found = [violation.text for violation in judged(IN_ONE_BREATH, _hears_the_second_first, death)]
    assert "check 2027-10-11T04:52 was never answered" in found


@pytest.mark.parametrize(
    ("died", "blamed"),
    [("+00:10:00.050", False), ("+00:10:00.020", True), ("+00:10:01.000", True)],
    ids=["as it was told", "before", "later"],
)
def test_who_died_as_it_was_told_of_other_times_may_keep_either_until_it_is_told_again(
    died: str, blamed: bool
) -> None:
    """At 04:27 of 04:38, and again at 04:42: neither is one answer too many, nor is none."""
    death = see((died, "device", "down"), ("04:27:05", "device", "up"))
    kept, forgot = judged(SILENT, death), judged(SILENT, death, drop("check", check="04:38"))
    accused = [x.text for x in (*kept, *forgot) if "04:38" in x.text]
    assert bool(accused) is blamed, accused


@pytest.mark.parametrize(
    ("line", "blamed"),
    [
        ((("04:12", "line", "down"),), False),
        ((("04:12", "line", "down"), ("04:20", "line", "works")), True),
        ((("04:30", "line", "down"),), True),
    ],
    ids=["cut off until the end", "heard again", "heard until its answer was due"],
)
def test_a_camera_opens_at_new_times_of_which_nobody_could_be_told(
    line: tuple[Told, ...], blamed: bool
) -> None:
    """The command came at 04:11, and its window begins at 05:00."""
    found = judged(IN_ONE_BREATH, drop("reply", command="second"), see(*line))
    assert any("open outside every agreed window" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("put_right", "blamed"), [("+00:13:04.040", False), ("+00:13:03.900", True)])
def test_a_window_does_not_begin_in_the_instant_in_which_other_times_come(
    put_right: str, blamed: bool
) -> None:
    """The clock shows 03:56 until it is put right, to 04:11: as the new times come, or just before."""
    clock = see(("03:58:30", "clock", "-900.000"), (put_right, "clock", "0.000"))
    found = judged(IN_ONE_BREATH, drop("check", check="04:00"), clock)
    assert any("04:00 was never answered" in violation.text for violation in found) is blamed


def test_new_times_hold_since_they_were_heard_first_though_the_first_answer_is_never_heard() -> None:
    assert judged(SILENT) == []


def _heard_from(at: str) -> Plant:
    def plant(scenario: Scenario, record: Record) -> None:
        record.handed_over = [x for x in record.handed_over if x.at >= scenario.night.elapsed(at)]

    return plant


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (drop("check", check="04:38"), "check 2026-11-21T04:38 was never answered"),
        (_heard_from("04:40"), "agreed check 2026-11-21T04:38 was answered, but never agreed or ordered"),
        (see(("04:27:00", "device", "down"), ("04:27:02", "device", "up")), "never agreed or ordered"),
    ],
    ids=["owed", "not heard before", "told to a process that had died"],
)
def test_they_hold_no_earlier_and_no_later(plant: Plant, said: str) -> None:
    found = judged(SILENT, plant)
    assert any(said in violation.text for violation in found), found
