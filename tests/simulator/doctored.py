"""Records of good nights, doctored: something is added, taken away or changed as if the agent had done it."""

from collections.abc import Callable
from functools import cache

import msgspec

from firmware_sim.referee import Violation, judge
from firmware_sim.runner import Night, play
from firmware_sim.scenario import Scenario, find, load
from firmware_sim.world.record import Arrival, Glimpse, HandedOver, Part, Record, Said, Seen

Plant = Callable[[Scenario, Record], None]
Content = dict[str, object]
Told = tuple[str, Part, str]
"""At a local time a part of the world comes into a state."""

AWAY = "away-at-second-check"
"""22:30 in_bed; nobody there from 01:50 on: 02:30 not_in_bed with an alarm that is never acknowledged."""
NEWER: Content = {"id": "00000001-9999999"}
"""A message of the same store, newer than all."""
NEW_LIFE: Content = {"id": "00000002-5000"}
"""A message of a device that has lost its store."""


@cache
def good_night(name: str) -> Night:
    """A shipped night, played once."""
    return play(load(find(name)))


def judged(name: str, *plants: Plant) -> list[Violation]:
    """What the referee says of this night after all plants."""
    night = good_night(name)
    record = Record()
    record.seen, record.arrivals = list(night.record.seen), list(night.record.arrivals)
    record.commands, record.handed_over = list(night.record.commands), list(night.record.handed_over)
    record.glimpses = list(night.record.glimpses)
    for plant in plants:
        plant(night.scenario, record)
    for things in (record.seen, record.arrivals, record.handed_over, record.glimpses):
        things.sort(key=lambda each: each.at)
    return judge(night.scenario, record)


def accused(said: str, *plants: Plant, night: str = AWAY) -> bool:
    """Whether the referee says so of this night after all plants."""
    return any(said in violation.text for violation in judged(night, *plants))


# ---- the world


def see(*states: Told | tuple[str, Part, str, str]) -> Plant:
    """Parts of the world come into states, some with a detail."""

    def plant(scenario: Scenario, record: Record) -> None:
        for at, *rest in states:
            record.seen.append(Seen(scenario.night.elapsed(at), *rest))  # type: ignore[arg-type]

    return plant


def unsee(part: Part, state: str = "") -> Plant:
    """It is not seen that this part comes into this state (any, if left out)."""

    def plant(_: Scenario, record: Record) -> None:
        record.seen = [seen for seen in record.seen if seen.part != part or state not in ("", seen.state)]

    return plant


def pulse(part: Part, off: str, on: str) -> Plant:
    """The power of a part is cut, and comes back."""
    return see((off, part, "off"), (on, part, "on"))


def writes(since: str, until: str) -> Plant:
    """A slow disk is at commits, one after the other."""
    return see((since, "disk", "writes"), (until, "disk", "rests"))


def look(at: str, look: str, said: Said, *reasons: str) -> Plant:
    """Something passes between agent and worker."""
    return lambda scenario, record: record.glimpses.append(
        Glimpse(scenario.night.elapsed(at), look, said, reasons)
    )


def reports(check: str, **instead: Said) -> Plant:
    """The workers that looked for this check had said something else: `not_in_bed="in_bed"`."""

    def plant(_: Scenario, record: Record) -> None:
        record.glimpses = [
            msgspec.structs.replace(each, said=instead.get(each.said, each.said))
            if each.look.rpartition("/")[0].endswith(check)
            else each
            for each in record.glimpses
        ]

    return plant


def give(
    at: str, name: str, command: str, *, valid_for: float = 600.0, retained: bool = False, **asks: object
) -> Plant:
    """The device is given a command."""

    def plant(scenario: Scenario, record: Record) -> None:
        elapsed = scenario.night.elapsed(at)
        expires = scenario.night.utc(elapsed + valid_for)
        content = {
            "id": command,
            "expires": expires,
            "requested_by": "night-patrol",
            "order": {"type": name, **asks},
        }
        payload = msgspec.json.encode(content)
        record.handed_over.append(HandedOver(elapsed, name, payload, retained))

    return plant


# ---- messages


def drop(kind: str, /, **data: object) -> Plant:
    """These messages never came; text is compared by its end."""

    def plant(_: Scenario, record: Record) -> None:
        record.arrivals = [each for each in record.arrivals if not _is(each.content, kind, data)]

    return plant


def only_answer(check: str, message: str) -> Plant:
    """Of all answers to a check, told by the end of its name, only the message with this id came."""

    def plant(_: Scenario, record: Record) -> None:
        record.arrivals = [
            each
            for each in record.arrivals
            if not _is(each.content, "check", {"check": check}) or each.content["id"] == message
        ]

    return plant


def change(kind: str, where: dict[str, object], /, **instead: object) -> Plant:
    """These messages say something else instead."""

    def plant(_: Scenario, record: Record) -> None:
        for index, arrival in enumerate(record.arrivals):
            content = arrival.content
            if _is(content, kind, where):
                content["data"].update(instead)
                record.arrivals[index] = msgspec.structs.replace(
                    arrival, payload=msgspec.json.encode(content)
                )

    return plant


def again(
    kind: str, where: dict[str, object], later: float, envelope: Content, /, **instead: object
) -> Plant:
    """The last of these messages comes once more, changed, so many seconds later."""

    def plant(_: Scenario, record: Record) -> None:
        original = [arrival for arrival in record.arrivals if _is(arrival.content, kind, where)][-1]
        content = original.content
        content.update(envelope)
        content["data"].update(instead)
        copy = Arrival(original.at + later, original.topic, msgspec.json.encode(content), original.retain)
        record.arrivals.append(copy)

    return plant


def empty(topic: str, at: str) -> Plant:
    """A retained topic is emptied."""

    def plant(scenario: Scenario, record: Record) -> None:
        full = next(each.topic for each in record.arrivals if each.topic.endswith(topic))
        record.arrivals.append(Arrival(scenario.night.elapsed(at), full, b"", True))

    return plant


def _is(content: Content, kind: str, data: dict[str, object]) -> bool:
    if content.get("type") != kind:
        return False
    said = content["data"]
    assert isinstance(said, dict)
    return all(
        str(said[key]).endswith(value) if isinstance(value, str) else said[key] == value
        for key, value in data.items()
    )
