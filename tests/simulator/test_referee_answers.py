"""What excuses a second answer, a late one, a missing one or a `missed`, does so no further than its cause."""

import pytest

from tests.simulator.doctored import (
    NEW_LIFE,
    Plant,
    Told,
    accused,
    again,
    change,
    drop,
    only_answer,
    reports,
    see,
    writes,
)

LOST = {"status": "missed", "reason": "state_lost", "looks": []}


def _answered_anew(**instead: object) -> Plant:
    """The check of 22:30, answered at 22:30:11, is answered once more ten minutes later."""
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-20T21:40:11Z"}
    return again("check", {"check": "22:30"}, 600.0, later, **instead)


@pytest.mark.parametrize(("when", "blamed"), [("22:35", False), ("22:20", True), ("22:50", True)])
def test_a_second_answer_is_forgiven_to_who_lost_the_first(when: str, blamed: bool) -> None:
    plants = (see((when, "store", "lost")), _answered_anew(**LOST))
    assert accused("answered 2 times", *plants) is blamed


def test_who_lost_its_memory_says_so() -> None:
    assert accused("answered 2 times", see(("22:35", "store", "lost")), _answered_anew(status="uncertain"))


@pytest.mark.parametrize(
    ("when", "ahead", "blamed"),
    [
        ("22:36", "-600.000", False),
        ("22:32", "-600.000", False),
        ("22:36", "-60.000", True),
        ("22:36", "600.000", True),
        ("22:36", "0.000", True),
    ],
    ids=["back", "back before the loss", "not back so far", "forwards", "it stood"],
)
def test_a_pause_answers_a_second_time_only_where_the_clock_led_back(
    when: str, ahead: str, blamed: bool
) -> None:
    """To before 22:30, when the window begins."""
    lost, clock = see(("22:35", "store", "lost")), see((when, "clock", ahead))
    assert accused("answered 2 times", lost, clock, _answered_anew(status="paused", looks=[])) is blamed


@pytest.mark.parametrize(("dies", "blamed"), [("22:35", False), ("22:45", True)])
def test_an_answer_that_could_not_be_stored_is_given_again_after_a_death_only(
    dies: str, blamed: bool
) -> None:
    undurable = again("check", {"check": "22:30"}, 0.0, {"durable": False, "id": "00000001-5"})
    death = see((dies, "device", "down"), (f"{dies}:05", "device", "up"))
    found = accused(
        "answered 2 times", undurable, only_answer("22:30", "00000001-5"), death, _answered_anew()
    )
    assert found is blamed


@pytest.mark.parametrize("lost", [False, True], ids=["not stored", "lost with the store"])
@pytest.mark.parametrize(("dies", "blamed"), [("22:30:23", False), ("22:30:15", True)])
def test_an_answer_may_be_forgotten_though_a_clock_that_goes_back_shows_its_time_again_after_that(
    dies: str, blamed: bool, lost: bool
) -> None:
    """By five seconds at 22:30:23: it shows 22:30:21, the time of the answer, twice."""
    told = again("check", {"check": "22:30"}, 10.0, {"durable": lost, "id": "00000001-5"})
    death = see((dies, "device", "down"), (dies, "store", "lost" if lost else "works"))
    back = see(("22:30:23", "clock", "-5.000"), ("22:30:24", "device", "up"))
    anew = _answered_anew(**LOST) if lost else _answered_anew()
    plants = (told, only_answer("22:30", "00000001-5"), death, back, anew)
    assert accused("answered 2 times", *plants) is blamed


def test_a_worker_s_false_claim_is_not_the_agent_s() -> None:
    claimed = (change("check", {"check": "02:30"}, status="in_bed"), reports("02:30", not_in_bed="in_bed"))
    assert not accused("the bed was empty", *claimed)
    assert accused("the bed was empty", claimed[0])


