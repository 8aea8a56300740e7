"""A clock that steps excuses what was done by what it showed then, and nothing else."""

import pytest

from tests.simulator.doctored import Plant, accused, again, drop, give, judged, only_answer, see, unsee

LOST_AFTER = "lost-after-the-clock-was-ahead"
TOLD_LATE = "told-late-of-a-clock-that-went-back"
SHORTLY_AHEAD = "clock-ahead-for-five-seconds"
WRITES = "clock-back-while-a-slow-disk-writes"
SEEN_AGAIN = "seen-again-as-the-clock-is-lost"
TOLD_AGAIN = "told-again-after-the-clock-went-back"


LATER = "00000001-5"


def _answered_at(local: str) -> Plant:
    """The check of 22:30, answered at 22:30:21, is answered then."""
    hour, minute = (int(part) for part in local.split(":"))
    words: dict[str, object] = {"id": LATER, "time": f"2026-11-20T{hour - 1}:{minute}:00Z"}
    return again("check", {"check": "22:30"}, (hour - 22) * 3600.0 + (minute - 30) * 60.0 - 21.0, words)


def _refused_resume(*, hours: float) -> tuple[Plant, Plant]:
    """At 22:00 the checks are to go on at once; the command is valid for so long, and is refused."""
    given = give("22:00", "resume", "r1", valid_for=hours * 3600.0)
    said: dict[str, object] = {"id": "00000001-9999999", "time": "2026-11-20T21:00:00Z"}
    refused = again(
        "reply",
        {"command": "pause-1"},
        1800.0,
        said,
        command="r1",
        name="resume",
        outcome="refused",
        reason="the command expires too far ahead",
    )
    return given, refused


@pytest.mark.parametrize(("steps_at", "blamed"), [("22:00", False), ("21:59:59", True)])
def test_a_resume_is_rightly_refused_by_a_clock_that_steps_only_then(steps_at: str, blamed: bool) -> None:
    """Valid for 25 hours is too long, until the clock is two hours ahead."""
    ahead = see((steps_at, "clock", "7200.000"), ("22:00:05", "clock", "0.000"))
    found = judged("planned-pause", ahead, *_refused_resume(hours=25))
    assert any("says paused, but no pause" in violation.text for violation in found) is blamed


def test_a_resume_refused_for_no_reason_ends_the_pause() -> None:
    found = judged("planned-pause", *_refused_resume(hours=1))
    assert any("says paused, but no pause" in violation.text for violation in found)


def test_a_clock_that_was_ahead_before_a_loss_made_no_window_of_what_is_agreed_after_it() -> None:
    assert judged(LOST_AFTER) == []


def test_the_window_that_comes_after_a_loss_is_owed_whatever_the_clock_had_shown_before() -> None:
    found = judged(LOST_AFTER, drop("check", check="01:19"))
    assert any("01:19 was never answered" in violation.text for violation in found), found


def test_new_times_hold_from_the_first_answer_on_whatever_the_clock_shows_in_the_second() -> None:
    """By the second they were agreed on only after a check at the old time had begun."""
    assert judged(TOLD_AGAIN) == []


@pytest.mark.parametrize(
    ("silence", "owed"),
    [(drop("check", check="00:10"), "00:10"), (drop("reply", command="c2"), "23:31")],
    ids=["the new time", "the old time, if nobody was told that there is a new one"],
)
def test_a_check_at_the_time_that_holds_is_owed(silence: Plant, owed: str) -> None:
    found = judged(TOLD_AGAIN, silence)
    assert any(f"{owed} was never answered" in violation.text for violation in found), found


@pytest.mark.parametrize(("untrusted", "blamed"), [("05:00:20", False), ("05:00:25", True)])
def test_a_camera_that_is_seen_by_a_look_which_the_clock_has_ended_may_still_be_told_as_gone(
    untrusted: str, blamed: bool
) -> None:
    """The look says at 05:00:21 what it has seen."""
    found = judged(SEEN_AGAIN, unsee("clock"), see((untrusted, "clock", "untrusted", "0.000")))
    assert any("camera_gone is told as present" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("put_right", "blamed"), [("02:30:27", False), ("02:30:24", True)])
def test_a_mending_is_told_by_a_clock_that_was_wrong_for_some_seconds_only(
    put_right: str, blamed: bool
) -> None:
    """It began at 02:30:25, shown as eight hours less, and the power was cut when a slow disk had stored that."""
    told: dict[str, object] = {"id": "00000001-9999999", "time": "2026-11-20T17:30:25Z"}
    usb_failed: dict[str, object] = {"step": "usb", "outcome": "not_mended"}
    found = judged(
        "camera-mended-by-relay",
        see(("02:30:20", "clock", "-28800.000"), (put_right, "clock", "0.000")),
        see(("02:30:00", "disk", "writes"), ("02:30:30", "disk", "rests")),
        drop("recovery", step="relay", outcome="started"),
        again("recovery", usb_failed, 0.0, told, step="relay", outcome="started"),
    )
    assert any("relay.camera was cut, and nobody was told" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("writes", "blamed"), [("+00:04:00.050", False), ("+00:04:00.150", True)])
