"""Reading commands: every mistake has its own clear reason, and no bytes can raise."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.events import CommandReceived, CommandUnreadable
from agent.core.orders import Pause
from transport.commands import MAX_COMMAND, PER_MINUTE, CommandGate, read_command
from transport.topics import COMMAND_NAMES

ROOT = "nattro/v1/north/n-4711/cmd"


def wire(order: dict[str, Any], **changes: object) -> bytes:
    command = {
        "id": "c-1",
        "expires": "2026-11-22T00:00:00+01:00",
        "requested_by": "night-team",
        "order": order,
    }
    return json.dumps({**command, **changes}).encode()


PAUSE = wire({"type": "pause", "end": "2026-11-24T08:00:00Z"})


def test_a_command_is_read_with_its_id_expiry_and_requester() -> None:
    event = read_command(f"{ROOT}/pause", PAUSE, retained=False)
    assert isinstance(event, CommandReceived)
    assert (event.command.id, event.command.requested_by, event.command.name) == (
        "c-1",
        "night-team",
        "pause",
    )
    assert isinstance(event.command.order, Pause)


@pytest.mark.parametrize(
    ("name", "payload", "retained", "reason"),
    [
        ("pause", PAUSE, True, "without the retain flag"),
        ("pause", b"x" * (MAX_COMMAND + 1), False, f"at most {MAX_COMMAND}"),
        ("pause", b"pause!", False, "malformed"),
        ("pause", b"\xff\xfe", False, "malformed"),
        ("pause", b"", False, "truncated"),
        ("pause", b"[]", False, "Expected `object`"),
        ("open-door", PAUSE, False, "known are ack, "),
        ("resume", PAUSE, False, "the topic says 'resume', but the order is of type 'pause'"),
        ("pause", wire({"type": "sleep"}), False, "'sleep' - at `$.order.type`"),
        ("pause", wire({"type": "pause"}), False, "missing required field `end`"),
        ("pause", wire({"type": "pause", "end": "2026-11-24T08:00:00"}), False, "timezone"),
        ("resume", wire({"type": "resume"}, expires="2026-11-24T08:00:00"), False, "timezone"),
        ("resume", wire({"type": "resume"}, expires=None), False, "$.expires"),
        ("resume", wire({"type": "resume"}, note="hello"), False, "unknown field `note`"),
        ("resume", wire({"type": "resume", "now": True}), False, "unknown field `now`"),
        ("test-check", wire({"type": "test-check", "minutes": 31}), False, "<= 30"),
        ("set-schedule", wire({"type": "set-schedule", "times": ["25:00"]}), False, "regex"),
    ],
)
def test_each_mistake_has_its_reason(name: str, payload: bytes, retained: bool, reason: str) -> None:
    event = read_command(f"{ROOT}/{name}", payload, retained)
    assert isinstance(event, CommandUnreadable)
    assert reason in event.reason
    assert event.name == (name if name in COMMAND_NAMES else "unknown")


def test_a_refusal_names_the_id_where_one_can_be_read() -> None:
    assert read_command(f"{ROOT}/pause", wire({}), retained=False) == CommandUnreadable(
        "pause", "not a command: Object missing required field `type` - at `$.order`", "c-1"
    )
    unrepeatable = read_command(f"{ROOT}/pause", wire({}, id="<script>"), retained=False)
    assert isinstance(unrepeatable, CommandUnreadable)
    assert unrepeatable.id == ""


@given(st.text(), st.binary(max_size=200), st.booleans())
@example("pause", b"[" * MAX_COMMAND, False)
@example("pause", b'{"id":' + b"[" * 8000, False)
@example("pause", b'{"a":' * 1600, False)
def test_no_bytes_and_no_topic_can_raise(name: str, payload: bytes, retained: bool) -> None:
    event = read_command(f"{ROOT}/{name}", payload, retained)
    assert isinstance(event, CommandUnreadable)
    assert event.reason
    assert len(event.reason) <= 300


def test_the_gate_lets_a_storm_of_one_command_block_no_other() -> None:
    gate = CommandGate()
    verdicts = [gate.admit(f"{ROOT}/pause", 0.0) for _ in range(1000)]
    assert verdicts.count(True) == PER_MINUTE
    assert sum(isinstance(each, CommandUnreadable) for each in verdicts) == 1
    assert gate.ignored == 1000 - PER_MINUTE
    assert gate.admit(f"{ROOT}/withdraw-consent", 0.0) is True


def test_the_gate_opens_again_after_a_minute() -> None:
    gate = CommandGate()
    for _ in range(100):
        gate.admit(f"{ROOT}/pause", 0.0)
    assert gate.admit(f"{ROOT}/pause", 59.0) is False
    assert gate.admit(f"{ROOT}/pause", 60.0) is True


def test_made_up_names_share_one_gate_so_that_they_cost_no_memory() -> None:
    gate = CommandGate()
    for number in range(1000):
        gate.admit(f"{ROOT}/made-up-{number}", 0.0)
    assert len(gate._seen) == 1
