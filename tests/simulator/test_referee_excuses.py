"""What excuses the agent does so exactly as far as its cause reaches: a wider excuse would hide a bug."""

import pytest

from firmware_sim.fuzz.hunt import scenario
from firmware_sim.runner import play
from firmware_sim.world.record import Part
from tests.simulator.doctored import Plant, again, change, drop, give, judged, look, only_answer, reports, see

AWAY = "away-at-second-check"
SECOND: dict[str, object] = {"id": "00000001-9999999"}
NEW_LIFE: dict[str, object] = {"id": "00000002-5000"}


def _blamed(said: str, *plants: Plant) -> bool:
    return any(said in violation.text for violation in judged(AWAY, *plants))


def _answered_anew(**instead: object) -> Plant:
    """The check of 22:30, answered at 22:30:11, is answered once more ten minutes later."""
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-20T21:40:11Z"}
    return again("check", {"check": "22:30"}, 600.0, later, **instead)


Told = tuple[str, Part, str]
LOST = {"status": "missed", "reason": "state_lost", "looks": []}


@pytest.mark.parametrize(("when", "blamed"), [("22:35", False), ("22:20", True), ("22:50", True)])
def test_a_second_answer_is_forgiven_to_who_lost_the_first(when: str, blamed: bool) -> None:
    plants = (see((when, "store", "lost")), _answered_anew(**LOST))
    assert _blamed("answered 2 times", *plants) is blamed


def test_who_lost_its_memory_says_so() -> None:
    assert _blamed("answered 2 times", see(("22:35", "store", "lost")), _answered_anew(status="uncertain"))


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
    assert _blamed("answered 2 times", lost, clock, _answered_anew(status="paused", looks=[])) is blamed


@pytest.mark.parametrize(("dies", "blamed"), [("22:35", False), ("22:45", True)])
def test_an_answer_that_could_not_be_stored_is_given_again_after_a_death_only(
    dies: str, blamed: bool
) -> None:
    undurable = again("check", {"check": "22:30"}, 0.0, {"durable": False, "id": "00000001-5"})
    death = see((dies, "device", "down"), (f"{dies}:05", "device", "up"))
    found = _blamed(
        "answered 2 times", undurable, only_answer("22:30", "00000001-5"), death, _answered_anew()
    )
    assert found is blamed


def test_a_worker_s_false_claim_is_not_the_agent_s() -> None:
    claimed = (change("check", {"check": "02:30"}, status="in_bed"), reports("02:30", not_in_bed="in_bed"))
    assert not _blamed("the bed was empty", *claimed)
    assert _blamed("the bed was empty", claimed[0])


@pytest.mark.parametrize(("first", "blamed"), [("device", False), ("mains", True)])
def test_who_stopped_in_good_order_before_the_power_went_has_lost_none(first: str, blamed: bool) -> None:
    """Both happen at 23:00; the record has them in their order."""
    stopped, cut = see(("23:00", "device", "down")), see(("23:00", "mains", "off"))
    plants = (stopped, cut) if first == "device" else (cut, stopped)
    back = see(("23:10", "mains", "on"), ("23:10:25", "device", "up"))
    assert _blamed("nobody was told that it had gone", *plants, back) is blamed


@pytest.mark.parametrize(("stuck_at", "blamed"), [("+01:30:20.500", False), ("+01:30:04", True)])
def test_a_driver_that_holds_the_camera_excuses_until_its_power_is_cut(stuck_at: str, blamed: bool) -> None:
    """The look ends at 22:30:21: within a second of giving the worker up the power must be off."""
    locked = see(("22:30:16", "switch", "locked"), ("22:31", "switch", "unlocked"))
    assert _blamed("privacy switch", locked, look(stuck_at, "2026-11-20T22:30/1", "stuck")) is blamed


@pytest.mark.parametrize(("commit", "blamed"), [("2.0", False), ("0.5", True)])
def test_it_takes_a_slow_disk_longer_to_find_out_that_a_driver_holds_the_camera(
    commit: str, blamed: bool
) -> None:
    """Locked at 22:30:10, heard up to three commits later; ten seconds later the worker is given up."""
    locked = see(("22:30:10", "switch", "locked"), ("22:31", "switch", "unlocked"))
    slow = see(("22:30:05", "store", "slow", commit), ("22:30:25", "store", "works"))
    stuck = look("+01:30:20.500", "2026-11-20T22:30/1", "stuck")
    assert _blamed("privacy switch", locked, slow, stuck) is blamed


@pytest.mark.parametrize("lost", [True, False])
def test_who_has_lost_its_memory_goes_on_with_an_alarm_whose_answer_was_denied(lost: bool) -> None:
    """The answer of 02:30 is denied until its store is lost, the alarm that the broker holds is told again."""
    denied = see(("02:29", "broker", "up", "denies /check"), ("03:30", "broker", "up", "works"))
    loss = [see(("03:30", "store", "lost"))] if lost else []
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-21T02:35:00Z"}
    told_again = again("alarm", {"check": "02:30", "state": "raised"}, 2000.0, later)
    assert _blamed("which has no answer", drop("check", check="02:30"), denied, *loss, told_again) is not lost


