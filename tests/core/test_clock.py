"""The clock: not trusted it keeps the camera locked; stepping it neither loses nor doubles an answer."""

import pytest

from agent.core import events as ev
from agent.core.actions import StartLook
from agent.core.clock import GRACE_SECONDS
from agent.core.facts import Answer
from agent.core.orders import TestCheck
from agent.core.policy import LimitPolicy, Policy
from agent.core.schedule import DAY
from tests.core.bench import Night


def test_a_clock_that_cannot_be_trusted_keeps_the_camera_locked_and_the_check_is_missed_in_time() -> None:
    night = Night().trust(False).until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason, answer.late) == ("missed", "clock", False)
    assert night.clock_at(answer) == "23:29:00"
    assert night.asked(StartLook) == []
    assert night.alarms() == [("missed", "raised")]


def test_a_clock_trusted_again_in_the_window_lets_the_check_be_made() -> None:
    night = Night().trust(False).until("23:10").trust(True).until("23:35")
    assert night.answer("23:00").status == "in_bed"


def test_trust_lost_in_mid_look_closes_the_camera_and_trust_regained_looks_again() -> None:
    night = Night().until("23:00:10").trust(False)
    night.until("23:05")
    assert night.state.camera.open_look is None
    night.trust(True).until("23:35")
    assert night.answer("23:00").status == "in_bed"
    assert len(night.asked(StartLook)) == 2


def test_trust_lost_for_good_in_mid_look_is_missed_for_the_clock() -> None:
    night = Night().until("23:00:10").trust(False).until("23:35")
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "clock")


def test_looks_made_before_the_trust_was_lost_still_make_the_answer() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05").trust(False).until("23:35")
    assert (night.answer("23:00").status, len(night.answer("23:00").looks)) == ("not_in_bed", 1)


def test_an_untrusted_clock_is_a_fault_after_three_minutes_and_no_sooner() -> None:
    night = Night().trust(False).wait(GRACE_SECONDS - 1)
    assert night.faults() == []
    night.wait(2)
    assert night.faults() == [("clock_untrusted", "present")]
    night.trust(True)
    assert night.faults()[-1] == ("clock_untrusted", "cleared")


def test_windows_of_a_clock_that_stays_untrusted_for_days_are_each_missed() -> None:
    night = Night().trust(False).wait(5 * DAY)
    assert [(a.status, a.reason, a.late) for a in night.said(Answer)] == [("missed", "clock", False)] * 5


@pytest.mark.parametrize("start", ["1970-01-02 00:00", "2031-01-01 00:00"])
def test_a_clock_far_off_after_a_reboot_still_answers_in_the_end(start: str) -> None:
    night = Night(times=("23:00",))
    night.clock_error = Night(start=start).true - night.true
    night.power_cut(60, trusted=False)
    night.clock_error = Night(start=start).true - night.true
    night.wait(2 * DAY)
    assert [(a.status, a.reason) for a in night.said(Answer)] == [("missed", "clock")] * 2


def test_a_device_that_never_knew_the_time_answers_nothing_until_it_does() -> None:
    night = Night(trusted=False)
    night.step_clock(-night.true + 100)
    night.wait(DAY)
    assert night.said(Answer) == []
    night.clock_is_synchronised()
    assert night.until("23:05").said(Answer)[-1].status == "in_bed"


# ---- steps


def test_a_step_over_the_whole_window_answers_it_missed() -> None:
    night = Night().step_clock(2 * 3600)
    answer = night.answer("23:00")
    assert (answer.status, answer.reason, answer.late) == ("missed", "clock", True)


def test_a_step_into_the_window_begins_the_check_late_and_still_answers_in_time() -> None:
    night = Night().sees(otherwise="not_in_bed").step_clock(75 * 60).wait(1800)
    answer = night.answer("23:00")
    assert (answer.status, len(answer.looks), answer.late) == ("not_in_bed", 2, False)


def test_a_step_forwards_inside_the_window_brings_the_answer_forward_too() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05").step_clock(20 * 60).wait(1800)
    answer = night.answer("23:00")
    assert answer.late is False
    assert (answer.window_end - answer.answered_at).total_seconds() >= 59


def test_a_step_forwards_out_of_the_window_closes_the_camera_and_answers_with_what_was_seen() -> None:
    night = Night().sees("not_in_bed", "silence").until("23:10:30").step_clock(3600)
    assert night.answer("23:00").status == "not_in_bed"
    night.wait(1)
    assert night.state.camera.open_look is None


def test_a_step_back_out_of_the_window_closes_the_camera_and_the_window_is_not_answered_twice() -> None:
    night = Night().sees("silence").until("23:00:10").step_clock(-3600).wait(1)
    assert night.state.camera.open_look is None
    night.wait(2 * 3600)
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "clock")


@pytest.mark.parametrize("seconds", [-600, -7200, -3 * DAY])
def test_a_step_back_after_the_answer_asks_nothing_twice(seconds: float) -> None:
    night = Night().until("23:05").step_clock(seconds).wait(4 * DAY)
    ids = [answer.check for answer in night.said(Answer)]
    assert len(ids) == len(set(ids))


def test_a_future_that_was_never_real_does_not_stop_the_checks_for_ever() -> None:
    night = Night().step_clock(3 * DAY).step_clock(-3 * DAY)
    night.wait(6 * DAY)
    assert night.said(Answer)[-1].status == "in_bed"


def test_days_of_a_future_that_was_never_real_do_not_push_todays_caps_out_of_memory() -> None:
    limits = LimitPolicy(windows_per_day=3)
    night = Night(Policy(device="device-7", limits=limits), start="2026-11-21 10:00")
    night.step_clock(400 * DAY)
    for _ in range(3):
        assert night.command(TestCheck(minutes=1), lasts=400 * DAY + 600).outcome == "done"
        night.wait(DAY)
    night.step_clock(-400 * DAY)
    replies = [night.wait(300).command(TestCheck(minutes=1)).outcome for _ in range(4)]
    assert replies == ["done", "done", "done", "refused"]


def test_small_corrections_of_the_clock_change_nothing() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:00:05")
    for correction in (0.4, -0.9, 0.5):
        night.wait(3).step_clock(correction)
    assert len(night.until("23:35").answer("23:00").looks) == 3


def test_durations_do_not_notice_a_step() -> None:
    night = Night(times=()).disconnect(targets_answer=False)
    night.post(ev.BrokerLost("x"))
    night.step_clock(3600).wait(290)
    assert night.promises.restarts == []
