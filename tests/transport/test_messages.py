"""Envelopes, topics and what happens to each kind of message on its way."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.actions import Say
from agent.core.facts import Alarm, AnyFact, Fault, Reply, Status
from agent.core.moment import Now
from agent.ports import OutboxRow
from tests.transport.facts import EVENING, ONE_OF_EACH, alarm, answer, fault, heartbeat
from transport.messages import MAX_MESSAGE, MessageUnreadable, Stationery, decode, status_payload
from transport.topics import Address, NameRefused, address_of, below_device

ADDRESS = Address(site="north", device="n-4711")
NOW = Now(boot=1000.0, utc=EVENING + 0.1234, trusted=True)


def composed(fact: AnyFact, *, ttl: float | None = None, durable: bool = True) -> OutboxRow:
    return Stationery(ADDRESS, "boot-1").compose(Say("e-1", fact, ttl), NOW, durable=durable)


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: type(fact).__name__)
def test_what_is_composed_reads_back_as_it_was(fact: AnyFact) -> None:
    row = composed(fact)
    message = decode(row.payload)
    assert message.data == fact
    assert (message.version, message.id, message.device) == (1, "e-1", "n-4711")
    assert message.time == NOW.calendar
    assert message.clock_trusted
    assert message.durable
    assert row.topic.startswith("nattro/v1/north/n-4711/")


def test_the_wire_form_has_the_type_once() -> None:
    wire = json.loads(composed(answer()).payload)
    assert list(wire) == ["version", "id", "device", "time", "clock_trusted", "type", "data", "durable"]
    assert wire["type"] == "check"
    assert "type" not in wire["data"]


@pytest.mark.parametrize(
    ("fact", "topic", "retain", "keep"),
    [
        (answer(), "check", False, "always"),
        (alarm(), "alarm/not_in_bed", True, "always"),
        (fault(), "fault/camera_covered", True, "while_room"),
        (heartbeat(), "heartbeat", False, "until_expiry"),
        (Status(state="online"), "status", True, "while_room"),
        (Reply(command="c", name="pause", outcome="done"), "cmd/pause/reply", False, "while_room"),
        (Reply(command="c", name="../#", outcome="refused"), "cmd/unknown/reply", False, "while_room"),
    ],
)
def test_each_kind_goes_its_own_way(fact: AnyFact, topic: str, retain: bool, keep: str) -> None:
    row = composed(fact)
    assert (row.topic, row.retain, row.keep) == (f"nattro/v1/north/n-4711/{topic}", retain, keep)


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: type(fact).__name__)
def test_only_the_last_word_on_an_alarm_or_fault_empties_its_topic(fact: AnyFact) -> None:
    assert composed(fact).then_empty == (isinstance(fact, Alarm | Fault) and fact.state == "cleared")


def test_a_ttl_is_counted_on_the_clock_of_this_boot() -> None:
    row = composed(heartbeat(), ttl=3600.0)
    assert (row.boot_id, row.expires_boot) == ("boot-1", 4600.0)
    assert composed(answer()).expires_boot is None


def test_what_could_not_be_committed_says_so() -> None:
    assert not decode(composed(answer(), durable=False).payload).durable


def test_the_last_will_has_no_time_since_it_is_written_beforehand() -> None:
    will = decode(status_payload("n-4711", "w", Status(state="offline")))
    assert (will.time, will.clock_trusted) == (None, False)


def test_an_unknown_field_is_passed_over_since_version_1_may_grow() -> None:
    wire = json.loads(composed(answer()).payload)
    wire["battery"] = 71
    wire["data"]["weather"] = "snow"
    assert decode(json.dumps(wire).encode()).data == answer()


def spoiled(**changes: object) -> bytes:
    wire = json.loads(composed(answer()).payload)
    for path, value in changes.items():
        part = wire["data"] if path in wire["data"] else wire
        part[path] = value
    return json.dumps(wire).encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b"[" * 50_000, "Expected `object`"),
        (b" " * (MAX_MESSAGE + 1), "at most"),
        (spoiled(version=2), "2 - at `$.version`"),
        (spoiled(id=""), "$.id"),
        (spoiled(type="weather"), "unknown type 'weather'; known are check"),
        (spoiled(time="2026-11-21T22:30:21"), "timezone"),
        (spoiled(window_start="2026-11-21T22:30:21"), "timezone component - at `$.window_start`"),
        (spoiled(status="asleep"), "'asleep' - at `$.status`"),
    ],
)
def test_what_is_no_message_gets_a_clear_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(MessageUnreadable) as error:
        decode(payload)
    assert reason in str(error.value)


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_no_bytes_bring_anything_but_a_reason(payload: bytes) -> None:
    with pytest.raises(MessageUnreadable):
        decode(payload)


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "$SYS", "å", "a b", "x" * 65, "a.b", "-a"])
def test_a_name_that_cannot_be_a_topic_level_is_refused(name: str) -> None:
    with pytest.raises(NameRefused, match="device"):
        Address(site="north", device=name)


@pytest.mark.parametrize("name", ["19121212-1212", "121212-1212", "191212121212"])
def test_a_personal_number_is_refused_as_a_name(name: str) -> None:
    with pytest.raises(NameRefused, match="pseudonym"):
        Address(site="north", device=name)


def test_a_topic_tells_whose_it_is() -> None:
    assert address_of("nattro/v1/north/n-4711/alarm/missed") == ADDRESS
    assert below_device("nattro/v1/north/n-4711/alarm/missed") == "alarm/missed"
    for foreign in ("", "nattro/v1/north/n-4711", "nattro/v2/north/n-4711/check", "nattro/v1/a b/c/check"):
        assert address_of(foreign) is None
