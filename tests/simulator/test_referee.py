"""The referee is no friend of the agent: each broken promise that is planted into a good night is found."""

from collections.abc import Callable

import msgspec
import pytest

from firmware_sim.referee import Violation, judge
from firmware_sim.runner import Night, play
from firmware_sim.scenario import find, load
from firmware_sim.world.record import Arrival, Record, Seen

Plant = Callable[[Record], None]
HOUR = 3600.0
MIDNIGHT = 3 * HOUR


@pytest.fixture(scope="module")
def night() -> Night:
    return play(load(find("away-at-second-check")))


def _judged(night: Night, plant: Plant) -> list[Violation]:
    record = Record()
    record.seen, record.arrivals = list(night.record.seen), list(night.record.arrivals)
    record.commands, record.handed_over = list(night.record.commands), list(night.record.handed_over)
    record.glimpses = list(night.record.glimpses)
    plant(record)
    record.seen.sort(key=lambda seen: seen.at)
    record.arrivals.sort(key=lambda arrival: arrival.at)
    return judge(night.scenario, record)


def _see(*states: tuple[float, str, str] | tuple[float, str, str, str]) -> Plant:
    seen = [Seen(*state) for state in states]
    return lambda record: record.seen.extend(seen)


def _lose(kind: str, check: str) -> Plant:
    def plant(record: Record) -> None:
        record.arrivals = [
            arrival
            for arrival in record.arrivals
            if arrival.content.get("type") != kind or not arrival.content["data"]["check"].endswith(check)
        ]

    return plant


def _change(kind: str, change: Callable[[dict[str, object], dict[str, object]], float]) -> Plant:
    """Adds a changed copy of the last message of a type; `change` gets both and says how much later."""

    def plant(record: Record) -> None:
        original = [arrival for arrival in record.arrivals if arrival.content.get("type") == kind][-1]
        content = original.content
        later = change(content, content["data"])
        record.arrivals.append(Arrival(original.at + later, original.topic, msgspec.json.encode(content)))

    return plant


def _second_answer(envelope: dict[str, object], data: dict[str, object]) -> float:
    envelope["id"], data["status"] = "another-1", "not_in_bed"
    return 5.0


def _other_content(_: dict[str, object], data: dict[str, object]) -> float:
    data["status"] = "uncertain"
    return 5.0


def _stale(envelope: dict[str, object], data: dict[str, object]) -> float:
    envelope["id"], envelope["time"], data["sequence"] = "old-1", "2026-11-20T21:00:00Z", 999
    return 10.0


def _empty_bed_in_bed(record: Record) -> None:
    for index, arrival in enumerate(record.arrivals):
        content = arrival.content
        if content.get("type") == "check" and content["data"]["check"].endswith("02:30"):
            content["data"]["status"] = "in_bed"
            changed = Arrival(arrival.at, arrival.topic, msgspec.json.encode(content))
            record.arrivals[index] = changed


def test_a_good_night_is_not_blamed(night: Night) -> None:
    assert _judged(night, lambda _: None) == []


@pytest.mark.parametrize(
    ("plant", "promise", "said"),
    [
        (
            _see(
                (MIDNIGHT, "lamp", "lit"),
                (MIDNIGHT, "camera", "open"),
                (MIDNIGHT + 20, "camera", "closed"),
                (MIDNIGHT + 20, "lamp", "dark"),
            ),
            1,
            "outside every agreed window",
        ),
        (_see((1.5 * HOUR + 5, "lamp", "dark"), (1.5 * HOUR + 6, "lamp", "lit")), 1, "lamp was dark"),
        (_see((1.5 * HOUR + 5, "switch", "locked")), 1, "privacy switch"),
        (_see((1.5 * HOUR + 5, "consent", "withdrawn")), 1, "consent was withdrawn"),
        (
            _see((1.4 * HOUR, "clock", "untrusted", "0.000"), (3 * HOUR, "clock", "0.0")),
            1,
            "clock is not trusted",
        ),
        (_change("check", _second_answer), 2, "answered 2 times"),
        (_lose("check", "22:30"), 2, "never answered"),
        (_empty_bed_in_bed, 2, "the bed was empty"),
        (_lose("alarm", "02:30"), 4, "no alarm was raised"),
        (_lose("check", "02:30"), 4, "which has no answer"),
        (_change("check", _other_content), 4, "two different contents"),
        (_change("heartbeat", _stale), 4, "after it was said"),
        (
            _see((MIDNIGHT, "relay.router", "off"), (MIDNIGHT + 10, "relay.router", "on")),
            5,
            "router was restarted",
        ),
        (_see((MIDNIGHT, "relay.camera", "off")), 5, "stayed off"),
        (
            _see(
                *(
                    (MIDNIGHT + turn * 60, "relay.camera", state)
                    for turn, state in enumerate(["off", "on"] * 7)
                )
            ),
            5,
            "more than 6 times",
        ),
    ],
)
def test_a_planted_violation_is_found(night: Night, plant: Plant, promise: int, said: str) -> None:
    found = _judged(night, plant)
    assert any(violation.promise == promise and said in violation.text for violation in found), found


def test_an_alarm_that_falls_silent_is_found(night: Night) -> None:
    def only_once(record: Record) -> None:
        record.arrivals = [
            arrival
            for arrival in record.arrivals
            if arrival.content.get("type") != "alarm"
            or (arrival.content["data"]["state"] == "raised" and arrival.content["data"]["repeat"] == 0)
        ]

    assert any("was not repeated" in violation.text for violation in _judged(night, only_once))