@pytest.mark.parametrize(("writes", "rests", "blamed"), [("10", "15", False), ("22", "27", True)])
def test_a_slow_disk_that_wrote_before_the_answer_may_have_taken_the_time(
    writes: str, rests: str, blamed: bool
) -> None:
    """The check of 22:30 is answered at 22:30:21."""
    disk = see((f"22:30:{writes}", "disk", "writes"), (f"22:30:{rests}", "disk", "rests"))
    no_time = change("check", {"check": "22:30"}, status="missed", reason="no_time")
    assert _blamed("says missed(no_time), but that was not so", disk, no_time) is blamed


@pytest.mark.parametrize(
    ("works", "blamed"),
    [("22:45", False), ("22:29:50", False), ("22:29:20", True), ("22:00", True)],
    ids=["when it was dead", "before it tried again", "just before that", "long before"],
)
def test_who_has_stored_nothing_since_a_power_cut_takes_a_later_death_for_it(
    works: str, blamed: bool
) -> None:
    """The power was away from 21:10 to 21:20; the process died at 22:30:05."""
    cut = see(("21:10", "mains", "off"), ("21:10", "device", "down"), ("21:20", "mains", "on"))
    disk = see(("21:09", "store", "full"), (works, "store", "works"))
    lives = see(("21:20:05", "device", "up"), ("22:30:05", "device", "down"), ("22:30:08", "device", "up"))
    power = change("check", {"check": "22:30"}, status="missed", reason="power", looks=[])
    assert _blamed("says missed(power), but that was not so", cut, disk, lives, power) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("22:30:05", False), ("22:29:30", True)])
def test_a_pause_that_waits_for_a_slow_disk_comes_too_late_for_a_window(rests: str, blamed: bool) -> None:
    """Sent at 22:29; the check of 22:30 is answered as if there were none."""
    pause = give("22:29", "pause", "p1", end="2026-11-20T22:15:00Z")
    words: dict[str, object] = {"id": "00000001-5"}
    done = again("reply", {"command": "ack-1"}, 0.0, words, command="p1", name="pause", outcome="done")
    slow = _writes("22:28:55", rests)
    assert _blamed("22:30 was not paused although", slow, pause, done) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("22:30:05", False), ("22:29:30", True)])
def test_a_resume_that_waits_for_a_slow_disk_comes_too_late_for_a_window(rests: str, blamed: bool) -> None:
    """Sent at 22:29; the check of 22:30 is paused as if there were none."""
    slow = _writes("22:28:55", rests)
    found = judged("planned-pause", slow, give("22:29", "resume", "r1"))
    assert any("22:30 says paused, but no pause" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("copies", "blamed"), [(40, False), (20, True)])
def test_a_resume_that_comes_in_a_flood_may_be_ignored(copies: int, blamed: bool) -> None:
    """Behind so many that the broker had kept."""
    flood = [give("22:00", "resume", f"kept-{number}", retained=True) for number in range(copies)]
    found = judged("planned-pause", *flood, give("22:00:01", "resume", "r1"))
    assert any("says paused, but no pause" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("cut_off", "blamed"), [("04:59", False), ("05:03", True)])
def test_an_alarm_goes_on_if_it_was_lost_with_the_store_that_somebody_was_seen(
    cut_off: str, blamed: bool
) -> None:
    """Seen at 05:00, lost at 05:05; the next life hears of the alarm of 02:30, and tells it again at 06:57."""
    line = see((cut_off, "line", "down"), ("05:10", "line", "works"))
    loss = see(("05:05", "store", "lost"))
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-21T05:57:00Z"}
    told_again = again("alarm", {"check": "02:30", "state": "raised"}, 14157.0, later)
    assert _blamed("it is not open", line, loss, told_again) is blamed


@pytest.mark.parametrize(("works", "blamed"), [("05:05", False), ("04:54", True)])
def test_an_alarm_of_an_earlier_life_may_be_cleared_by_an_answer_that_is_denied(
    works: str, blamed: bool
) -> None:
    """Raised on a full disk at 02:51, cleared by the next life at 05:00; what was denied waits for five minutes."""
    disk = see(("02:50", "store", "full"), ("02:52", "store", "works"))
    death = see(("02:51:10", "device", "down"), ("02:51:12", "device", "up"))
    denied = see(("04:50", "broker", "up", "denies /check"), (works, "broker", "up", "works"))
    assert _blamed("cleared for no reason", disk, death, denied, drop("check", check="05:00")) is blamed


