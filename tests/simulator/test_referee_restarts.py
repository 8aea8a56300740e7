"""Restarts: what cuts a pulse short, what counts as one, and how long ago it is for who was without power."""

import pytest

from firmware_sim.world.record import Part
from tests.simulator.doctored import Plant, accused, give, look, pulse, see, writes


@pytest.mark.parametrize(("process", "blamed"), [("device", False), ("person", True)])
def test_a_pulse_is_cut_short_by_the_end_of_its_process_only(process: Part, blamed: bool) -> None:
    """It ends and begins again in one instant."""
    short = pulse("usb", "23:30", "+02:30:00.300")
    ends = see(("+02:30:00.300", process, "down"), ("+02:30:00.300", process, "up"))
    assert accused("usb was off for", short, ends) is blamed


@pytest.mark.parametrize(("first", "blamed"), [("device", False), ("mains", True)])
def test_who_stopped_in_good_order_before_the_power_went_has_lost_none(first: str, blamed: bool) -> None:
    """Both happen at 23:00; the record has them in their order."""
    stopped, cut = see(("23:00", "device", "down")), see(("23:00", "mains", "off"))
    plants = (stopped, cut) if first == "device" else (cut, stopped)
    back = see(("23:10", "mains", "on"), ("23:10:25", "device", "up"))
    assert accused("nobody was told that it had gone", *plants, back) is blamed


EIGHT_OF_THE_CAMERA = [pulse("relay.camera", f"23:0{minute}", f"23:0{minute}:10") for minute in range(1, 9)]
"""One a minute, where six a day are allowed."""
TWO_OF_THE_ROUTER = (pulse("relay.router", "23:00", "23:00:10"), pulse("relay.router", "23:20", "23:20:10"))
"""Twenty minutes apart, where half an hour must pass."""


@pytest.mark.parametrize(
    ("stuck", "rests", "blamed"),
    [
        (("23:06:59", "23:07:59"), "23:00", False),
        (("23:06:50", "23:07:50"), "23:08", False),
        (("23:06:50", "23:07:50"), "23:07", True),
        (("23:07:59",), "23:00", True),
        (("23:00:59", "23:01:59"), "23:00", False),
    ],
)
def test_a_cut_for_a_worker_that_is_stuck_is_no_restart(
    stuck: tuple[str, ...], rests: str, blamed: bool
) -> None:
    words = [look(at, f"2026-11-20T22:30/{number}", "stuck") for number, at in enumerate(stuck, 7)]
    slow = writes("22:59", rests)
    assert accused("times in a day", slow, *EIGHT_OF_THE_CAMERA, *words) is blamed


@pytest.mark.parametrize(("put_right", "blamed"), [("23:15", False), ("23:05", True)])
def test_the_gap_between_restarts_is_counted_by_the_clock_that_a_power_cut_left(
    put_right: str, blamed: bool
) -> None:
    """As the device began anew it was half an hour ahead, or right."""
    power = see(("23:03", "mains", "off"), ("23:03", "device", "down"), ("23:06", "mains", "on"))
    clock = see(("23:04", "clock", "1800.0"), (put_right, "clock", "0.0"), ("23:06:05", "device", "up"))
    assert accused("restarted again after", *TWO_OF_THE_ROUTER, power, clock) is blamed


def _without_power(behind: str, put_right: str) -> list[Plant]:
    """From 23:06:30 to 23:06:40; the clock is so many seconds behind from 23:02 on, until it is put right."""
    power = see(("23:06:30", "mains", "off"), ("23:06:40", "mains", "on"))
    lives = see(("23:06:30", "device", "down"), ("23:06:45", "device", "up"))
    return [power, lives, see(("23:02", "clock", behind), (put_right, "clock", "0.0"))]


PUT_RIGHT = pytest.mark.parametrize(
    ("put_right", "blamed"), [("23:06:35", False), ("23:06:30", False), ("23:05", True), ("23:07", True)]
)
"""While the power was away, as it went, before the device stored the time for the last time, after it came back."""


@PUT_RIGHT
def test_the_gap_between_restarts_is_counted_by_the_clock_that_a_power_cut_met(
    put_right: str, blamed: bool
) -> None:
    """A clock that was half an hour behind makes more of the absence."""
    away = _without_power("-1800.0", put_right)
    assert accused("restarted again after", *TWO_OF_THE_ROUTER, *away) is blamed


@PUT_RIGHT
def test_the_restarts_of_a_day_are_counted_by_the_clock_that_a_power_cut_met(
    put_right: str, blamed: bool
) -> None:
    """A clock that was a day behind."""
    away = _without_power("-86400.0", put_right)
    assert accused("times in a day", *EIGHT_OF_THE_CAMERA, *away) is blamed


