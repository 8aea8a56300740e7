"""Mending the camera: rung by rung, within the caps, always with a report of how it went."""

from typing import get_args

import pytest

from agent.core import events as ev
from agent.core.actions import Pulse, ResetUsb, StartLook
from agent.core.facts import Recovery
from agent.core.orders import ExtraCheck, RestartCamera, RestartRouter
from agent.core.policy import LimitPolicy, Policy
from tests.core.bench import Night

REOPEN, USB, RELAY = ("reopen", "started"), ("usb", "started"), ("relay", "started")


def test_a_stalled_camera_is_reopened_then_reset_then_cut_from_power_then_given_up() -> None:
    night = Night().sees(otherwise="fails:stalled").until("23:35")
    assert night.recovery() == [
        REOPEN,
        ("reopen", "not_mended"),
        USB,
        ("usb", "not_mended"),
        RELAY,
        ("relay", "not_mended"),
        ("relay", "gave_up"),
    ]
    assert [reset.seconds for reset in night.asked(ResetUsb)] == [5]
    assert [(pulse.relay, pulse.seconds) for pulse in night.asked(Pulse)] == [("camera", 10)]
    answer = night.answer("23:00")
    assert (answer.status, answer.reason, len(answer.looks)) == ("camera_fault", "stalled", 4)
    assert night.faults() == [("camera_stalled", "present")]


@pytest.mark.parametrize(("failures", "mended_by"), [(1, "reopen"), (2, "usb"), (3, "relay")])
def test_the_rung_that_mends_the_camera_is_named_and_the_look_is_made(failures: int, mended_by: str) -> None:
    night = Night().sees(*["fails:stalled"] * failures).until("23:35")
    assert night.recovery()[-1] == (mended_by, "mended")
    assert night.answer("23:00").status == "in_bed"
    assert night.faults() == [("camera_stalled", "present"), ("camera_stalled", "cleared")]


def test_after_the_relay_the_camera_has_a_minute_to_boot() -> None:
    night = Night().sees(*["fails:stalled"] * 3).until("23:35")
    before, after = (look.deadline for look in night.asked(StartLook)[-2:])
    assert before == after  # the window's, whatever was mended in it
    pulse_over = next(step for step in night.said(Recovery) if step.step == "relay")
    assert night.clock_at(night.said(Recovery)[-1]) > night.clock_at(pulse_over)
    assert night.state.camera.ladder is None


def test_a_frozen_picture_is_mended_like_a_stalled_one() -> None:
    night = Night().sees("camera_fault:frozen", "in_bed").until("23:35")
    assert night.recovery() == [REOPEN, ("reopen", "mended")]
    assert night.faults() == [("camera_frozen", "present"), ("camera_frozen", "cleared")]


def test_a_camera_that_comes_back_covered_is_not_restarted_any_more() -> None:
    night = Night().sees("fails:stalled", otherwise="camera_fault:covered").until("23:35")
    assert night.promises.restarts == []
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("camera_fault", "covered")
    assert ("camera_covered", "present") in night.faults()


def test_a_worker_that_crashes_is_tried_twice_more_before_anything_is_restarted() -> None:
    night = Night().sees("fails:crashed", "fails:crashed", "in_bed").until("23:35")
    assert night.answer("23:00").status == "in_bed"
    assert night.promises.restarts == []


@pytest.mark.parametrize("why", get_args(ev.LookFailure))
def test_every_way_in_which_a_look_fails_ends_in_camera_fault_if_it_lasts(why: str) -> None:
    night = Night().sees(otherwise=f"fails:{why}").until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason, answer.late) == ("camera_fault", why, False)
    assert night.recovery()[-1][1] == "gave_up"


# ---- a camera that is not there


def test_a_camera_unplugged_in_the_daytime_is_waited_for_then_mended_then_reported() -> None:
    night = Night(start="2026-11-21 12:00")
    night.post(ev.CameraVanished())
    assert night.faults() == []
    night.wait(300)
    assert [step for step, outcome in night.recovery() if outcome == "started"] == ["wait", "usb", "relay"]
    assert night.recovery()[-1] == ("relay", "gave_up")
    assert night.faults() == [("camera_gone", "present")]


def test_a_camera_that_is_back_within_five_seconds_was_only_jostled() -> None:
    night = Night(start="2026-11-21 12:00")
    night.post(ev.CameraVanished())
    night.wait(3).post(ev.CameraAppeared())
    night.wait(300)
    assert night.recovery() == [("wait", "started"), ("wait", "mended")]
    assert night.promises.restarts == []
    assert night.faults() == []


