"""A record seen as a whole: from when to when each part was in a state, and when the device could be heard."""

from collections import defaultdict
from functools import cached_property
from itertools import accumulate, zip_longest
from typing import NamedTuple

from firmware_sim.letters import Letter, Letters
from firmware_sim.scenario import Scenario
from firmware_sim.seen_clock import SeenClock
from firmware_sim.spells import Spell, Spells
from firmware_sim.windows import (
    MINUTE,
    AgreedWindow,
    Agreement,
    agreed_windows,
    agreements,
    content_of,
    times_asked_for,
    window_of,
    windows_from,
)
from firmware_sim.world.record import HandedOver, Part, Record, Seen, spells

TAKES = ("works", "twice")
"""Moods in which a broker delivers and acknowledges what it is sent."""
A_MOMENT = 0.2
DUST = 0.01
BACK_OFF = 300.0
"""What was denied is tried again after this long at the latest."""


class _Change(NamedTuple):
    """Other times, by a command. place: among all that were handed over; at, since: elapsed, and by its clock."""

    place: int
    at: float
    since: float
    times: tuple[str, ...]


class Sight:
    """Everything that the judgements are made on. All instants are elapsed seconds."""

    def __init__(self, scenario: Scenario, record: Record) -> None:
        self.scenario = scenario
        self.record = record
        self.letters = Letters(record)
        self.end = scenario.seconds
        self._states: dict[Part, list[Seen]] = defaultdict(list)
        for seen in record.seen:
            if seen.at <= self.end:  # the process that is ended when all is over lets go of what it holds
                self._states[seen.part].append(seen)
        self._spells: dict[tuple[Part, str], Spells] = {}
        self._said: dict[str, list[float]] = {}
        heartbeat_seconds = scenario.policy.heartbeat_minutes * MINUTE
        self.clock = SeenClock(record, scenario.night.start_utc, self.end, lag=1.05 * heartbeat_seconds)

    # ---- the world

    def states(self, part: Part) -> list[Seen]:
        return self._states.get(part, [])

    def spells(self, part: Part, state: str) -> Spells:
        known = self._spells.get((part, state))
        if known is None:
            known = Spells(spells(self.states(part), state, self.end))
            self._spells[part, state] = known
        return known

    @cached_property
    def off(self) -> Spells:
        """When no process of the device ran."""
        states = self.states("device")
        first = states[0].at if states else self.end
        return Spells([(0.0, first), *self.spells("device", "down")])

    @cached_property
    def losses(self) -> list[float]:
        """When the store's file was deleted or destroyed."""
        return [seen.at for seen in self.states("store") if seen.state in ("lost", "torn")]

    @cached_property
    def unwritable(self) -> Spells:
        """When the device could not store anything."""
        refused = ("full", "read_only")
        return Spells(spell for state in refused for spell in spells(self._disk, state, self.end))

    @cached_property
    def _disk(self) -> list[Seen]:
        """How the disk was, apart from what became of the file on it."""
        return [seen for seen in self.states("store") if seen.state not in ("lost", "torn")]

    @cached_property
    def _slow(self) -> list[tuple[Spell, float]]:
        """When each commit took how many seconds."""
        return [
            ((seen.at, following.at if following else self.end), float(seen.detail))
            for seen, following in zip_longest(self._disk, self._disk[1:])
            if seen.state == "slow"
        ]

    def commit_seconds(self, moment: float) -> float:
        """How long the one commit may take that is under way at this moment."""
        return max(
            (lasts for (begin, end), lasts in self._slow if begin <= moment <= end + lasts), default=0.0
        )

    def slowness(self, begin: float, end: float) -> float:
        """How many seconds the device waited for its disk in what it did at this time, until it had caught up.

        While a slow disk writes, everything waits; it rests when all that has come is taken in.
        """
        writing, waited = self.spells("disk", "writes"), 0.0
        while True:
            longer = sum(until - since for since, until in writing.between(begin, end + waited))
            if longer <= waited:
                return waited
            waited = longer

    def handled(self, moment: float) -> float:
        """When the device was done at the latest with what came at this moment, if it lived so long."""
        writing = self.spells("disk", "writes").between(moment, moment + A_MOMENT)
        return A_MOMENT + max([moment, *(until for _, until in writing)])

    def took_in(self, moment: float) -> bool:
        """Whether the process lived long enough to take in what it was told at this moment."""
        return self.ran_throughout(moment, self.handled(moment))

    def could_store(self, moment: float) -> bool:
        """Whether what the device was told at this moment could be stored when it came to it."""
        return not self.unwritable.touch(moment, self.handled(moment))

    # ---- who could hear the device

    @cached_property
    def _out_of_reach(self) -> Spells:
        return self.off | self.spells("line", "down") | self._broker_does_not_take

    @cached_property
    def _broker_does_not_take(self) -> Spells:
        return Spells(
            spells(
                [
                    Seen(seen.at, "broker", "takes" if _takes(seen.detail) else "does not")
                    for seen in self.states("broker")
                ],
                "does not",
                self.end,
            )
        )

    @cached_property
    def _denials(self) -> list[tuple[str, Spells]]:
        """By the part of the topics that were denied."""
        found = []
        for denied in {
            seen.detail.partition(" ")[2] for seen in self.states("broker") if _denies(seen.detail)
        }:
            moods = [
                Seen(
                    seen.at,
                    "broker",
                    "denies" if _denies(seen.detail) and seen.detail.endswith(denied) else "not",
                )
                for seen in self.states("broker")
            ]
            refused = spells(moods, "denies", self.end)
            found.append((denied, Spells((begin, end + BACK_OFF) for begin, end in refused)))
        return found

    def deaf(self, topic: str = "") -> Spells:
        """When the device was off, or could not reach the broker, or the broker took nothing on this topic."""
        deaf = self._out_of_reach
        for denied, when in self._denials:
            if denied in topic or not topic:
                deaf = deaf | when
        return deaf

    def deaf_spells(self) -> list[Spell]:
        """When there is something that the device could not say."""
        return list(self.deaf())

    def heard_throughout(self, begin: float, end: float, topic: str = "") -> bool:
        """Whether the device ran and could reach the broker all the time from `begin` to `end`."""
        return not self.deaf(topic).touch(begin, end)

    def ran_throughout(self, begin: float, end: float) -> bool:
        return not self.off.touch(begin, end)

    # ---- what was agreed and what was said

    @cached_property
    def windows(self) -> list[AgreedWindow]:
        if not self.clock.changes:
            return agreed_windows(self.scenario, self.record, self._changed)
        return sorted(
            window for since, until, each in self.agreed for window in self._begun(since, until, each)
        )

    @cached_property
    def _changes(self) -> list[_Change]:
        """What `set-schedule` commands brought, in the order in which they came.

        Heard again a command is answered again, and changes nothing: its first answer counts, whatever a clock that
        was set back meanwhile shows in a later one.
        """
        done: dict[tuple[str, str], Letter] = {}
        for letter in self.letters.of("reply"):
            is_done = letter.data["name"] == "set-schedule" and letter.data["outcome"] == "done"
            if is_done and letter.said_at is not None:
                done.setdefault((letter.data["command"], letter.epoch), letter)
        times = times_asked_for(self.record) if done else {}
        told = [(letter, times[command]) for (command, _), letter in done.items() if command in times]
        return sorted(self._change(letter, brought) for letter, brought in told)

    def _change(self, told: Letter, times: tuple[str, ...]) -> _Change:
        """While an answer waits, the next one to the same command takes its place, and tells a later time."""
        said, since = self.when_said(told), told.said_at or 0.0
        for place, handed in enumerate(self.record.handed_over):
            if self._is_remembered(handed, told.data["command"], said):
                handled = self.handled(handed.at)
                at, since = min((said, since), (handled, self.clock.shown(handled)))
                return _Change(place, at, since, times)
        return _Change(len(self.record.handed_over), said, since, times)

    def _is_remembered(self, handed: HandedOver, command: str, said: float) -> bool:
        """By the process that has then said what became of it, or by an earlier one that could store it."""
        if handed.at > said + DUST or handed.retained or content_of(handed.payload).get("id") != command:
            return False
        lost = any(handed.at <= at <= said for at in self.losses)
        stored = self.took_in(handed.at) and self.could_store(handed.at)
        return self.ran_throughout(handed.at, said) or (stored and not lost)

    @property
    def _changed(self) -> list[Agreement]:
        """What came later tells since when it held at the latest."""
        changes = self._changes
        first = [min(changes[place:], key=lambda change: change.at) for place in range(len(changes))]
        return [Agreement(since.since, change.times) for since, change in zip(first, changes, strict=True)]

    @cached_property
    def agreed(self) -> list[tuple[float, float, Agreement]]:
        """From when to when each agreement was in force, whatever the device's clock showed."""
        since = [
            (self.agreed_at(each.since), number, each)
            for number, each in enumerate(agreements(self.scenario, self.record, self._changed))
        ]
        in_order = sorted(since, key=lambda each: each[:2])
        ends = [*(at for at, _, _ in in_order[1:]), self.end]
        return [(at, until, each) for (at, _, each), until in zip(in_order, ends, strict=True)]

    def agreed_at(self, since: float) -> float:
        """When an agreement of this instant came into force: told by the device's clock, or with a lost store."""
        return self._told.get(since, max(0.0, self.elapsed(since)))

    @cached_property
    def _told(self) -> dict[float, float]:
        """When commands brought a new schedule, by what the device's clock showed then."""
        return {change.since: change.at for change in self._changes}

    def _begun(self, since: float, until: float, agreement: Agreement) -> list[AgreedWindow]:
        """Windows that began by the device's clock while they were agreed on."""
        begin, end = self.scenario.night.start_utc, self.scenario.night.start_utc + self.end
        return [
            window
            for window in windows_from(self.scenario, agreement, begin, end)
            if (since == 0.0 or self.clock.shown(since) < window.start)
            and self.clock.comes(window.start, since) < until
        ]

    @cached_property
    def _windows_by_check(self) -> dict[str, AgreedWindow]:
        return {window.check: window for window in self.windows}

    def window(self, check: str) -> AgreedWindow | None:
        """The window of an agreed check, on whatever day."""
        return self._windows_by_check.get(check) or window_of(check, self.scenario)

    def elapsed(self, utc: float) -> float:
        """When a clock that is right shows this, seconds since the start."""
        return utc - self.scenario.night.start_utc

    def when_said(self, letter: Letter) -> float:
        """When a message was said, by the error that the device's clock had then; the last such moment."""
        return self._when_shown(letter)[-1]

    def when_said_first(self, letter: Letter) -> float:
        """A clock that was set back showed its time twice: the first moment at which it may have been said."""
        return self._when_shown(letter)[0]

    def _when_shown(self, letter: Letter) -> list[float]:
        """When the device's clock showed the time that a message bears, before the message arrived."""
        if letter.said_at is None:
            return [letter.at]
        if not self.clock.changes:
            return [letter.said_at - self.scenario.night.start_utc]
        return self._said_in_order.get(letter.id) or self._fitting(letter) or [letter.at]

    @cached_property
    def _said_in_order(self) -> dict[str, list[float]]:
        """When each message that was stored was said: none before one that has a lower number."""
        by_epoch: dict[str, list[Letter]] = defaultdict(list)
        for letter in self.letters.all:
            if letter.durable and letter.number >= 0 and letter.said_at is not None and self._fitting(letter):
                by_epoch[letter.epoch].append(letter)
        found: dict[str, list[float]] = {}
        for letters in by_epoch.values():
            letters.sort(key=lambda letter: letter.number)
            fitting = [self._fitting(letter) for letter in letters]
            begins = accumulate((moments[0] for moments in fitting), max)
            ends = [*accumulate((moments[-1] for moments in reversed(fitting)), min)][::-1]
            for letter, moments, begin, end in zip(letters, fitting, begins, ends, strict=True):
                found[letter.id] = [at for at in moments if begin - DUST <= at <= end + DUST] or moments
        return found

    def _fitting(self, letter: Letter) -> list[float]:
        known = self._said.get(letter.id)
        if known is None:
            shown = self.elapsed(letter.said_at or 0.0)
            known = self._said[letter.id] = sorted(
                shown - error
                for error in self.clock.errors
                if self.clock.had_error(shown - error, error) and shown - error <= letter.at + 1.0
            )
        return known


def _takes(mood: str) -> bool:
    return mood in TAKES or _denies(mood)


def _denies(mood: str) -> bool:
    return mood.startswith("denies")
