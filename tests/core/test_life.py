"""Ends and beginnings: kill, stop, power cut, lost memory, in mid-window and over whole windows."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.actions import SetLamp, StartLook, StopLook
from agent.core.core import Core
from agent.core.facts import Answer, Consent, Heartbeat, Recovery
from agent.core.orders import SetSchedule, TestCheck
from agent.core.policy import LimitPolicy, Policy
from agent.core.schedule import DAY
from agent.core.state import FORMAT, Incompatible, State, decode, encode
from tests.core.bench import Night


def test_killed_in_mid_look_the_check_goes_on_with_a_new_look() -> None:
    night = Night().until("23:00:10").restart().until("23:35")
    assert night.answer("23:00").status == "in_bed"
    assert len(night.asked(StartLook)) == 2


def test_killed_between_two_looks_the_check_keeps_its_looks_and_its_spacing() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05").restart(after=30).until("23:35")
    times = [look.at.strftime("%H:%M") for look in night.answer("23:00").looks]
    assert times == ["22:00", "22:10", "22:20"]


def test_killed_right_after_the_answer_it_is_not_given_again() -> None:
    night = Night().until("23:05").restart().until("23:35")
    assert night.answer("23:00").status == "in_bed"


def test_a_lamp_left_lit_is_put_out_at_the_start() -> None:
    night = Night().until("23:00:10").restart(clean=False)
    assert not next(lamp for lamp in night.asked(SetLamp)[-2:] if not lamp.lit).lit


def test_a_good_end_closes_the_camera_and_opens_it_no_more() -> None:
    night = Night().until("23:00:10")
    actions = night.post(ev.Stopping())
    assert [type(action) for action in actions if isinstance(action, StopLook | StartLook)] == [StopLook]


def test_an_end_at_the_very_moment_of_a_look_begins_none() -> None:
    night = Night().until("22:59:59")
    night.true += 1.5
    assert not any(isinstance(action, StartLook) for action in night.post(ev.Stopping()))


@pytest.mark.parametrize("trusted", [True, False])
def test_a_power_cut_in_mid_window_goes_on_after_it(trusted: bool) -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05").power_cut(300, trusted=trusted)
    if not trusted:
        night.wait(20).clock_is_synchronised()
    night.until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.late) == ("not_in_bed", False)
    assert len(answer.looks) == (3 if trusted else 2)  # how long it was away is not known at once


def test_a_power_cut_in_mid_look_is_made_up_for() -> None:
    night = Night().until("23:00:10").power_cut(120).until("23:35")
    assert night.answer("23:00").status == "in_bed"


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("cut_at", ["22:30", "23:00:10"])
def test_a_power_cut_until_after_the_window_is_missed_for_power(cut_at: str, trusted: bool) -> None:
    night = Night().until(cut_at).power_cut(2 * 3600, trusted=trusted)
    if not trusted:
        night.wait(30).clock_is_synchronised()
    answer = night.answer("23:00")
    assert (answer.status, answer.reason, answer.late) == ("missed", "power", True)
    assert night.alarms() == [("missed", "raised")]


@pytest.mark.parametrize(("up", "answered"), [(1800.0, True), (600.0, False)])
def test_without_a_clock_at_least_the_time_since_the_device_is_up_again_has_passed(
    up: float, answered: bool
) -> None:
    """Half an hour after it the window is over, and nobody has to be kept waiting for the answer any longer."""
    night = Night().until("23:00:10").power_cut(2 * 3600, trusted=False, up=up).wait(60)
    assert bool(night.said(Answer)) is answered


@pytest.mark.parametrize("trusted", [True, False])
def test_a_power_cut_is_reported_with_its_length(trusted: bool) -> None:
    night = Night(times=()).wait(1).power_cut(3600, trusted=trusted)
    if not trusted:
        night.wait(30).clock_is_synchronised()
    lengths = [step.seconds for step in night.said(Recovery) if step.target == "power"]
    assert lengths[-1] == pytest.approx(3600, abs=2)


def test_every_window_of_a_week_without_power_is_answered_missed_at_once_on_return() -> None:
    night = Night(times=("23:00", "03:00")).power_cut(7 * DAY).wait(60)
    assert [(a.status, a.reason, a.late) for a in night.said(Answer)] == [("missed", "power", True)] * 14


def test_an_agent_that_was_stopped_says_so_and_does_not_blame_the_mains() -> None:
    night = Night().until("22:30").restart(after=3600 * 2, clean=True)
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "stopped")
    assert not [step for step in night.said(Recovery) if step.target == "power"]


def test_an_agent_killed_in_the_same_boot_does_not_blame_the_mains_either() -> None:
    night = Night().until("22:30").restart(after=3600 * 2)
    assert night.answer("23:00").reason == "stopped"


def test_too_little_of_the_window_left_after_a_power_cut_is_missed_for_power() -> None:
    night = Night().until("22:50").power_cut(39 * 60).until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason, answer.late) == ("missed", "power", False)


def test_instants_on_the_boot_clock_are_moved_to_the_new_boot() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05")
    due = night.state.check.next_look_boot  # type: ignore[union-attr]
    assert due is not None
    left = due - night.now.boot
    night.power_cut(60)
    moved = night.state.check.next_look_boot  # type: ignore[union-attr]
    assert moved is not None
    assert moved - night.now.boot == pytest.approx(left - 60, abs=1)


# ---- a new configuration


def test_new_times_in_the_configuration_are_not_asked_for_the_past() -> None:
    night = Night(times=("23:00",)).until("12:00")
    night.configure(("03:00", "11:00", "23:00")).restart(after=60, clean=True).wait(1)
    assert [answer.check[-5:] for answer in night.said(Answer)] == ["23:00"]
    night.until("03:05")
    assert [answer.check[-5:] for answer in night.said(Answer)] == ["23:00", "23:00", "03:00"]


def test_a_window_missed_under_the_old_configuration_is_still_answered() -> None:
    night = Night(times=("23:00",)).until("22:30")
    night.configure(("03:00",)).restart(after=2 * 3600, clean=True)
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "stopped")


# ---- lost memory


def test_a_commissioned_device_without_its_store_stays_locked_and_says_so() -> None:
    night = Night().power_cut(60, store="lost")
    assert night.said(Consent)[-1].state == "lost"
    assert ("state_lost", "present") in night.faults()
    night.until("23:35")
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "state_lost")
    assert night.asked(StartLook) == []
    assert night.alarms() == [("missed", "raised")]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_store_lost_in_mid_window_still_answers_that_window(trusted: bool) -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05").power_cut(60, trusted=trusted, store="lost")
    if not trusted:
        night.wait(60).clock_is_synchronised()
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "state_lost")


def test_a_loss_before_the_clock_is_right_and_consent_after_it_leave_no_window_without_an_answer() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05").power_cut(60, trusted=False, store="lost")
    night.wait(60).grant()
    night.until("23:20").clock_is_synchronised()
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "state_lost")


def test_a_store_lost_on_a_clock_that_was_ahead_still_answers_the_window_of_the_right_time() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:02")
    night.clock_error = 20000
    night.power_cut(60, store="lost").step_clock(-20000).wait(1)
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "state_lost")


def test_a_store_lost_on_a_clock_of_1970_does_not_bring_a_month_of_missed_checks() -> None:
    night = Night(times=("23:00",))
    night.clock_error = -night.true + 100
    night.power_cut(60, trusted=False, store="lost")
    night.clock_is_synchronised()
    assert night.said(Answer) == []


def test_consent_recorded_anew_ends_the_loss() -> None:
    night = Night().power_cut(60, store="lost").grant()
    assert ("state_lost", "cleared") in night.faults()
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_message_ids_are_not_used_again_after_a_crash() -> None:
    night = Night()
    before = len(night.promises.messages)
    for _ in range(5):
        night.restart()
    assert len(night.promises.messages) > before


def test_the_heartbeat_beats_once_at_every_start() -> None:
    night = Night().wait(1)
    count = len(night.said(Heartbeat))
    assert len(night.restart().wait(1).said(Heartbeat)) == count + 1


# ---- the snapshot


def test_a_check_that_waited_for_its_next_look_when_the_power_went_is_missed_for_the_power() -> None:
    night = Night().until("22:59:59")
    night.relays_work["camera"] = False
    night.post(ev.CameraVanished())
    night.until("23:00:03").power_cut(3600)
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "power")


def test_a_snapshot_of_a_later_format_is_refused_with_advice() -> None:
    with pytest.raises(Incompatible, match="install the newer version"):
        decode(encode(State(format=FORMAT + 1)))


@pytest.mark.parametrize("snapshot", [b"", b"{", b"[]", b'{"format":"x"}', b'{"format":1,"sequence":"many"}'])
def test_a_snapshot_that_is_none_is_refused_and_not_guessed_at(snapshot: bytes) -> None:
    with pytest.raises(Incompatible):
        decode(snapshot)


@pytest.mark.parametrize(("switch", "looks"), [(True, 0), (False, 1), (None, 1)])
def test_a_switch_turned_while_the_device_was_off_is_known_before_the_camera_may_open(
    switch: bool | None, looks: int
) -> None:
    night = Night().until("23:00:05")
    night.booted = night.true
    actions = night.post(
        ev.Started(
            boot_id="boot-9",
            instance="process-9",
            epoch="e1",
            store="resumed",
            clean=False,
            version="1.0.0",
            privacy_switch=switch,
        )
    )
    assert len([action for action in actions if isinstance(action, StartLook)]) == looks
    assert night.state.privacy_switch is bool(switch)


# ---- windows that were opened and could not be stored


ONE_A_DAY = Policy(device="device-7", times=("23:00",), limits=LimitPolicy(windows_per_day=1))


def dies_after_opening_a_window_that_no_disk_took(policy: Policy) -> Night:
    """Killed at 23:00:10; what is on the disk is of 22:50."""
    night = Night(policy).until("22:50")
    stored = encode(night.state)
    night.until("23:00:10")
    night.core = Core(policy, decode(stored))
    return night


def test_a_window_that_a_dying_process_may_have_opened_counts_against_the_cap() -> None:
    night = dies_after_opening_a_window_that_no_disk_took(ONE_A_DAY).restart(after=2000)
    assert (night.answer("23:00").status, night.answer("23:00").reason) == ("missed", "stopped")
    night.command(SetSchedule(("00:30",)))
    assert night.until("23:59").command(TestCheck()).reason.startswith("today's cap")
    assert night.until("00:40").answer("00:30").status == "in_bed"  # another day


def test_a_window_that_the_next_process_opens_again_counts_once() -> None:
    policy = msgspec.structs.replace(ONE_A_DAY, limits=LimitPolicy(windows_per_day=2))
    night = dies_after_opening_a_window_that_no_disk_took(policy).restart(after=60).until("23:35")
    assert night.answer("23:00").status == "in_bed"
    assert night.command(TestCheck()).outcome == "done"


def test_who_ended_in_good_order_has_opened_nothing_that_it_forgot() -> None:
    night = Night(ONE_A_DAY).until("22:50").restart(after=3600, clean=True)
    assert night.answer("23:00").reason == "stopped"
    assert night.command(TestCheck()).outcome == "done"


def test_no_test_is_made_that_could_not_be_counted() -> None:
    night = Night()
    night.post(ev.StoreFailed("disk full"))
    assert night.command(TestCheck()).reason.startswith("the device cannot store anything")
    night.post(ev.StoreRecovered())
    assert night.command(TestCheck()).outcome == "done"
