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