def test_a_camera_given_up_is_welcome_when_it_is_plugged_in_again() -> None:
    night = Night(start="2026-11-21 12:00")
    night.post(ev.CameraVanished())
    night.wait(300).post(ev.CameraAppeared())
    assert night.faults() == [("camera_gone", "present"), ("camera_gone", "cleared")]
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_a_camera_that_vanishes_in_mid_look_and_comes_back_is_looked_through_again() -> None:
    night = Night().sees("silence", "in_bed").until("23:00:10")
    (look,) = night.asked(StartLook)
    night._nothing_more_of(look.look)
    night.post(ev.CameraVanished())
    night.post(ev.LookFailed(look.look, "gone"))
    night.post(ev.LookClosed(look.look))
    night.wait(3).post(ev.CameraAppeared())
    night.until("23:35")
    assert night.answer("23:00").status == "in_bed"
    assert night.promises.restarts == []


def test_a_camera_missing_at_the_look_is_mended_even_if_nobody_saw_it_go() -> None:
    night = Night()
    night.post(ev.CameraAppeared())
    night.sees(otherwise="fails:gone").until("23:35")
    assert [step for step, outcome in night.recovery() if outcome == "started"] == ["wait", "usb", "relay"]
    assert night.answer("23:00").status == "camera_fault"


# ---- caps and commands


def test_restarts_of_the_camera_stay_within_the_cap_of_a_day() -> None:
    limits = LimitPolicy(camera_restarts_per_day=3)
    times = ("19:00", "20:00", "21:00", "22:00", "23:00")
    night = Night(Policy(device="d", times=times, limits=limits), start="2026-11-21 18:00")
    night.sees(otherwise="fails:stalled").until("23:55")
    assert len(night.promises.restarts) == 3
    assert all(night.answer(time).status == "camera_fault" for time in times)


def test_a_new_day_brings_new_restarts() -> None:
    night = Night(Policy(device="d", times=("23:00",), limits=LimitPolicy(camera_restarts_per_day=2)))
    night.sees(otherwise="fails:stalled").until("23:55").until("23:55")
    assert len(night.promises.restarts) == 4


def test_caps_hold_across_power_cuts_and_wrong_clocks() -> None:
    night = Night(Policy(device="d", times=("23:00",), limits=LimitPolicy(camera_restarts_per_day=2)))
    night.sees(otherwise="fails:stalled").until("23:55")
    night.step_clock(40 * 86400).step_clock(-40 * 86400)
    night.power_cut(60, trusted=False)
    night.clock_is_synchronised()
    assert night.command(RestartCamera()).reason == "the cap of camera restarts a day is reached"


def test_a_camera_that_comes_back_while_its_last_rung_fails_is_there() -> None:
    night = Night(start="2026-11-21 12:00")
    night.relays_work["camera"] = None  # no word of the pulse yet
    night.post(ev.CameraVanished())
    while night.recovery()[-1] != RELAY:
        night.wait(1)
    night.post(ev.CameraAppeared())
    night.post(ev.PulseDone("camera", False, "the relay does not answer"))
    assert night.recovery()[-2:] == [("relay", "failed"), ("relay", "mended")]
    assert night.faults()[:2] == [("camera_gone", "present"), ("camera_gone", "cleared")]
    assert night.faults()[2:] == [("relay_failed", "present")]


def test_a_restart_on_command_is_accepted_and_then_done() -> None:
    night = Night(start="2026-11-21 12:00")
    night.post(ev.CameraAppeared())
    assert night.command(RestartCamera(), id="r1").outcome == "accepted"
    night.post(ev.CameraVanished())
    night.later(20, ev.CameraAppeared())
    night.wait(120)
    assert night.state.commands["r1"].outcome == "done"
    assert night.faults() == []
    assert len(night.asked(Pulse)) == 1


def test_a_relay_that_cannot_be_driven_fails_the_command_and_is_a_fault() -> None:
    night = Night(start="2026-11-21 12:00")
    night.post(ev.CameraAppeared())
    night.relays_work["camera"] = False
    night.command(RestartCamera(), id="r1")
    night.wait(120)
    assert night.state.commands["r1"].outcome == "failed"
    assert night.faults() == [("relay_failed", "present")]