@pytest.mark.parametrize(
    ("driver", "unplugged", "blamed"),
    [("stuck", "+01:30:21.201", False), ("works", "+01:30:21.201", True), ("stuck", "22:30:22", True)],
    ids=["held by its driver until then", "closed too late", "closed too late, and unplugged later"],
)
def test_a_stuck_camera_may_be_unplugged_before_anybody_can_know_that_it_is_stuck(
    driver: str, unplugged: str, blamed: bool
) -> None:
    """It is locked three seconds before it closes at 22:30:21."""
    locked = see(("22:30:18", "switch", "locked"), ("22:31", "switch", "unlocked"))
    camera = see(("22:30", "fault", f"camera {driver}"), (unplugged, "fault", "camera unplugged"))
    assert _blamed("privacy switch", locked, camera) is blamed


@pytest.mark.parametrize(("commits_take", "blamed"), [("0.9", False), ("0.8", True)])
def test_six_commits_may_go_before_the_power_is_cut_of_a_camera_that_is_held(
    commits_take: str, blamed: bool
) -> None:
    """It closes six seconds after that was clear; a second is for the cut."""
    locked = see(("22:30:12", "switch", "locked"), ("22:31", "switch", "unlocked"))
    slow = see(("22:30", "store", "slow", commits_take), ("22:31", "store", "works"))
    stuck = look("+01:30:15.200", "2026-11-20T22:30/1", "stuck")
    assert _blamed("privacy switch", locked, slow, stuck) is blamed


@pytest.mark.parametrize(
    ("before", "mended_by", "blamed"),
    [("plugged", "relay", False), ("unplugged", "nothing", False), ("unplugged", "relay", True)],
)
def test_a_camera_stays_stuck_whatever_is_done_to_its_plug_unless_that_mends_it(
    before: str, mended_by: str, blamed: bool
) -> None:
    """As above; its plug is pulled, or pushed, at 22:15."""
    locked = see(("22:30:18", "switch", "locked"), ("22:31", "switch", "unlocked"))
    stuck = see(("22:00", "fault", "camera stuck", mended_by), ("22:15", "fault", f"camera {before}"))
    unplugged = see(("22:20", "fault", "camera plugged"), ("+01:30:21.201", "fault", "camera unplugged"))
    assert _blamed("privacy switch", locked, stuck, unplugged) is blamed


@pytest.mark.parametrize(("device_off", "blamed"), [(("22:29", "22:50"), False), (("22:00", "22:20"), True)])
def test_a_power_cut_excuses_the_windows_that_it_touches(device_off: tuple[str, str], blamed: bool) -> None:
    off, on = device_off
    missed = change("check", {"check": "22:30"}, status="missed", reason="power", looks=[])
    assert _blamed("but that was not so", see((off, "mains", "off"), (on, "mains", "on")), missed) is blamed


@pytest.mark.parametrize(("line_down", "blamed"), [(("22:29", "22:59"), False), (("21:00", "22:00"), True)])
def test_a_dead_line_excuses_a_late_answer_and_not_for_long(line_down: tuple[str, str], blamed: bool) -> None:
    down, up = line_down
    late = again("check", {"check": "22:30"}, 2300.0, {"id": "00000001-5"})
    plants = (see((down, "line", "down"), (up, "line", "up")), late, only_answer("22:30", "00000001-5"))
    assert _blamed("too late", *plants) is blamed


def _writes(since: str, until: str) -> Plant:
    """A slow disk is at commits, one after the other."""
    return see((since, "disk", "writes"), (until, "disk", "rests"))


@pytest.mark.parametrize(
    ("writes", "blamed"),
    [(("23:29:40", "23:30:20"), False), (("23:30:10", "23:30:20"), True), (("23:31:20", "23:32"), True)],
)
def test_a_slow_disk_excuses_what_waits_for_it_while_it_writes(writes: tuple[str, str], blamed: bool) -> None:
    lamp = see(("23:30", "lamp", "lit"), ("23:31:15", "lamp", "dark"))
    assert _blamed("lamp was lit", _writes(*writes), lamp) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:09:58", False), ("23:05", True)])
def test_a_power_cut_follows_its_command_as_soon_as_a_slow_disk_has_stored_all_that_came_before(
    rests: str, blamed: bool
) -> None:
    """Told at 23:00, cut ten minutes later."""
    told = give("23:00", "restart-camera", "r1")
    cut = see(("23:10", "relay.camera", "off"), ("23:10:10", "relay.camera", "on"))
    assert _blamed("relay.camera was cut although", _writes("22:59:55", rests), told, cut) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:05", False), ("23:02:50", True)])
def test_what_waits_behind_a_slow_disk_goes_with_the_process(rests: str, blamed: bool) -> None:
    """Consent was withdrawn at 23:00, nobody was told, and the process died at 23:04."""
    withdrawn, death = see(("23:00", "consent", "withdrawn")), see(("23:04", "device", "down"))
    back = see(("23:04:02", "device", "up"))
    writing = _writes("22:59:55", rests)
    assert _blamed("consent was withdrawn, but nobody", writing, withdrawn, death, back) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:02:10", False), ("23:01:40", True)])
