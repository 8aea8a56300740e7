"""What closes the camera overtakes what waits, and nothing overtakes what it must not."""

from collections import deque
from datetime import UTC, datetime

import pytest

from agent.core import events as ev
from agent.core.orders import Command, Resume, WithdrawConsent
from agent.urgency import take

EXPIRES = datetime(2026, 11, 22, tzinfo=UTC)
STARTED = ev.Started("boot", "p", "e", "new", False, "1.0.0")
GRANTED = ev.ConsentGranted("form", "2026-11-01", person=True)
WITHDRAWN = ev.ConsentWithdrawn("person")
BY_COMMAND = ev.CommandReceived(Command("c1", EXPIRES, "staff", WithdrawConsent()))
RESUMED = ev.CommandReceived(Command("c2", EXPIRES, "staff", Resume()))
LOCKED, UNLOCKED = ev.PrivacySwitchTurned(True), ev.PrivacySwitchTurned(False)
STUCK, FAILED = ev.LookStuck("a/1"), ev.LookFailed("a/1", "hung")
OPENED, CLOSED = ev.LookOpened("a/1"), ev.LookClosed("a/1")
REPORTED = ev.LookReported("a/1", ev.LookReport("in_bed"))
ACKNOWLEDGED, ACKNOWLEDGED_TOO = ev.Published("e-1"), ev.Published("e-2")
DEADLINE = ev.DeadlineReached()


def in_turn(*events: ev.AnyEvent) -> list[ev.AnyEvent]:
    waiting = deque(events)
    return [take(waiting) for _ in events]


@pytest.mark.parametrize("urgent", [WITHDRAWN, BY_COMMAND, LOCKED, STUCK])
def test_what_closes_the_camera_comes_first(urgent: ev.AnyEvent) -> None:
    assert in_turn(DEADLINE, RESUMED, urgent) == [urgent, DEADLINE, RESUMED]


@pytest.mark.parametrize("other", [GRANTED, UNLOCKED, FAILED, RESUMED])
def test_everything_else_keeps_its_order(other: ev.AnyEvent) -> None:
    assert in_turn(DEADLINE, other) == [DEADLINE, other]


@pytest.mark.parametrize(
    ("before", "urgent"), [(GRANTED, WITHDRAWN), (GRANTED, BY_COMMAND), (UNLOCKED, LOCKED), (FAILED, STUCK)]
)
def test_what_it_would_undo_comes_before_it(before: ev.AnyEvent, urgent: ev.AnyEvent) -> None:
    assert in_turn(DEADLINE, before, urgent) == [before, urgent, DEADLINE]


def test_nothing_comes_before_the_start() -> None:
    assert in_turn(STARTED, WITHDRAWN) == [STARTED, WITHDRAWN]


@pytest.mark.parametrize("urgent", [WITHDRAWN, BY_COMMAND, LOCKED, STUCK])
def test_what_closes_the_camera_does_not_wait_for_the_end(urgent: ev.AnyEvent) -> None:
    """On a slow disk an end in good order takes its time, and what comes after it is not heard any more."""
    assert in_turn(DEADLINE, ev.Stopping(), urgent) == [urgent, DEADLINE, ev.Stopping()]


def test_garbage_waits_for_everything_but_the_end() -> None:
    garbage, seen = ev.CommandUnreadable("pause", "no JSON"), ev.LookClosed("a/1")
    assert in_turn(garbage, garbage, RESUMED, seen) == [RESUMED, seen, garbage, garbage]
    assert in_turn(garbage, ev.Stopping(), seen) == [garbage, ev.Stopping(), seen]


@pytest.mark.parametrize("word", [OPENED, REPORTED, FAILED, CLOSED])
def test_a_look_s_word_comes_before_what_the_broker_acknowledges(word: ev.AnyEvent) -> None:
    assert in_turn(ACKNOWLEDGED, ACKNOWLEDGED_TOO, word) == [word, ACKNOWLEDGED, ACKNOWLEDGED_TOO]


def test_a_look_s_words_come_in_their_order() -> None:
    assert in_turn(ACKNOWLEDGED, REPORTED, ACKNOWLEDGED_TOO, CLOSED) == [
        REPORTED,
        CLOSED,
        ACKNOWLEDGED,
        ACKNOWLEDGED_TOO,
    ]


def test_a_command_that_came_before_a_look_s_word_is_heard_before_it() -> None:
    """It may pause the window that opens next, or correct what the next look goes by."""
    assert in_turn(ACKNOWLEDGED, RESUMED, ACKNOWLEDGED_TOO, CLOSED) == [
        RESUMED,
        CLOSED,
        ACKNOWLEDGED,
        ACKNOWLEDGED_TOO,
    ]


def test_without_a_look_s_word_acknowledgements_come_in_their_turn() -> None:
    assert in_turn(ACKNOWLEDGED, RESUMED) == [ACKNOWLEDGED, RESUMED]
    assert in_turn(ACKNOWLEDGED, CLOSED, ACKNOWLEDGED_TOO, RESUMED) == [
        CLOSED,
        ACKNOWLEDGED,
        ACKNOWLEDGED_TOO,
        RESUMED,
    ]


@pytest.mark.parametrize(
    "between",
    [
        ev.BrokerLost("gone"),
        ev.BrokerConnected(),
        ev.NetworkProbed(link=True, gateway=True, dns=True, targets=(False,)),
        ev.CameraVanished(),
        ev.Stopping(),
        UNLOCKED,
        GRANTED,
    ],
)
def test_nothing_but_commands_and_looks_overtakes_an_acknowledgement(between: ev.AnyEvent) -> None:
    assert in_turn(ACKNOWLEDGED, between, CLOSED) == [ACKNOWLEDGED, between, CLOSED]


def test_a_withdrawal_comes_before_a_look_s_word() -> None:
    assert in_turn(ACKNOWLEDGED, REPORTED, WITHDRAWN) == [WITHDRAWN, REPORTED, ACKNOWLEDGED]
