"""A record seen as a whole: from when to when each part was in a state, and when the device could be heard."""

import math
from collections import defaultdict
from functools import cached_property
from itertools import zip_longest

from firmware_sim.agreed_times import AgreedTimes
from firmware_sim.counted_time import CountedTime
from firmware_sim.letters import Letter, Letters
from firmware_sim.said_times import SaidTimes
from firmware_sim.scenario import Scenario
from firmware_sim.seen_clock import NOTICED_WITHIN, SeenClock
from firmware_sim.spells import Spell, Spells
from firmware_sim.windows import MINUTE, AgreedWindow, Agreement
from firmware_sim.world.record import Part, Record, Seen, spells

TAKES = ("works", "twice")
"""Moods in which a broker delivers and acknowledges what it is sent."""
A_MOMENT = 0.2
BACK_OFF = 300.0
"""What was denied is tried again after this long at the latest."""


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
        heartbeat_seconds = scenario.policy.heartbeat_minutes * MINUTE
        self.clock = SeenClock(record, scenario.night.start_utc, self.end, lag=1.05 * heartbeat_seconds)
        lives = spells(self.states("device"), "up", self.end)
        self._said = SaidTimes(self.letters, self.clock, lives, scenario.night.start_utc)
        self._agreed = AgreedTimes(self)
        self.counted_time = CountedTime(self)

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
    def starts(self) -> list[float]:
        """When a process of the device began."""
        return [seen.at for seen in self.states("device") if seen.state == "up"]

    @cached_property
    def losses(self) -> list[float]:
        """When the store's file was deleted or destroyed."""
        return [seen.at for seen in self.states("store") if seen.state in ("lost", "torn")]

    def lost_between(self, begin: float, end: float) -> bool:
        """Whether the device lost its store."""
        return any(begin <= at <= end for at in self.losses)

    def remembers_since(self, moment: float) -> float:
        """When its store was lost for the last time before: it can remember nothing older."""
        return max((at for at in self.losses if at <= moment), default=-math.inf)

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

    def death_after(self, moment: float) -> float:
        """When the process ends that runs at this moment; the end of the night if it lives on."""
        return next((death for death, _ in self.off if death >= moment), self.end)

    def surely_kept(self, moment: float) -> bool:
        """Whether the process stored what it knew at this moment before it ended."""
        return self.surely_stored(moment, self.death_after(moment))

    def surely_stored(self, since: float, until: float) -> bool:
        """Whether a process that lived so long stored what it knew at first: at once, or by trying again."""
        return bool(self._stored_in(since, until))

    def _stored_in(self, since: float, until: float) -> list[Spell]:
        """When the disk took what it was given for long enough that such a process did so."""
        at_once = self.could_store(since) and self.handled(since) <= until
        tries_again_within = NOTICED_WITHIN + self.slowness(since, until)
        return [
            (begin, end)
            for begin, end in self.unwritable.rest_of(since, until)
            if (at_once and begin == since) or end - begin > tries_again_within
        ]

    @cached_property
    def forgotten(self) -> Spells:
        """When no process ran, or one that may have stored nothing more: the next may know nothing of it."""
        lives = self.spells("device", "up")
        stored_last = [max((end for _, end in self._stored_in(*life)), default=life[0]) for life in lives]
        untold = Spells((last, death) for last, (_, death) in zip(stored_last, lives, strict=True))
        return self.off | self.unwritable | untold

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

    def heard_throughout(self, begin: float, end: float, topic: str = "") -> bool:
        """Whether the device ran and could reach the broker all the time from `begin` to `end`."""
        return not self.deaf(topic).touch(begin, end)

    def ran_throughout(self, begin: float, end: float) -> bool:
        return not self.off.touch(begin, end)

    # ---- what was agreed and what was said

    @property
    def windows(self) -> list[AgreedWindow]:
        """The windows that were agreed, in the order in which they begin."""
        return self._agreed.windows

    @property
    def agreed(self) -> list[tuple[float, float, Agreement]]:
        """From when to when each agreement was in force, whatever the device's clock showed."""
        return self._agreed.in_force

    def window(self, check: str) -> AgreedWindow | None:
        """The window of an agreed check, on whatever day."""
        return self._agreed.window(check)

    def agreed_at(self, since: float) -> float:
        """When an agreement of this instant came into force: told by the device's clock, or with a lost store."""
        return self._agreed.came_into_force(since)

    def elapsed(self, utc: float) -> float:
        """When a clock that is right shows this, seconds since the start."""
        return utc - self.scenario.night.start_utc

    def when_said(self, letter: Letter) -> float:
        """When a message was said, by the error that the device's clock had then; the last such moment."""
        return self._said.of(letter)[-1]

    def when_said_first(self, letter: Letter) -> float:
        """A clock that was set back showed its time twice: the first moment at which it may have been said."""
        return self._said.of(letter)[0]


def _takes(mood: str) -> bool:
    return mood in TAKES or _denies(mood)


def _denies(mood: str) -> bool:
    return mood.startswith("denies")