def test_a_change_of_consent_is_told_within_a_minute_of_when_a_slow_disk_let_it_be_heard(
    rests: str, blamed: bool
) -> None:
    """Withdrawn at 23:00 and given anew three minutes later, of which nobody was told."""
    changes = see(("23:00", "consent", "withdrawn"), ("23:03", "consent", "given"))
    assert _blamed("consent was withdrawn, but nobody", _writes("22:59:55", rests), changes) is blamed


@pytest.mark.parametrize(("store", "blamed"), [("works", True), ("lost", False)])
def test_an_alarm_is_still_due_when_the_device_is_back_unless_it_went_with_the_store(
    store: str, blamed: bool
) -> None:
    """The answer of 02:30 came at 02:51:03, then the device was away for five minutes."""
    away = see(
        ("02:51:20", "device", "down"),
        ("02:52", "store", store),
        ("02:56", "device", "up"),
    )
    never = drop("alarm", check="02:30")
    assert _blamed("no alarm was raised", away, never) is blamed


@pytest.mark.parametrize(("denied_until", "blamed"), [("06:59", False), ("02:00", True)])
def test_an_alarm_without_its_answer_is_forgiven_while_the_broker_denies_answers(
    denied_until: str, blamed: bool
) -> None:
    """Another life has answered the check of 22:30 before."""
    denied = see(("22:31", "broker", "up", "denies /check"), (denied_until, "broker", "up", "works"))
    lost = see(("22:33", "store", "lost"))
    raised = again(
        "alarm", {"check": "02:30"}, 0.0, NEW_LIFE, check="2026-11-20T22:30", alarm="x", kind="missed"
    )
    assert _blamed("asks for none", denied, lost, raised) is blamed


@pytest.mark.parametrize(("full_from", "blamed"), [("22:29", False), ("22:40", True)])
def test_an_alarm_without_its_answer_is_forgiven_to_a_process_that_died_on_a_full_disk(
    full_from: str, blamed: bool
) -> None:
    """Numbers begin where the last good commit left them: nothing tells these lives apart but their deaths."""
    full = see((full_from, "store", "full"), ("05:15", "store", "works"))
    died = see(
        ("22:33", "device", "down"),
        ("22:34", "device", "up"),
        ("05:02", "device", "down"),
        ("05:03", "device", "up"),
    )
    denied = see(("22:35", "broker", "up", "denies /check"), ("05:10", "broker", "up", "works"))
    raised = again(
        "alarm", {"check": "02:30"}, 0.0, SECOND, check="2026-11-20T22:30", alarm="x", kind="missed"
    )
    assert _blamed("asks for none", full, died, denied, raised) is blamed


@pytest.mark.parametrize(("process", "blamed"), [("device", False), ("person", True)])
def test_a_pulse_is_cut_short_by_the_end_of_its_process_only(process: Part, blamed: bool) -> None:
    """It ends and begins again in one instant."""
    pulse = see(("23:30", "usb", "off"), ("+02:30:00.300", "usb", "on"))
    ends = see(("+02:30:00.300", process, "down"), ("+02:30:00.300", process, "up"))
    assert _blamed("usb was off for", pulse, ends) is blamed


def _restarts_of_the_camera(count: int) -> Plant:
    pulses = [(f"23:{minute:02d}", f"23:{minute:02d}:10") for minute in range(1, 1 + count)]
    return see(
        *(
            (at, "relay.camera", state)
            for pulse in pulses
            for at, state in zip(pulse, ("off", "on"), strict=True)
        )
    )


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
    """Six are allowed, and eight cuts were made, one a minute from 23:01 on."""
    words = [look(at, f"2026-11-20T22:30/{number}", "stuck") for number, at in enumerate(stuck, 7)]
    slow = _writes("22:59", rests)
    assert _blamed("times in a day", slow, _restarts_of_the_camera(8), *words) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:29:55", False), ("23:29:20", True)])
def test_a_router_is_cut_for_what_was_probed_before_a_slow_disk_stored_it(rests: str, blamed: bool) -> None:
    """The internet was out of reach for a quarter of an hour, and back for half a minute when the power was cut."""
    outage = see(("23:14:30", "internet", "down"), ("23:29:30", "internet", "up"))
    cut = see(("23:30", "relay.router", "off"), ("23:30:10", "relay.router", "on"))
    assert _blamed("not out of reach", outage, cut, _writes("23:29:10", rests)) is blamed


@pytest.mark.parametrize(("disk", "blamed"), [("6", False), ("2", True)])
def test_the_gap_between_restarts_is_counted_from_when_they_were_decided(disk: str, blamed: bool) -> None:
    """The first was decided before it was stored; 29 minutes and 55 seconds lie between the cuts."""
    first = see(("23:00", "relay.router", "off"), ("23:00:10", "relay.router", "on"))
    second = see(("23:29:55", "relay.router", "off"), ("23:30:05", "relay.router", "on"))
    slow = see(("22:59:50", "store", "slow", disk), ("23:00:05", "store", "works"))
    assert _blamed("restarted again after", first, second, slow) is blamed