def test_a_look_was_decided_on_when_a_slow_disk_began_to_write(writes: str, blamed: bool) -> None:
    """The clock shows 23:02 for a tenth of a second."""
    found = judged(WRITES, unsee("disk"), see((writes, "disk", "writes"), ("+00:04:02.750", "disk", "rests")))
    assert any("open outside every agreed window" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("steps_at", "blamed"), [("+02:00:00.001", False), ("+01:59:59.900", True)])
def test_a_blind_test_was_decided_on_just_before_the_clock_stepped(steps_at: str, blamed: bool) -> None:
    """That of 10:00, by a clock that goes an hour ahead."""
    found = judged("blind-test", see((steps_at, "clock", "3600.000"), ("10:00:10", "clock", "0.000")))
    assert any("open outside every agreed window" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("untrusted", "blamed"), [("04:35:10", False), ("04:35:45", True)])
def test_what_the_clock_shows_for_a_few_seconds_may_never_be_known(untrusted: str, blamed: bool) -> None:
    """An hour ahead from 04:35:05 on; who knew so must have answered at once."""
    clock = see(("04:35:05", "clock", "3600.000"), (untrusted, "clock", "untrusted", "3600.000"))
    assert accused("too late", unsee("clock"), clock, night=SHORTLY_AHEAD) is blamed


@pytest.mark.parametrize(("first", "blamed"), [("60.000", False), ("untrusted", True)])
def test_who_could_trust_its_clock_for_an_instant_may_go_by_that(first: str, blamed: bool) -> None:
    """A minute ahead at 22:00; a minute behind, and not to be trusted, at 22:30, which is answered at 22:29:11."""
    ahead = see(("22:00", "clock", first, "60.000"), ("22:00", "clock", "untrusted", "60.000"))
    behind = see(("22:01", "clock", "untrusted", "-60.000"))
    early: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T21:28:11Z"}
    answered = again("check", {"check": "22:30"}, -70.0, early)
    found = judged("away-at-second-check", ahead, behind, answered, only_answer("22:30", "00000001-5"))
    assert any("22:30 was answered before its window" in violation.text for violation in found) is blamed


@pytest.mark.parametrize(("works", "blamed"), [("22:10", False), ("22:05", True)])
def test_a_window_that_the_clock_jumps_over_is_answered_as_soon_as_the_broker_is_back(
    works: str, blamed: bool
) -> None:
    """At 22:10, to 23:10; the answer to the check of 22:30 comes five minutes later."""
    jump = see(("22:10", "clock", "3600.000"), ("22:00", "broker", "up", "silent"))
    back = see((works, "broker", "up", "works"))
    words: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T22:10:30Z"}
    answered = again("check", {"check": "22:30"}, -900.0, words)
    assert accused("22:30 came", jump, back, answered, only_answer("22:30", "00000001-5")) is blamed


@pytest.mark.parametrize(
    ("untrusted", "answered", "blamed"),
    [("23:05", "23:43", False), ("23:05", "23:50", True), ("23:11", "23:43", True)],
    ids=["while it was away", "and it knew the time for long", "after it was back"],
)
def test_who_was_away_at_a_window_s_end_must_know_the_time_when_it_is_back(
    untrusted: str, answered: str, blamed: bool
) -> None:
    """From 22:30:05 to 23:10. By a clock that cannot be trusted half an hour more must pass."""
    away = see(("22:30:05", "device", "down"), ("23:10", "device", "up"))
    clock = see((untrusted, "clock", "untrusted", "0.000"), ("23:55", "clock", "0.000"))
    assert accused("22:30 came", away, clock, _answered_at(answered), only_answer("22:30", LATER)) is blamed


def test_of_two_moments_at_which_a_clock_showed_the_same_the_numbers_tell_which_it_was() -> None:
    """Seen in bed at 00:12, before the alarm of 00:35; by the clock alone it may have been after it."""
    assert judged(TOLD_LATE) == []
    newer = "00000001-9999999"
    in_bed_later = again("check", {"check": "00:12"}, 0.0, {"id": newer})
    found = judged(TOLD_LATE, in_bed_later, only_answer("00:12", newer))
    assert any("it is not open" in violation.text for violation in found), found


@pytest.mark.parametrize(("number", "blamed"), [("2", False), ("9999999", True)])
def test_an_alarm_is_open_that_was_raised_after_somebody_was_seen_or_so_the_numbers_say(
    number: str, blamed: bool
) -> None:
    """As above; that somebody was seen could not be stored, and its time was shown again after the alarm."""
    words: dict[str, object] = {"id": f"00000001-{number}", "durable": False}
    in_bed = again("check", {"check": "00:12"}, 0.0, words)
    only = only_answer("00:12", f"00000001-{number}")
    assert accused("it is not open", in_bed, only, night=TOLD_LATE) is blamed
