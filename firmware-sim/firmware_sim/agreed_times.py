"""Which times of day were agreed on from when to when, worked out from what the world saw."""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.letters import Letter
from firmware_sim.windows import (
    AgreedWindow,
    Agreement,
    agreed_windows,
    agreements,
    content_of,
    times_asked_for,
    window_of,
    windows_from,
)
from firmware_sim.world.record import HandedOver

if TYPE_CHECKING:
    from firmware_sim.sight import Sight

DUST = 0.01


class _Change(NamedTuple):
    """Other times, by a command. place: among all that were handed over; at, since: elapsed, and by its clock."""

    place: int
    at: float
    since: float
    times: tuple[str, ...]


class AgreedTimes:
    """The configuration's times, what commands made of them, and what a lost store made of that."""

    def __init__(self, sight: "Sight") -> None:
        self._sight = sight

    @cached_property
    def windows(self) -> list[AgreedWindow]:
        """The windows that were agreed, in the order in which they begin."""
        sight = self._sight
        if not sight.clock.changes:
            return agreed_windows(sight.scenario, sight.record, self._changed)
        return sorted(
            window for since, until, each in self.in_force for window in self._begun(since, until, each)
        )

    @cached_property
    def in_force(self) -> list[tuple[float, float, Agreement]]:
        """From when to when each agreement was in force, whatever the device's clock showed."""
        since = [
            (self.came_into_force(each.since), number, each)
            for number, each in enumerate(agreements(self._sight.scenario, self._sight.record, self._changed))
        ]
        in_order = sorted(since, key=lambda each: each[:2])
        ends = [*(at for at, _, _ in in_order[1:]), self._sight.end]
        return [(at, until, each) for (at, _, each), until in zip(in_order, ends, strict=True)]

    def came_into_force(self, since: float) -> float:
        """When an agreement of this instant came into force: told by the device's clock, or with a lost store."""
        return self._told.get(since, max(0.0, self._sight.elapsed(since)))

    def window(self, check: str) -> AgreedWindow | None:
        """The window of an agreed check, on whatever day."""
        return self._by_check.get(check) or window_of(check, self._sight.scenario)

    @cached_property
    def _by_check(self) -> dict[str, AgreedWindow]:
        return {window.check: window for window in self.windows}

    def _begun(self, since: float, until: float, agreement: Agreement) -> list[AgreedWindow]:
        """Windows that began by the device's clock while they were agreed on, and not just as other times came."""
        sight, begin = self._sight, self._sight.scenario.night.start_utc
        return [
            window
            for window in windows_from(sight.scenario, agreement, begin, begin + sight.end)
            if (since == 0.0 or sight.clock.shown(since) < window.start)
            and sight.clock.comes(window.start, since) < until - DUST
        ]

    # ---- what `set-schedule` commands brought

    @property
    def _changed(self) -> list[Agreement]:
        """What came later tells since when it held at the latest."""
        changes = self._changes
        first = [min(changes[place:], key=lambda change: change.at) for place in range(len(changes))]
        return [Agreement(since.since, change.times) for since, change in zip(first, changes, strict=True)]

    @cached_property
    def _told(self) -> dict[float, float]:
        """When commands brought a new schedule, by what the device's clock showed then."""
        return {change.since: change.at for change in self._changes}

    @cached_property
    def _changes(self) -> list[_Change]:
        """What `set-schedule` commands brought, in the order in which they came.

        Heard again a command is answered again, and changes nothing: its first answer counts, whatever a clock that
        was set back meanwhile shows in a later one.
        """
        done: dict[tuple[str, str], Letter] = {}
        for letter in self._sight.letters.of("reply"):
            is_done = letter.data["name"] == "set-schedule" and letter.data["outcome"] == "done"
            if is_done and letter.said_at is not None:
                done.setdefault((letter.data["command"], letter.epoch), letter)
        times = times_asked_for(self._sight.record) if done else {}
        told = [(letter, times[command]) for (command, _), letter in done.items() if command in times]
        return sorted(self._change(letter, brought) for letter, brought in told)

    def _change(self, told: Letter, times: tuple[str, ...]) -> _Change:
        """While an answer waits, the next one to the same command takes its place, and tells a later time."""
        said, since = self._sight.when_said(told), told.said_at or 0.0
        for place, handed in enumerate(self._sight.record.handed_over):
            if self._is_remembered(handed, told.data["command"], said):
                handled = self._sight.handled(handed.at)
                at, since = min((said, since), (handled, self._sight.clock.shown(handled)))
                return _Change(place, at, since, times)
        return _Change(len(self._sight.record.handed_over), said, since, times)

    def _is_remembered(self, handed: HandedOver, command: str, said: float) -> bool:
        """By the process that then said what became of it, if only to die, or by an earlier one that stored it."""
        if handed.at > said + DUST or handed.retained or content_of(handed.payload).get("id") != command:
            return False
        lost = self._sight.lost_between(handed.at, said)
        stored = self._sight.took_in(handed.at) and self._sight.could_store(handed.at)
        return self._sight.ran_throughout(handed.at, said - DUST) or (stored and not lost)