@pytest.mark.parametrize(("put_right", "blamed"), [("23:15", False), ("23:05", True)])
def test_the_gap_between_restarts_is_counted_by_the_clock_that_a_power_cut_left(
    put_right: str, blamed: bool
) -> None:
    """Twenty minutes lie between the cuts; as the device began anew its clock was half an hour ahead, or right."""
    first = see(("23:00", "relay.router", "off"), ("23:00:10", "relay.router", "on"))
    second = see(("23:20", "relay.router", "off"), ("23:20:10", "relay.router", "on"))
    power = see(("23:03", "mains", "off"), ("23:03", "device", "down"), ("23:06", "mains", "on"))
    clock = see(("23:04", "clock", "1800.0"), (put_right, "clock", "0.0"), ("23:06:05", "device", "up"))
    assert _blamed("restarted again after", first, second, power, clock) is blamed


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
    """Twenty minutes lie between the cuts; a clock that was half an hour behind makes more of the absence."""
    first = see(("23:00", "relay.router", "off"), ("23:00:10", "relay.router", "on"))
    second = see(("23:20", "relay.router", "off"), ("23:20:10", "relay.router", "on"))
    away = _without_power("-1800.0", put_right)
    assert _blamed("restarted again after", first, second, *away) is blamed


@PUT_RIGHT
def test_the_restarts_of_a_day_are_counted_by_the_clock_that_a_power_cut_met(
    put_right: str, blamed: bool
) -> None:
    """Six are allowed, and eight cuts were made, one a minute from 23:01 on."""
    away = _without_power("-86400.0", put_right)
    assert _blamed("times in a day", _restarts_of_the_camera(8), *away) is blamed


def test_a_power_cut_in_an_instant_measures_the_absence_likewise() -> None:
    """The clock is put right between the end of one process and the beginning of the next."""
    first = see(("23:00", "relay.router", "off"), ("23:00:10", "relay.router", "on"))
    second = see(("23:20", "relay.router", "off"), ("23:20:10", "relay.router", "on"))
    power = see(("23:05", "mains", "off"), ("23:05", "device", "down"), ("23:05", "mains", "on"))
    clock = see(("23:02", "clock", "-1800.0"), ("23:05", "clock", "0.0"), ("23:05", "device", "up"))
    assert not _blamed("restarted again after", first, second, power, clock)


@pytest.mark.parametrize(("works", "blamed"), [("23:30", False), ("23:06:20", False), ("23:05:30", True)])
def test_the_absence_is_measured_from_what_was_stored_last(works: str, blamed: bool) -> None:
    """The disk was full since 23:01, when the clock was behind; it was right minutes before the power went."""
    first = see(("22:59", "relay.router", "off"), ("22:59:10", "relay.router", "on"))
    second = see(("23:20", "relay.router", "off"), ("23:20:10", "relay.router", "on"))
    behind = see(("23:00", "clock", "-1800.0"), ("23:02", "clock", "0.0"))
    full = see(("23:01", "store", "full"), (works, "store", "works"))
    power = see(("23:06:30", "mains", "off"), ("23:06:40", "mains", "on"))
    lives = see(("23:06:30", "device", "down"), ("23:06:45", "device", "up"))
    assert _blamed("restarted again after", first, second, behind, full, power, lives) is blamed


@pytest.mark.parametrize(
    ("copies", "clock", "since", "back", "blamed"),
    [
        (30, "untrusted", "23:02", "23:04:20", False),
        (30, "-300.0", "23:02", "23:04:20", False),
        (29, "untrusted", "23:02", "23:04:20", True),
        (30, "untrusted", "23:04:45", "23:04:20", True),
        (30, "-300.0", "22:45", "23:04:20", True),
        (30, "300.0", "23:02", "23:04:20", True),
        (30, "untrusted", "23:02", "23:04", True),
    ],
)
def test_a_minute_that_no_clock_told_lasts_over_a_power_cut(
    copies: int, clock: str, since: str, back: str, blamed: bool
) -> None:
    """Thirty refusals a minute are told in words; the power goes for minutes between them and one more."""
    flood = [give("22:59:50", "resume", f"kept-{number}", retained=True) for number in range(copies)]
    power = see(("22:59:55", "mains", "off"), ("22:59:55", "device", "down"), (back, "mains", "on"))
    ahead = "0.0" if clock == "untrusted" else clock
    anew = see(("23:04:30", "device", "up"), (since, "clock", clock, ahead), ("23:10", "clock", "0.0"))
    late = give("23:05", "resume", "r1", retained=True)
    assert _blamed("resume r1 was not refused", *flood, power, anew, late) is blamed


@pytest.mark.parametrize(("disk", "blamed"), [("full", False), ("works", True)])
def test_the_absence_is_measured_again_by_who_starts_next_if_it_could_not_be_stored(
    disk: str, blamed: bool
) -> None:
    """Twenty minutes lie between the cuts; the clock was right as the power came back, and ahead at the next."""
    first = see(("23:00", "relay.router", "off"), ("23:00:10", "relay.router", "on"))
    second = see(("23:20", "relay.router", "off"), ("23:20:10", "relay.router", "on"))
    power = see(("23:03", "mains", "off"), ("23:03", "device", "down"), ("23:06", "mains", "on"))
    lives = see(("23:06:05", "device", "up"), ("23:09", "device", "down"), ("23:09:02", "device", "up"))
    clock = see(("23:08", "clock", "1800.0"), ("23:15", "clock", "0.0"), ("23:02", "store", disk))
    assert _blamed("restarted again after", first, second, power, lives, clock) is blamed


