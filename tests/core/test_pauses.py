"""Planned pauses: no window opens in them, each has an end, none replaces an answer."""

from agent.core.facts import Answer, Schedule
from agent.core.moment import at
from agent.core.orders import Pause, Resume
from agent.core.schedule import DAY
from tests.core.bench import Night


def pause(night: Night, until: str, since: str | None = None) -> str:
    start = None if since is None else at(night.instant(since))
    end = night.instant(until)
    if start is not None and end < start.timestamp():
        end += DAY
    return night.command(Pause(end=at(end), start=start)).outcome


def test_a_window_inside_a_pause_is_answered_paused_and_raises_no_alarm() -> None:
    night = Night()
    assert pause(night, until="06:00") == "done"
    night.until("06:30")
    answer = night.answer("23:00")
    assert (answer.status, answer.looks, night.clock_at(answer)) == ("paused", (), "23:00:00")
    assert night.alarms() == []


def test_a_pause_that_comes_while_a_check_looks_does_not_replace_its_answer() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05")
    pause(night, until="06:00")
    night.until("23:35")
    assert night.answer("23:00").status == "not_in_bed"
    assert night.alarms() == [("not_in_bed", "raised")]


def test_checks_go_on_by_themselves_after_the_end_of_a_pause() -> None:
    night = Night(times=("23:00", "03:00"))
    pause(night, until="02:00")
    night.until("03:05")
    assert [answer.status for answer in night.said(Answer)] == ["paused", "in_bed"]


def test_a_window_that_begins_before_the_pause_is_checked() -> None:
    night = Night()
    pause(night, since="23:01", until="06:00")
    assert night.until("23:35").answer("23:00").status == "in_bed"


def test_a_window_at_the_very_end_of_a_pause_is_checked_and_at_its_very_beginning_paused() -> None:
    night = Night(times=("23:00", "03:00"))
    pause(night, since="23:00", until="03:00")
    night.until("03:05")
    assert [answer.status for answer in night.said(Answer)] == ["paused", "in_bed"]


def test_resume_ends_every_pause_now() -> None:
    night = Night()
    pause(night, until="06:00")
    night.command(Resume())
    assert night.said(Schedule)[-1].pauses == ()
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_a_pause_is_shown_in_the_schedule_until_it_is_over() -> None:
    night = Night(times=("12:00",))
    pause(night, until="06:00")
    assert len(night.said(Schedule)[-1].pauses) == 1
    night.wait(3 * DAY)
    assert night.said(Schedule)[-1].pauses == ()


def test_a_pause_must_have_a_future_end_and_no_more_than_three_months() -> None:
    night = Night()
    backwards = Pause(start=at(night.true + 7200), end=at(night.true + 3600))
    assert night.command(backwards).reason == "the pause ends before it begins"
    assert night.command(Pause(end=at(night.true - 1))).outcome == "refused"
    assert night.command(Pause(end=at(night.true + 93 * DAY))).outcome == "refused"
    assert night.state.pauses == []


def test_there_are_at_most_sixteen_pauses() -> None:
    night = Night()
    outcomes = [
        night.command(Pause(start=at(night.true + n * 100), end=at(night.true + n * 100 + 50))).outcome
        for n in range(1, 18)
    ]
    assert outcomes == ["done"] * 16 + ["refused"]


def test_windows_of_a_long_pause_are_paused_also_for_a_device_that_was_off_longer() -> None:
    night = Night()
    pause(night, until="06:00")
    night.power_cut(4 * DAY).wait(1)
    assert [answer.status for answer in night.said(Answer)] == ["paused", "missed", "missed", "missed"]


def test_a_pause_survives_a_power_cut() -> None:
    night = Night()
    pause(night, until="06:00")
    night.power_cut(600)
    assert night.until("23:35").answer("23:00").status == "paused"
