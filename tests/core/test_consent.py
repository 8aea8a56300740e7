"""Consent: without it the camera stays locked, and withdrawn it is obeyed within the same turn."""

from agent.core import events as ev
from agent.core.actions import SetLamp, StartLook, StopLook
from agent.core.facts import Answer, Consent, Schedule
from agent.core.orders import TestCheck, WithdrawConsent
from tests.core.bench import Night


def test_without_consent_every_window_is_answered_missed_and_nobody_is_alarmed() -> None:
    night = Night(consent=False).until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("missed", "no_consent")
    assert night.asked(StartLook) == []
    assert night.alarms() == []


def test_consent_withdrawn_in_mid_look_closes_the_camera_at_once_with_a_notice_and_no_alarm() -> None:
    night = Night().until("23:00:10")
    actions = night.post(ev.ConsentWithdrawn("the person"))
    (look,) = night.asked(StartLook)
    assert StopLook(look.look) in actions
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("missed", "consent_withdrawn")
    assert (night.said(Consent)[-1].state, night.said(Consent)[-1].by) == ("withdrawn", "the person")
    night.until("06:00")
    assert night.alarms() == []
    assert len(night.asked(StartLook)) == 1
    assert not night.asked(SetLamp)[-1].lit


def test_consent_withdrawn_by_command_does_the_same() -> None:
    night = Night().until("23:00:10")
    assert night.command(WithdrawConsent()).outcome == "done"
    assert len(night.asked(StopLook)) == 1
    assert night.answer("23:00").reason == "consent_withdrawn"


def test_consent_withdrawn_between_two_looks_ends_the_check() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:05")
    night.post(ev.ConsentWithdrawn("the person"))
    night.until("23:35")
    assert night.answer("23:00").reason == "consent_withdrawn"
    assert len(night.answer("23:00").looks) == 1
    assert night.alarms() == []


def test_consent_withdrawn_in_mid_extension_and_in_mid_mending_closes_everything() -> None:
    extended = Night().sees("uncertain", "silence").until("23:00:30")
    extended.post(ev.ConsentWithdrawn("x"))
    assert len(extended.asked(StopLook)) == 1
    mending = Night().sees(otherwise="fails:stalled").until("23:00:15")
    mending.post(ev.ConsentWithdrawn("x"))
    assert mending.until("23:35").answer("23:00").reason == "consent_withdrawn"
    assert len(mending.asked(StartLook)) <= 2


def test_withdrawing_twice_says_so_once() -> None:
    night = Night()
    night.post(ev.ConsentWithdrawn("x"))
    night.post(ev.ConsentWithdrawn("y"))
    assert [notice.state for notice in night.said(Consent)] == ["given", "withdrawn"]


def test_consent_given_anew_unlocks_the_next_window() -> None:
    night = Night(times=("23:00", "03:00"))
    night.post(ev.ConsentWithdrawn("x"))
    night.until("23:35").grant().until("03:05")
    assert [(a.status, a.reason) for a in night.said(Answer)] == [
        ("missed", "consent_withdrawn"),
        ("in_bed", ""),
    ]


def test_consent_withdrawn_stays_so_through_restart_and_power_cut() -> None:
    night = Night()
    night.post(ev.ConsentWithdrawn("x"))
    night.restart().power_cut(60).until("23:35")
    assert night.answer("23:00").reason == "consent_withdrawn"


def test_a_form_that_not_everybody_signed_is_no_consent() -> None:
    night = Night(consent=False)
    night.post(ev.ConsentGranted("f", "2026-11-01", person=False))
    night.post(ev.ConsentGranted("f", "2026-11-01", person=True, cohabitant=False))
    assert night.state.consent.state == "none"
    night.post(ev.ConsentGranted("f", "2026-11-01", person=True, cohabitant=True))
    assert night.said(Schedule)[-1].consent == "given"


def test_the_privacy_switch_closes_the_camera_at_once_and_somebody_is_alarmed() -> None:
    night = Night().until("23:00:10")
    night.post(ev.PrivacySwitchTurned(locked=True))
    assert len(night.asked(StopLook)) == 1
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("missed", "privacy_switch")
    assert night.alarms() == [("missed", "raised")]


def test_a_locked_switch_keeps_windows_and_tests_closed_until_it_is_turned_back() -> None:
    night = Night(times=("23:00", "03:00"))
    night.post(ev.PrivacySwitchTurned(locked=True))
    assert night.command(TestCheck()).reason == "locked: privacy_switch"
    night.until("23:35").post(ev.PrivacySwitchTurned(locked=False))
    night.until("03:05")
    assert [(a.status, a.reason) for a in night.said(Answer)] == [
        ("missed", "privacy_switch"),
        ("in_bed", ""),
    ]


def test_no_message_about_consent_names_anybody() -> None:
    assert set(Consent.__struct_fields__) == {"state", "reference", "by"}


def test_consent_recorded_on_a_clock_of_1970_does_not_bring_a_month_of_missed_checks() -> None:
    night = Night(consent=False, trusted=False)
    night.step_clock(-night.true + 60)
    night.grant()
    night.clock_is_synchronised()
    assert night.said(Answer) == []
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_consent_recorded_anew_leaves_no_open_window_without_an_answer() -> None:
    night = Night().until("22:30").trust(False).until("23:10").grant()
    assert night.until("23:35").answer("23:00").status == "missed"