@pytest.mark.parametrize(("disk_works", "blamed"), [("23:04:50", False), ("22:50", True)])
def test_what_a_full_disk_forgot_is_decided_again_after_the_window(disk_works: str, blamed: bool) -> None:
    """The answer of 22:30 is given at 23:10, after the process has died at 23:05."""
    late: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T22:10:00Z"}
    plants = (again("check", {"check": "22:30"}, 2400.0, late), only_answer("22:30", "00000001-5"))
    full = see(("22:30:05", "store", "full"), (disk_works, "store", "works"))
    death = see(("23:05", "device", "down"), ("23:05:10", "device", "up"))
    assert _blamed("decided after its window's end", *plants, full, death) is blamed


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
    assert _blamed("decided after its window's end", *plants, back, death) is blamed


def _asked_too_much(disk_works: str, *confirmed: Plant) -> bool:
    """Of who was told on a disk full from 22:31 on, died at 23:00, and asked for more evidence at 00:30."""
    full = see(("22:31", "store", "full"), (disk_works, "store", "works"))
    death = see(("23:00", "device", "down"), ("23:00:02", "device", "up"))
    found = judged("confirmed-by-staff", full, death, *confirmed)
    return any("look 2026-11-21T00:30/2 asks for 0.69" in violation.text for violation in found)


def _confirm(at: str, command: str, outcome: str) -> Plant:
    return give(at, "confirm", command, check="2026-11-20T22:30", outcome=outcome, correction=True)


FORGOTTEN, TRIED_AGAIN, PERHAPS_TRIED_AGAIN = "23:00:01", "22:50", "22:59:50"
"""The disk works again when who was told has died, ten minutes before, ten seconds before."""


@pytest.mark.parametrize(
    ("disk_works", "blamed"), [(TRIED_AGAIN, False), (PERHAPS_TRIED_AGAIN, False), (FORGOTTEN, True)]
)
def test_a_repetition_counts_for_who_died_before_the_first_could_be_stored(
    disk_works: str, blamed: bool
) -> None:
    """At 22:32 the answer was right, at 22:35 wrong, and at 23:30 what came at 22:32 comes again."""
    right = (_confirm("22:32", "second", "in_bed"), _confirm("23:30", "second", "in_bed"))
    assert _asked_too_much(disk_works, *right) is blamed


@pytest.mark.parametrize(
    ("disk_works", "blamed"), [(TRIED_AGAIN, True), (PERHAPS_TRIED_AGAIN, False), (FORGOTTEN, False)]
)
def test_a_repetition_changes_nothing_for_who_has_stored_the_first(disk_works: str, blamed: bool) -> None:
    """At 22:35 the answer was wrong, at 22:55 right, and at 23:30 what came at 22:35 comes again."""
    right, again_wrong = _confirm("22:55", "corrected", "in_bed"), _confirm("23:30", "wrong", "not_in_bed")
    assert _asked_too_much(disk_works, right, again_wrong) is blamed


@pytest.mark.parametrize("heard_after", [60.0, 3600.0], ids=["at once", "after it came again"])
@pytest.mark.parametrize("stored", [True, False])
def test_a_repetition_changes_nothing_for_who_has_said_in_a_stored_word_that_it_was_done(
    stored: bool, heard_after: float
) -> None:
    """At 22:32 the answer was right, at 22:35 wrong; that the first was done is said then, and heard later."""
    right = (_confirm("22:32", "second", "in_bed"), _confirm("23:30", "second", "in_bed"))
    envelope: dict[str, object] = {"id": "00000001-5000", "durable": stored}
    told = again("reply", {"command": "wrong"}, heard_after, envelope, command="second")
    assert _asked_too_much(FORGOTTEN, *right, told) is not stored


@pytest.mark.parametrize(
    ("reason", "blamed"),
    [("retained commands are refused", False), ("no answer to such a check is remembered", True)],
    ids=["a copy that the broker kept", "what was confirmed"],
)
def test_what_was_confirmed_holds_though_a_copy_of_it_is_refused(reason: str, blamed: bool) -> None:
    """That it was done could not be said by a full disk; that it is refused is said later."""
    done: dict[str, object] = {"command": "wrong", "outcome": "done"}
    refused = again("reply", done, 60.0, {"id": "00000001-5000"}, outcome="refused", reason=reason)
    assert _asked_too_much(TRIED_AGAIN, refused, drop("reply", **done)) is blamed