@pytest.mark.parametrize(("device_off", "blamed"), [(("22:29", "22:50"), False), (("22:00", "22:20"), True)])
def test_a_power_cut_excuses_the_windows_that_it_touches(device_off: tuple[str, str], blamed: bool) -> None:
    off, on = device_off
    missed = change("check", {"check": "22:30"}, status="missed", reason="power", looks=[])
    assert accused("but that was not so", see((off, "mains", "off"), (on, "mains", "on")), missed) is blamed


@pytest.mark.parametrize(
    ("works", "blamed"),
    [("22:45", False), ("22:29:50", False), ("22:29:20", True), ("22:00", True)],
    ids=["when it was dead", "before it tried again", "as it tried again", "long before"],
)
def test_who_has_stored_nothing_since_a_power_cut_takes_a_later_death_for_it(
    works: str, blamed: bool
) -> None:
    """The power was away from 21:10 to 21:20; the process died at 22:30:05."""
    cut = see(("21:10", "mains", "off"), ("21:10", "device", "down"), ("21:20", "mains", "on"))
    disk = see(("21:09", "store", "full"), (works, "store", "works"))
    lives = see(("21:20:05", "device", "up"), ("22:30:05", "device", "down"), ("22:30:08", "device", "up"))
    power = change("check", {"check": "22:30"}, status="missed", reason="power", looks=[])
    assert accused("says missed(power), but that was not so", cut, disk, lives, power) is blamed


@pytest.mark.parametrize(("begins", "rests", "blamed"), [("10", "15", False), ("22", "27", True)])
def test_a_slow_disk_that_wrote_before_the_answer_may_have_taken_the_time(
    begins: str, rests: str, blamed: bool
) -> None:
    """The check of 22:30 is answered at 22:30:21."""
    slow = writes(f"22:30:{begins}", f"22:30:{rests}")
    no_time = change("check", {"check": "22:30"}, status="missed", reason="no_time")
    assert accused("says missed(no_time), but that was not so", slow, no_time) is blamed


@pytest.mark.parametrize(("line_down", "blamed"), [(("22:29", "22:59"), False), (("21:00", "22:00"), True)])
def test_a_dead_line_excuses_a_late_answer_and_not_for_long(line_down: tuple[str, str], blamed: bool) -> None:
    down, up = line_down
    late = again("check", {"check": "22:30"}, 2300.0, {"id": "00000001-5"})
    plants = (see((down, "line", "down"), (up, "line", "up")), late, only_answer("22:30", "00000001-5"))
    assert accused("too late", *plants) is blamed


@pytest.mark.parametrize(("ahead", "dies"), [("3600.000", "22:31:30"), ("1735.000", "22:31:15")])
@pytest.mark.parametrize("runs_on", [False, True])
def test_who_dies_before_it_looks_at_a_clock_that_was_led_over_the_window_knows_nothing_of_it(
    ahead: str, dies: str, runs_on: bool
) -> None:
    """At 22:31 it was led past the window's end, or to five seconds before it. It is right again at 22:50."""
    dies = "22:31:45" if runs_on else dies
    clock = see(("22:31", "clock", ahead), ("22:31:50", "clock", "untrusted", "0.000"))
    power = see((dies, "mains", "off"), (dies, "device", "down"), ("22:31:55", "mains", "on"))
    back = see(("22:32", "device", "up"), ("22:50", "clock", "0.000"))
    late = again("check", {"check": "22:30"}, 2300.0, {"id": "00000001-5"})
    plants = (clock, power, back, late, only_answer("22:30", "00000001-5"))
    assert accused("too late", *plants) is runs_on


@pytest.mark.parametrize(("disk_works", "blamed"), [("23:04:50", False), ("22:50", True)])
def test_what_a_full_disk_forgot_is_decided_again_after_the_window(disk_works: str, blamed: bool) -> None:
    """The answer of 22:30 is given at 23:10, after the process has died at 23:05."""
    late: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T22:10:00Z"}
    plants = (again("check", {"check": "22:30"}, 2400.0, late), only_answer("22:30", "00000001-5"))
    full = see(("22:30:05", "store", "full"), (disk_works, "store", "works"))
    death = see(("23:05", "device", "down"), ("23:05:10", "device", "up"))
    assert accused("decided after its window's end", *plants, full, death) is blamed


