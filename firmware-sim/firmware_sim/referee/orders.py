"""Commands as the device got them, read apart from the agent."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from firmware_sim.sight import A_MOMENT, Sight
from firmware_sim.world.record import HandedOver

GATE = 30
"""So many commands of one name a minute are let through; more may be ignored."""
ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
DUST = 0.01
OBEYED = ("accepted", "done")
DAY = 86400.0
FIELDS = {"id", "expires", "requested_by", "order"}
NEEDED = {"pause": "end", "ack": "alarm", "set-schedule": "times", "confirm": "check"}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One hand-over of a well-formed command.

    in_time: by the device's trusted clock it had not expired, and was not valid for more than a day, at one of the
    moments at which it may have been judged; lapses: at another of them it was not so;
    crowded: one of a flood, which may be ignored; heard: the process lived on for a moment, and no process that
    died too soon to tell may have heard the same id before;
    kept: what came of it could be stored; again: the same id was heard before by a device that remembers it.
    """

    at: float
    id: str
    name: str
    asks: dict[str, Any]
    by: str
    in_time: bool
    retained: bool
    crowded: bool
    heard: bool
    kept: bool
    again: bool = False
    lapses: bool = False

    @property
    def in_doubt(self) -> bool:
        """The device may know nothing of it."""
        return not (self.heard and self.kept)

    @property
    def valid(self) -> bool:
        """To be obeyed, as far as time and manner go; a withdrawal of consent is obeyed even when late."""
        return not self.retained and (self.in_time or self.name == "withdraw-consent")

    @property
    def counts(self) -> bool:
        """The one hand-over of this id that may have an effect."""
        return self.valid and not self.again


def orders_of(sight: Sight) -> list[Order]:
    """All well-formed commands that were handed over, in the order of time."""
    found: list[Order] = []
    by_name: dict[str, list[float]] = defaultdict(list)
    refusals, memory = _Refusals(sight), _Memory(sight)
    for handed in sight.record.handed_over:
        content = _read(handed.payload, handed.name)
        times = by_name[handed.name]
        times.append(handed.at)
        crowd = sum(1 for at in times[-GATE - 2 :] if at > handed.at - 60.0)
        told = _is_plain(handed, content) or (crowd <= GATE + 1 and refusals.told(handed.at))
        if content is not None:
            order = _order(sight, memory, handed, content, crowded=crowd > GATE or not told)
            found.append(order)
            if not sight.took_in(handed.at):
                memory.take_perhaps(order.id)
            elif not handed.retained and crowd <= GATE and not order.again:
                memory.take(order.id, handed.at)
    return found


def _is_plain(handed: HandedOver, content: dict[str, Any] | None) -> bool:
    """It is not refused for how it came or what it lacks."""
    needed = NEEDED.get(handed.name, "type")
    return content is not None and not handed.retained and needed in content["order"]


def _order(
    sight: Sight, memory: "_Memory", handed: HandedOver, content: dict[str, Any], *, crowded: bool
) -> Order:
    again = memory.has(content["id"], handed.at)
    in_time = _in_time(sight, handed.at, _instant(content["expires"]) or 0.0)
    return Order(
        at=handed.at,
        id=content["id"],
        name=handed.name,
        asks=content["order"],
        by=content["requested_by"],
        in_time=any(in_time),
        retained=handed.retained,
        crowded=crowded,
        heard=sight.took_in(handed.at) and not memory.may_have(content["id"]),
        kept=sight.could_store(handed.at),
        again=again,
        lapses=not all(in_time),
    )


class _Memory:
    """Which commands the device has heard before, as far as it remembers them."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._heard: dict[str, float] = {}
        self._perhaps: set[str] = set()

    def has(self, command: str, now: float) -> bool:
        """For certain; what it may remember is in doubt from then on."""
        before = self._heard.get(command)
        if self._was_told_to_be_obeyed(command, now):
            return True
        if before is None or self._sight.lost_between(before, now):
            return False
        death = self._sight.death_after(before)
        if death > now or self._sight.surely_kept(before):
            return True
        if self._sight.unwritable.rest_of(before, death):
            self._perhaps.add(command)
        return False

    def may_have(self, command: str) -> bool:
        return command in self._perhaps

    def take(self, command: str, at: float) -> None:
        self._heard[command] = at

    def take_perhaps(self, command: str) -> None:
        self._perhaps.add(command)

    def _was_told_to_be_obeyed(self, command: str, now: float) -> bool:
        """By words that were stored, as what came of it was in the same breath, whenever they were heard."""
        said = (
            min(self._sight.when_said(reply) + DUST, reply.at)
            for reply in self._sight.letters.of("reply")
            if reply.data["command"] == command and reply.data["outcome"] in OBEYED and reply.durable
        )
        return any(at < now and not self._sight.lost_between(at, now) for at in said)


def _in_time(sight: Sight, at: float, expires: float) -> list[bool]:
    """By what the clock showed in the instant before it came, when it came, or when its turn had come."""
    clock, handled = sight.clock, sight.handled(at)
    steps = [change for change in clock.changes if at < change <= handled]
    moments = [at - DUST, at, *steps, handled - A_MOMENT]
    return [clock.trusted(x) and 0 < expires - clock.shown(x) <= DAY for x in moments]


class _Refusals:
    """What cannot be read is refused so often a minute, whatever its name, and then only counted."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._told: list[float] = []

    def told(self, at: float) -> bool:
        """Whether one that comes now is refused in words for certain; one that may be counts in any case."""
        minute = 60.0 + self._sight.slowness(at - 60.0, at)
        if self._within(minute, at, self._sight.counted_time.most) >= GATE:
            return False
        surely = self._within(minute, at, self._sight.counted_time.least) < GATE
        self._told.append(at)
        return surely

    def _within(self, minute: float, at: float, counted: Callable[[float, float], float]) -> int:
        return sum(1 for earlier in self._told[-GATE:] if counted(earlier, at) < minute)


def _read(payload: bytes, name: str) -> dict[str, Any] | None:
    try:
        content = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return None
    if not isinstance(content, dict) or set(content) != FIELDS or not isinstance(content["order"], dict):
        return None
    if _instant(content["expires"]) is None:
        return None
    readable = ID.fullmatch(str(content["id"])) and 1 <= len(str(content["requested_by"])) <= 64
    return content if content["order"].get("type") == name and readable else None


def _instant(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