@pytest.mark.parametrize(
    ("disk_works", "store", "refused", "blamed"),
    [
        ("03:00", "full", "23:40", False),
        ("03:00", "full", "21:36", True),
        ("22:50", "works", "23:40", True),
        ("22:50", "lost", "23:40", False),
        ("22:50", "lost", "21:36", True),
    ],
    ids=["forgotten", "by who was told", "stored", "lost", "by who was told, then lost"],
)
def test_what_was_confirmed_holds_though_it_is_refused_by_who_knows_nothing_of_it(
    disk_works: str, store: str, refused: str, blamed: bool
) -> None:
    """Told at 22:35 on a full disk, heeded at 00:30, and dead at 00:35; it is refused at 00:40, or at 22:36."""
    done: dict[str, object] = {"command": "wrong", "outcome": "done"}
    words = {"outcome": "refused", "reason": "no answer to such a check is remembered"}
    then: dict[str, object] = {"id": "00000001-5000", "time": f"2026-11-20T{refused}:00Z"}
    told = again("reply", done, 7500.0, then, **words)
    full = see(("22:31", "store", "full"), (disk_works, "store", "works"))
    death = see(("00:35", "device", "down"), ("00:35:01", "store", store), ("00:35:02", "device", "up"))
    found = judged("confirmed-by-staff", full, death, told, drop("reply", **done))
    assert any("look 2026-11-21T00:30/2 asks for 0.69" in each.text for each in found) is blamed


@pytest.mark.parametrize(
    ("lives", "blamed"),
    [
        ((), False),
        ((("02:42", "device", "up"),), True),
        ((("02:43", "device", "up"), ("02:43", "device", "down")), True),
    ],
    ids=["none lived", "one lived then", "one lived for an instant"],
)
def test_nothing_was_said_while_no_process_ran(lives: tuple[Told, ...], blamed: bool) -> None:
    """A clock that was an hour ahead from 02:40 to 02:45 showed 03:43 at 02:43, before the alarm was raised."""
    clock = see(("02:40", "clock", "3600.000"), ("02:45", "clock", "0.000"))
    away = see(("02:41", "device", "down"), *lives, ("02:44", "device", "up"))
    words: dict[str, object] = {"id": "00000001-2", "time": "2026-11-21T02:43:00Z", "durable": False}
    cleared = again("alarm", {"check": "02:30", "state": "raised"}, 2517.0, words, state="cleared")
    assert _blamed("was cleared, then raised again", clock, away, cleared) is blamed


@pytest.mark.parametrize(("answered", "blamed"), [("04:10:00", False), ("04:09:00", True)])
def test_each_new_answer_to_a_check_may_raise_its_alarm_anew(answered: str, blamed: bool) -> None:
    """Cleared at 05:00:21, raised at 05:10, and answered for the third time at 05:20."""
    second: dict[str, object] = {"id": "00000001-9000001", "time": f"2026-11-21T{answered}Z"}
    third: dict[str, object] = {"id": "00000001-9000003", "time": "2026-11-21T04:20:00Z"}
    words: dict[str, object] = {"id": "00000001-9000002", "time": "2026-11-21T04:10:00Z"}
    answers = (
        again("check", {"check": "02:30"}, later, which) for later, which in ((8337, second), (600, third))
    )
    raised = again("alarm", {"check": "02:30", "state": "raised"}, 7737.0, words, repeat=0)
    assert _blamed("was cleared, then raised again", *answers, raised) is blamed


@pytest.mark.parametrize(("message", "blamed"), [("00000001-2", False), ("00000001-9999999", True)])
def test_a_clock_that_is_set_back_does_not_tell_what_was_said_first(message: str, blamed: bool) -> None:
    """A second too fast until 03:03, when the alarm is acknowledged: it shows the time of the last word twice."""
    set_back = see(("03:02", "clock", "1.000"), ("03:03", "clock", "0.000"))
    raised: dict[str, object] = {"check": "02:30", "state": "raised"}
    once_more = again("alarm", raised, 116.9, {"id": message, "time": "2026-11-21T02:03:00.900Z"})
    assert _blamed("acknowledged, then raised again", set_back, once_more) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:20", False), ("23:10", True)])
def test_a_refusal_waits_for_everything_else_while_a_slow_disk_writes(rests: str, blamed: bool) -> None:
    """Told at 23:05, refused at 23:20."""
    slow = _writes("23:00", rests)
    told = give("23:05", "resume", "r1", retained=True)
    words: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T22:20:00Z"}
    refused = {"command": "r1", "name": "resume", "outcome": "refused"}
    late = again("reply", {"command": "ack-1"}, -13380.0, words, **refused)
    assert _blamed("retained command resume r1 was not refused", slow, told, late) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("07:00", False), ("06:58", True)])
def test_nobody_waits_for_a_reply_that_a_slow_disk_keeps_until_the_end(rests: str, blamed: bool) -> None:
    """Told at 06:57:30, and never answered until 07:00."""
    slow = _writes("06:57", rests)
    assert _blamed("resume r1 was not", slow, give("06:57:30", "resume", "r1", retained=True)) is blamed


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
    assert _blamed("22:30 was never answered", drop("check", check="22:30"), disk, anew, death) is blamed


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
    found = judged("new-again-on-a-full-disk", see(*meanwhile))
    assert any("20:34 was never answered" in violation.text for violation in found) is blamed