@pytest.mark.parametrize(
    ("disk", "minute", "blamed"),
    [("full", "23:00", False), ("works", "23:00", True), ("full", "23:05", True)],
)
def test_what_a_full_disk_forgot_is_decided_again_by_a_clock_that_goes_back_to_before_that(
    disk: str, minute: str, blamed: bool
) -> None:
    """A clock that goes back by three seconds at 23:00:05 shows 23:00:04, the time of the answer, once more."""
    words: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T22:00:04Z", "durable": False}
    plants = (again("check", {"check": "22:30"}, 1790.0, words), only_answer("22:30", "00000001-5"))
    back = see(("22:30:05", "store", disk), ("23:00:05", "clock", "-3.000"))
    death = see((f"{minute}:05", "device", "down"), (f"{minute}:06", "device", "up"))
    assert accused("decided after its window's end", *plants, back, death) is blamed


@pytest.mark.parametrize(
    ("given", "full", "blamed"),
    [("22:40", "22:00", False), ("22:35", "22:00", True), ("22:35", "22:36", False)],
    ids=["to a process that died", "and stored", "on a full disk"],
)
def test_who_may_not_know_that_there_was_consent_owes_no_check_from_before_a_loss(
    given: str, full: str, blamed: bool
) -> None:
    """The last word on consent comes before 22:40, when the process dies and its store is lost in mid-window."""
    disk = see(("21:50", "store", "full"), (full, "store", "works"))
    death = see(("22:40", "device", "down"), ("22:40:02", "store", "lost"), ("22:40:02", "device", "up"))
    anew = see((given, "consent", "given"))
    assert accused("22:30 was never answered", drop("check", check="22:30"), disk, anew, death) is blamed


LIVED_THROUGH_IT: tuple[Told, ...] = (("20:33:10", "device", "up"), ("21:05", "device", "down"))


@pytest.mark.parametrize(
    ("meanwhile", "blamed"),
    [
        ((), False),
        ((("20:32:20", "store", "works"),), True),
        ((("20:32:20", "store", "works"), ("20:32:21", "store", "full")), False),
        ((*LIVED_THROUGH_IT, ("20:33:20", "line", "up")), True),
        (LIVED_THROUGH_IT, False),
    ],
    ids=[
        "nothing",
        "it was stored that it is new",
        "before it tried again to store that",
        "a process lived through the window",
        "and was not heard",
    ],
)
def test_a_device_that_could_store_nothing_is_new_at_every_start(
    meanwhile: tuple[Told, ...], blamed: bool
) -> None:
    """Its store was torn at 20:31:30, the window of 20:34 passed while it was off, and it is back at 21:07."""
    assert accused("20:34 was never answered", see(*meanwhile), night="new-again-on-a-full-disk") is blamed


@pytest.mark.parametrize(("ahead", "blamed"), [("3600.000", False), ("1200.000", True)])
def test_who_begins_anew_owes_no_check_that_is_over_by_its_clock_whatever_becomes_of_that(
    ahead: str, blamed: bool
) -> None:
    """Its store is lost as the window of 22:30 begins; ten seconds later its clock can be trusted no more."""
    loss = see(("22:30", "device", "down"), ("22:30", "store", "lost"), ("22:30:02", "device", "up"))
    clock = see(("22:30:01", "clock", ahead), ("22:30:12", "clock", "untrusted", "0.000"))
    power = see(("22:30:12", "mains", "off"), ("22:30:12", "device", "down"), ("22:30:13", "mains", "on"))
    back = see(("22:30:30", "device", "up"), ("22:45", "clock", "0.000"))
    never = drop("check", check="22:30")
    assert accused("22:30 was never answered", loss, clock, power, back, never) is blamed