def test_a_power_cut_in_an_instant_measures_the_absence_likewise() -> None:
    """The clock is put right between the end of one process and the beginning of the next."""
    power = see(("23:05", "mains", "off"), ("23:05", "device", "down"), ("23:05", "mains", "on"))
    clock = see(("23:02", "clock", "-1800.0"), ("23:05", "clock", "0.0"), ("23:05", "device", "up"))
    assert not accused("restarted again after", *TWO_OF_THE_ROUTER, power, clock)


@pytest.mark.parametrize(("works", "blamed"), [("23:30", False), ("23:06:20", False), ("23:05:30", True)])
def test_the_absence_is_measured_from_what_was_stored_last(works: str, blamed: bool) -> None:
    """The disk was full since 23:01, when the clock was behind; it was right minutes before the power went."""
    first = pulse("relay.router", "22:59", "22:59:10")
    second = pulse("relay.router", "23:20", "23:20:10")
    behind = see(("23:00", "clock", "-1800.0"), ("23:02", "clock", "0.0"))
    full = see(("23:01", "store", "full"), (works, "store", "works"))
    power = see(("23:06:30", "mains", "off"), ("23:06:40", "mains", "on"))
    lives = see(("23:06:30", "device", "down"), ("23:06:45", "device", "up"))
    assert accused("restarted again after", first, second, behind, full, power, lives) is blamed


@pytest.mark.parametrize(("disk", "blamed"), [("full", False), ("works", True)])
def test_the_absence_is_measured_again_by_who_starts_next_if_it_could_not_be_stored(
    disk: str, blamed: bool
) -> None:
    """The clock was right as the power came back, and ahead as the next process began."""
    power = see(("23:03", "mains", "off"), ("23:03", "device", "down"), ("23:06", "mains", "on"))
    lives = see(("23:06:05", "device", "up"), ("23:09", "device", "down"), ("23:09:02", "device", "up"))
    clock = see(("23:08", "clock", "1800.0"), ("23:15", "clock", "0.0"), ("23:02", "store", disk))
    assert accused("restarted again after", *TWO_OF_THE_ROUTER, power, lives, clock) is blamed


def _told_in_vain(part: Part, at: str) -> Plant:
    return see((at, "fault", f"{part} does not move", "off"))


@pytest.mark.parametrize(
    ("told", "cut", "blamed"),
    [
        ("23:00:00", "23:00:04", False),
        ("23:00:00", "23:00:59", False),
        ("23:00:00", "23:01:01", True),
        ("23:00:03", "23:00:04", True),
        ("22:59:59", "23:00:04", True),
    ],
    ids=["late", "within a pulse", "after it", "told long after the command", "told before it"],
)
def test_contacts_that_move_late_cut_the_camera_for_the_command_that_told_them(
    told: str, cut: str, blamed: bool
) -> None:
    """A relay that sticks comes free while its coil is still driven."""
    command = give("23:00", "restart-camera", "r1")
    plants = (command, _told_in_vain("relay.camera", told), pulse("relay.camera", cut, "23:01:10"))
    assert accused("relay.camera was cut although", *plants) is blamed


def test_contacts_that_move_late_do_so_once_for_one_command() -> None:
    command, told = give("23:00", "restart-camera", "r1"), _told_in_vain("relay.camera", "23:00")
    cuts = (pulse("relay.camera", "23:00:04", "23:00:10"), pulse("relay.camera", "23:00:30", "23:00:40"))
    assert accused("relay.camera was cut although", command, told, *cuts)


@pytest.mark.parametrize(("part", "blamed"), [("relay.camera", False), ("relay.router", True)])
def test_nobody_but_the_contacts_that_were_told_moves_late(part: Part, blamed: bool) -> None:
    command, cut = give("23:00", "restart-camera", "r1"), pulse("relay.camera", "23:00:04", "23:00:10")
    assert accused("relay.camera was cut although", command, _told_in_vain(part, "23:00"), cut) is blamed


@pytest.mark.parametrize(("told", "blamed"), [("23:14:50", False), ("23:15:10", True)])
def test_contacts_that_move_late_cut_the_camera_for_what_ailed_it_when_they_were_told(
    told: str, blamed: bool
) -> None:
    """It was gone until 23:00; a quarter of an hour later a mending may no longer cut its power."""
    gone = see(("22:58", "node", "gone"), ("23:00", "node", "present"))
    plants = (gone, _told_in_vain("relay.camera", told), pulse("relay.camera", "23:15:20", "23:15:30"))
    assert accused("relay.camera was cut although", *plants) is blamed


@pytest.mark.parametrize(("told", "blamed"), [("23:19:56", False), ("23:19:50", True)])
def test_contacts_that_move_late_restart_the_router_by_the_command_that_told_them(
    told: str, blamed: bool
) -> None:
    """No gap is asked of a command."""
    plants = (give("23:19:55", "restart-router", "r1"), _told_in_vain("relay.router", told))
    assert accused("restarted again after", *TWO_OF_THE_ROUTER, *plants) is blamed
