"""The tables are whole: every fault, reason and failure has its row, in both languages."""

from typing import get_args

import pytest

from agent.core import events as ev
from agent.core.actions import Forget, Say
from agent.core.facts import Fault, FaultKind, Heartbeat
from agent.core.faults import FAULTS, OF_FAILED_LOOK, OF_REASON, OF_THE_CAMERA, of_reasons
from tests.core.bench import Night

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_has_a_row_with_a_text_in_swedish_and_english(kind: FaultKind) -> None:
    text = FAULTS[kind].text
    assert text.sv.endswith(".")
    assert text.en.endswith(".")
    assert text.sv != text.en


def test_the_table_has_no_other_rows() -> None:
    assert set(FAULTS) == set(KINDS)


def test_every_failure_of_a_look_names_a_fault_of_the_camera() -> None:
    assert set(OF_FAILED_LOOK) == set(get_args(ev.LookFailure))
    assert set(OF_FAILED_LOOK.values()) | set(OF_REASON.values()) <= set(OF_THE_CAMERA)


@pytest.mark.parametrize("kind", ["camera_covered", "camera_moved", "camera_dark", "broker_down"])
def test_nothing_is_restarted_for_what_a_restart_cannot_mend(kind: FaultKind) -> None:
    assert FAULTS[kind].rungs == ()


def test_no_power_is_cut_because_our_own_program_fails() -> None:
    assert set(FAULTS["worker_failed"].rungs) == {"reopen"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if FAULTS[kind].rungs])
def test_the_gentlest_rung_comes_first_and_power_is_cut_last(kind: FaultKind) -> None:
    order = ["wait", "reopen", "usb", "relay"]
    places = [order.index(rung) for rung in FAULTS[kind].rungs]
    assert places == sorted(places)


def test_the_first_known_reason_names_the_fault_and_an_unknown_one_makes_the_picture_unusable() -> None:
    assert of_reasons(("low_contrast", "moved", "dark")) == "camera_moved"
    assert of_reasons(("something_new",)) == of_reasons(()) == "camera_unusable"


def test_a_fault_is_said_once_while_it_lasts_and_once_when_it_is_over() -> None:
    night = Night()
    for _ in range(3):
        night.post(ev.StoreFailed("disk full"))
    night.post(ev.StoreRecovered())
    assert night.faults() == [("store_failed", "present"), ("store_failed", "cleared")]
    first, last = night.said(Fault)
    assert (first.detail, first.since) == (last.detail, last.since)


# ---- what the broker denies


def test_a_message_that_the_broker_denies_is_kept_and_reported_until_it_is_let_through() -> None:
    night = Night().until("23:01")
    night.acknowledges = False
    (say,) = [say for say in night.asked(Say) if say.fact is night.answer("23:00")]
    night.actions.clear()
    night.post(ev.Published(say.message, 0x87))
    assert night.faults()[-1] == ("publish_denied", "present")
    assert Forget(say.message) not in night.actions
    night.post(ev.Published(say.message, 0))
    assert Forget(say.message) in night.actions
    assert night.faults()[-1] == ("publish_denied", "cleared")


def test_a_message_that_nobody_listens_to_has_arrived_all_the_same() -> None:
    night = Night()
    night.acknowledges = False
    night.post(ev.Published("e1-1001", 16))
    assert Forget("e1-1001") in night.actions
    assert night.faults() == []


def test_a_denied_heartbeat_is_no_fault_for_ever_once_the_next_one_is_let_through() -> None:
    night = Night(times=())
    night.acknowledges = False
    night.wait(1)
    beat = [say for say in night.asked(Say) if isinstance(say.fact, Heartbeat)][-1]
    night.post(ev.Published(beat.message, 0x87))
    night.acknowledges = True
    night.wait(3 * 3600)
    assert night.faults()[-1] == ("publish_denied", "cleared")
