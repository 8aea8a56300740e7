"""The blind test: finds a dead camera in the daytime, never looks at the bed, and only with consent for it."""

import pytest

from agent.core import events as ev
from agent.core.actions import SetLamp, StartLook, StopLook
from agent.core.facts import Answer, Heartbeat
from agent.core.moment import at
from agent.core.orders import Pause, TestCheck
from agent.core.policy import Policy
from agent.core.schedule import DAY
from tests.core.bench import Night

POLICY = Policy(device="d", times=("23:00",), blind_test_times=("13:00",))


def noon(blind: bool = True) -> Night:
    return Night(POLICY, start="2026-11-21 12:00", consent=False).grant(blind_test=blind)


def blind_looks(night: Night) -> list[StartLook]:
    return [look for look in night.asked(StartLook) if look.integrity_only]


def test_it_opens_the_camera_for_a_moment_with_the_lamp_lit_and_judges_its_health_alone() -> None:
    night = noon().until("13:05")
    (look,) = night.asked(StartLook)
    assert (look.integrity_only, look.seconds) == (True, 1.0)
    assert [lamp.lit for lamp in night.asked(SetLamp)] == [False, True, False]
    assert night.said(Answer) == []
    assert night.state.blind_test.last_result == "ok"


def test_it_is_off_without_times_and_without_consent_for_it() -> None:
    assert noon(blind=False).until("13:05").asked(StartLook) == []
    assert Night(start="2026-11-21 12:00").grant(blind_test=True).until("13:05").asked(StartLook) == []


def test_it_is_made_once_a_day() -> None:
    assert len(blind_looks(noon().wait(5 * DAY))) == 5


def test_what_is_seen_twice_is_believed_and_reported() -> None:
    night = noon().sees(otherwise="camera_fault:covered").until("13:05")
    assert len(blind_looks(night)) == 2
    assert night.faults() == [("camera_covered", "present")]
    assert night.promises.restarts == []


def test_what_is_seen_once_is_only_doubted() -> None:
    night = noon().sees("camera_fault:covered").until("13:05")
    assert len(blind_looks(night)) == 2
    assert night.faults() == []
    assert night.state.blind_test.last_result == "ok"


def test_the_second_look_is_not_made_when_the_clock_was_set_far_away_from_the_agreed_time() -> None:
    night = noon().sees(otherwise="camera_fault:covered").until("13:00:10").step_clock(-26000).wait(600)
    assert len(blind_looks(night)) == 1


def test_a_good_test_clears_the_fault_of_the_day_before() -> None:
    night = noon().sees(*["camera_fault:covered"] * 2).until("13:05").until("13:05")
    assert night.faults() == [("camera_covered", "present"), ("camera_covered", "cleared")]


@pytest.mark.parametrize("how", ["fails:stalled", "fails:gone", "fails:crashed"])
def test_a_camera_that_cannot_be_judged_is_a_fault_too(how: str) -> None:
    night = noon().sees(otherwise=how).until("13:10")
    assert night.faults() != []
    assert night.state.blind_test.look is None


def test_a_worker_that_ends_without_a_word_is_noticed() -> None:
    night = noon().sees(otherwise="silence").until("13:00:00")
    night.wait(0.5)
    (look,) = blind_looks(night)
    night._nothing_more_of(look.look)
    night.post(ev.LookClosed(look.look))
    assert night.state.blind_test.look is None
    assert night.state.blind_test.last_result == "worker_failed"


def test_a_test_that_brings_nothing_is_closed_at_its_deadline() -> None:
    night = noon().sees(otherwise="silence").until("13:00:01")
    (look,) = blind_looks(night)
    night._nothing_more_of(look.look)  # not even the worker's own deadline is kept
    night.until("13:00:30")
    assert StopLook(look.look) in night.actions


@pytest.mark.parametrize("event", [ev.ConsentWithdrawn("x"), ev.PrivacySwitchTurned(locked=True)])
def test_withdrawn_or_locked_it_closes_at_once(event: ev.AnyEvent) -> None:
    night = noon().sees(otherwise="silence").until("13:00:01")
    (look,) = blind_looks(night)
    assert StopLook(look.look) in night.post(event)
    night.wait(60)
    assert night.state.camera.open_look is None
    assert len(blind_looks(night.until("14:00"))) == 1


def test_it_makes_room_for_a_check_and_waits_for_none() -> None:
    night = noon().sees(otherwise="silence").until("12:58")
    night.command(TestCheck(minutes=5))
    night.until("13:10")
    assert blind_looks(night) == []


def test_a_pause_pauses_it_too() -> None:
    night = noon()
    night.command(Pause(end=at(night.true + 2 * 3600)))
    assert blind_looks(night.until("14:30")) == []


def test_it_is_not_made_up_for_after_more_than_ten_minutes() -> None:
    assert blind_looks(noon().power_cut(2 * 3600).wait(600)) == []


def test_a_future_that_was_never_real_does_not_stop_it_for_ever() -> None:
    night = noon().step_clock(30 * DAY + 3900).wait(60).step_clock(-30 * DAY - 3900)
    assert len(blind_looks(night.wait(2 * DAY))) == 3


def test_the_heartbeat_tells_what_it_found() -> None:
    night = noon().sees(otherwise="camera_fault:dark").until("14:05")
    assert night.said(Heartbeat)[-1].last_blind_test == "camera_dark"
