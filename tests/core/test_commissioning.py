"""Commissioning opens the camera outside the agreed windows: the world is told when it begins, and how it ended."""

import pytest

from agent.core import events as ev
from agent.core.actions import StartLook
from agent.core.facts import Commissioning
from tests.core.bench import Night

BEGAN = ev.CommissioningBegan(session="c0ffee", what="guide")
ENDED = ev.CommissioningEnded(
    session="c0ffee",
    what="guide",
    outcome="finished",
    openings=7,
    seconds=90.0,
    light="infrared",
    states=6,
    corrects=False,
)


def words(night: Night) -> list[tuple[str, str]]:
    return [(said.session, said.state) for said in night.said(Commissioning)]


def test_its_beginning_and_its_end_are_told() -> None:
    night = Night(online=False)
    night.post(BEGAN)
    assert words(night) == [("c0ffee", "began")]
    night.post(ENDED)
    assert night.state.commissioning is None
    assert words(night) == [("c0ffee", "began"), ("c0ffee", "finished")]
    last = night.said(Commissioning)[-1]
    assert (last.openings, last.light, last.states, last.corrects) == (7, "infrared", 6, False)


def test_it_opens_nothing_by_itself() -> None:
    night = Night()
    night.post(BEGAN)
    night.post(ENDED)
    assert night.asked(StartLook) == []


def test_without_consent_it_does_not_begin() -> None:
    night = Night(consent=False)
    night.post(BEGAN)
    assert night.state.commissioning is None
    assert words(night) == []


def test_with_consent_withdrawn_or_lost_it_does_not_begin() -> None:
    withdrawn = Night()
    withdrawn.post(ev.ConsentWithdrawn("the person"))
    for night in (withdrawn, Night(store="lost", consent=False)):
        night.post(BEGAN)
        assert night.state.commissioning is None
        assert words(night) == []


def test_behind_a_locked_switch_it_does_not_begin() -> None:
    night = Night()
    night.post(ev.CommissioningBegan(session="c0ffee", what="guide", privacy_switch=True))
    assert night.state.commissioning is None
    assert words(night) == []


def test_a_switch_that_was_unlocked_since_the_agent_ran_does_not_forbid_it() -> None:
    night = Night()
    night.post(ev.PrivacySwitchTurned(locked=True))
    night.post(ev.CommissioningBegan(session="c0ffee", what="guide", privacy_switch=False))
    assert words(night) == [("c0ffee", "began")]


def test_a_device_without_a_trusted_clock_can_be_commissioned() -> None:
    night = Night(trusted=False)
    night.post(BEGAN)
    assert words(night) == [("c0ffee", "began")]


def test_one_that_never_told_its_end_is_told_as_cut_off_when_the_agent_is_back() -> None:
    night = Night(online=False)
    night.post(BEGAN)
    night.post(ev.BrokerConnected())
    night.post(ev.BrokerConnected())
    assert words(night) == [("c0ffee", "began"), ("c0ffee", "cut_off")]


def test_one_that_never_told_its_end_is_cut_off_by_the_next() -> None:
    night = Night(online=False)
    night.post(BEGAN)
    night.post(ev.CommissioningBegan(session="beef", what="reference"))
    assert words(night) == [("c0ffee", "began"), ("c0ffee", "cut_off"), ("beef", "began")]


@pytest.mark.parametrize("began", [True, False])
def test_an_end_is_told_even_if_the_agent_was_back_before_it(began: bool) -> None:
    night = Night(online=False)
    if began:
        night.post(BEGAN)
    night.post(ev.BrokerConnected())
    night.post(ENDED)
    assert words(night)[-1] == ("c0ffee", "finished")