def test_a_pulse_without_a_word_does_not_hold_the_ladder_for_ever() -> None:
    night = Night().sees(otherwise="fails:stalled")
    night.relays_work["camera"] = None
    night.until("23:35")
    assert night.recovery()[-2:] == [("relay", "failed"), ("relay", "gave_up")]
    assert night.answer("23:00").status == "camera_fault"


def test_a_restart_is_refused_while_a_look_is_under_way() -> None:
    night = Night().until("23:00:10")
    assert night.command(RestartCamera()).reason == "a look is under way"


def test_no_look_is_made_through_a_camera_without_power() -> None:
    night = Night().sees("not_in_bed", "in_bed").until("23:10:15")
    night.post(ev.CameraAppeared())
    night.command(RestartCamera())
    night.post(ev.CameraVanished())
    night.later(15, ev.CameraAppeared())
    night.until("23:10:25")
    assert len(night.asked(StartLook)) == 1
    assert night.until("23:35").answer("23:00").status == "in_bed"


def test_a_worker_that_not_even_a_kill_ends_has_its_cameras_power_cut() -> None:
    night = Night().sees("silence").until("23:00:10")
    (look,) = night.asked(StartLook)
    night._nothing_more_of(look.look)
    night.post(ev.LookFailed(look.look, "hung"))
    night.post(ev.LookStuck(look.look))
    assert [pulse.relay for pulse in night.asked(Pulse)] == ["camera"]
    assert ("worker_failed", "present") in night.faults()
    night.later(11, ev.LookClosed(look.look))
    assert night.sees(otherwise="in_bed").until("23:35").answer("23:00").status == "in_bed"


def test_a_worker_found_stuck_while_its_cameras_power_is_being_cut_has_it_cut_once() -> None:
    night = Night().sees("silence").until("23:00:10")
    (look,) = night.asked(StartLook)
    night._nothing_more_of(look.look)
    night.post(ev.LookFailed(look.look, "hung"))
    night.post(ev.LookStuck(look.look))
    night.post(ev.LookStuck(look.look))
    assert len(night.asked(Pulse)) == 1
    night.later(11, ev.LookClosed(look.look))
    assert night.sees(otherwise="in_bed").until("23:35").answer("23:00").status == "in_bed"


def test_a_restart_that_could_not_be_remembered_is_not_made() -> None:
    night = Night().sees(otherwise="fails:stalled")
    night.post(ev.StoreFailed("disk full"))
    assert night.command(RestartCamera()).outcome == "refused"
    assert night.command(RestartRouter()).outcome == "refused"
    night.until("23:35")
    assert night.promises.restarts == []
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("camera_fault", "stalled")


def test_a_check_that_cannot_look_because_an_earlier_worker_is_stuck_is_a_camera_fault() -> None:
    night = Night(times=("23:00", "03:00")).sees("silence").until("23:00:10")
    (look,) = night.asked(StartLook)
    night._nothing_more_of(look.look)
    night.relays_work["camera"] = False
    night.post(ev.LookFailed(look.look, "hung"))
    night.post(ev.LookStuck(look.look))
    night.until("03:35")
    assert len(night.asked(StartLook)) == 1
    assert (night.answer("03:00").status, night.answer("03:00").reason) == ("camera_fault", "stuck")


def test_a_clock_that_leaves_the_window_while_the_camera_closes_is_no_stuck_camera() -> None:
    night = Night().until("23:00:11").sees("silence")
    while night.state.check is not None:
        night.wait(0.1)
    assert night.state.camera.open_look is not None
    assert night.command(ExtraCheck()).outcome == "done"
    night.step_clock(-4 * 3600)
    extra = night.answer("+extra")
    assert (extra.status, extra.reason) == ("missed", "clock")


def test_a_camera_given_up_in_one_window_is_tried_again_in_the_next() -> None:
    night = Night(times=("23:00", "03:00")).sees(otherwise="fails:stalled").until("23:35")
    night.sees(otherwise="in_bed").until("03:05")
    assert night.answer("03:00").status == "in_bed"
    assert night.faults()[-1] == ("camera_stalled", "cleared")


def test_a_ladder_under_way_when_the_agent_is_killed_goes_on_with_the_boot_grace() -> None:
    night = Night().sees("fails:stalled", "fails:stalled", "fails:stalled").until("23:00:45")
    while not night.asked(Pulse):
        night.wait(1)
    night.restart().until("23:35")
    assert night.recovery()[-1] == ("relay", "mended")
    assert len(night.asked(Pulse)) == 1
    assert night.answer("23:00").status == "in_bed"