FALSELY_ACCUSED = {
    117724: "the clock was set back before the window in which a look was under way",
    313907: "the clock jumped in the very instant in which the answer was said",
    26028: "a clock that was set back showed the time of the answer twice",
    125007: "decided while nothing could be stored, and forgotten",
    128455: "the camera opened in the last instant of the night",
    206415: "a pulse was under way when the night ended",
    106953: "a worker was stuck, and the disk slow",
    200872: "a worker was stuck, and the relay moved late",
    126162: "the router's restart waited for a slow disk",
    149388: "the clock jumped before a power cut between two restarts of the router",
    172568: "the router's relay moved late",
    104948: "stopped and powered off in one instant",
    19577: "a look said `covered`, then that it saw somebody, before a slow disk had stored the first",
    168079: "the camera was unplugged while it was known to be busy",
    172680: "a fault was cleared on a read-only disk, and the process died",
    335713: "a worker repeated its verdict after it could not be ended",
    114902: "consent waited for a slow disk",
    203223: "with power back the disk did not let the device start",
    167544: "consent was given before the time was known",
    173983: "the first process after a loss died before it had stored anything",
    312758: "two steps of the clock within a millisecond",
    343575: "a command for other times was heard and answered again, after a newer one",
    293450: "the process ended and began again in one instant, in mid-pulse",
    503963: "a window ended in the millisecond in which the schedule was told",
    402188: "the store was lost in the millisecond in which the check was answered",
    529701: "a clock that jumped after a loss led back to a window, which a new pause covered",
    5009438: "a command heard on a full disk was stored before the process died, and came again",
    5050670: "a command for other times, heard again in one breath with a newer one, was answered last",
    5136272: "a copy of a command that the broker kept was refused after the first was obeyed on a full disk",
    5151885: "a window over midnight was counted on both days",
    5156205: "a clock that was set back before a loss led back to a window, which a new pause covered",
    5167814: "a device that could store nothing since its store was lost was as new after a power cut",
    5199753: "new times were taken by a device that nobody heard any more",
    5225384: "a camera was seen again by a look that an untrusted clock had ended",
    5241481: "a cut for a stuck worker was forgotten on a full disk, then it was restarted up to the cap",
    5247342: "a slow disk heard late of the privacy switch, and so that the driver held the camera",
    5298504: "a process died as soon as it had stored a command, which came again after a later one",
    5304637: "the first answer to a command for other times was replaced while the broker was silent",
    5331476: "the clock went back while a disk that was slow, and became quicker, stored that a window had opened",
    5369801: "consent was given to a dying process, and then its store was lost in mid-window",
    5403372: "the store was lost before the broker took an answer, and the alarm that it held was told again",
    5425930: "the clock was an hour ahead for five seconds before it could not be trusted, and nobody looked at it",
    6024278: "the clock was ahead when the power came back, and put right before the router was restarted again",
    6068529: "a clock was eight hours behind for as long as a slow disk stored that the port will be cut",
    6077135: "a process died that could store nothing since the power was away, of which the next one heard",
    6096369: "a mending began by a clock that was right again when a slow disk had stored that",
    6103552: "a command that ends a pause came behind a flood",
    6127409: "the internet came back while a slow disk stored that the router is to be restarted",
    5124510: "a process that lived for an instant told of a check by a clock that was an hour behind",
    5155990: "a process died in the instant in which it took other times, and was told of them again",
    5447528: "a clock that was set back showed the time of an answer again after a later alarm",
    5460480: "an extra check was ordered late, and began still later on a slow disk",
    5511632: "the store was lost before it was told that somebody had been seen, and the alarm went on",
    5143427: "a stuck camera was unplugged before it was clear that it was stuck",
    5004366: "the clock was set back by a second between an alarm and its acknowledgement",
    5018261: "a refusal waited for a slow disk, which had something else to store for minutes",
    5026015: "a refusal waited on a slow disk behind what came with the connection",
    5030110: "consent was given behind a slow disk to a process that was to stop, and the next began at once",
    5036701: "a command waited for eleven commits of a slow disk",
    96000000263313: "what staff confirmed on a full disk was refused when the store was lost and it came again",
    72000000157812: "a clock showed that a window was over to a process that died, and was right when it began",
    50000000126162: "the clock was an hour behind when the power went, and right when it came back",
    65000000125720: "a storm was refused, and more came after a power cut of which no clock told how long it was",
    72000000225786: "the clock was half an hour behind, and put right in the instant of a power cut",
}
"""Seeds of nights in which an excuse was missing, and which."""


@pytest.mark.parametrize("seed", FALSELY_ACCUSED)
def test_a_night_that_was_falsely_accused_is_acquitted(seed: int) -> None:
    assert play(scenario(seed)).violations == [], FALSELY_ACCUSED[seed]
