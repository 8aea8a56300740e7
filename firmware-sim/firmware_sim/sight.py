"""A record seen as a whole: from when to when each part was in a state, and when the device could be heard."""

import bisect

from firmware_sim.letters import Letter, Letters
from firmware_sim.scenario import Scenario
from firmware_sim.windows import AgreedWindow, agreed_windows
from firmware_sim.world.record import Part, Record, Seen, spells

Spell = tuple[float, float]


class Sight:
    """Everything that the judgements are made on. All instants are elapsed seconds."""

    def __init__(self, scenario: Scenario, record: Record) -> None:
        self.scenario = scenario
        self.record = record
        self.letters = Letters(record)
        self.windows: list[AgreedWindow] = agreed_windows(scenario, record)
        self.end = scenario.seconds
        clock = record.of("clock")
        self._clock_changes = [seen.at for seen in clock]
        self._clock_errors = [_error(clock, index) for index in range(len(clock))]
        self.clock_changes = tuple(self._clock_changes)

    def spells(self, part: Part, state: str) -> list[Spell]:
        return spells(self.record.of(part), state, self.end)

    def states(self, part: Part) -> list[Seen]:
        return self.record.of(part)

    def device_utc(self, elapsed: float) -> float:
        """What the device's clock showed, UTC seconds."""
        return self.scenario.night.start_utc + elapsed + self.clock_error(elapsed)

    def clock_error(self, elapsed: float) -> float:
        """How far the device's clock was ahead."""
        index = bisect.bisect_right(self._clock_changes, elapsed)
        return self._clock_errors[index - 1] if index else 0.0

    def elapsed(self, utc: float) -> float:
        """When a clock that is right shows this, seconds since the start."""
        return utc - self.scenario.night.start_utc

    def when_said(self, letter: Letter) -> float:
        """When a message was said, by the error that the device's clock had then."""
        if letter.said_at is None:
            return letter.at
        shown = self.elapsed(letter.said_at)
        errors = {0.0, *self._clock_errors}
        fitting = [shown - error for error in errors if abs(self.clock_error(shown - error) - error) < 1.0]
        return max((at for at in fitting if at <= letter.at + 1.0), default=letter.at)

    def clock_was_right(self, begin: float, end: float) -> bool:
        """Whether the device's clock was trusted and right all the time from `begin` to `end`."""
        untrusted = any(overlap((begin, end), spell) for spell in self.spells("clock", "untrusted"))
        stepped = any(begin <= at <= end for at in self._clock_changes)
        return not untrusted and not stepped and abs(self.clock_error(begin)) < 1.0

    def deaf_spells(self) -> list[Spell]:
        """When the device was off, or could not reach the broker, or the broker did not take what it was sent."""
        moods = [
            Seen(seen.at, "broker", "works" if seen.detail in ("works", "twice") else "does not")
            for seen in self.states("broker")
        ]
        return sorted(
            [
                *self.spells("device", "down"),
                *self.spells("line", "down"),
                *spells(moods, "does not", self.end),
            ]
        )

    def heard_throughout(self, begin: float, end: float) -> bool:
        """Whether the device ran and could reach the broker all the time from `begin` to `end`."""
        return not any(overlap((begin, end), spell) for spell in self.deaf_spells())


def overlap(one: Spell, other: Spell) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _error(clock: list[Seen], index: int) -> float:
    """The error after the index-th change; an untrusted clock keeps the error that it had."""
    for seen in reversed(clock[: index + 1]):
        if seen.state != "untrusted":
            return float(seen.state)
    return 0.0
