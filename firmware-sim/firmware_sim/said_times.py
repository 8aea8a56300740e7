"""When each message was said, told from the time that it bears: a clock that is set back shows a time twice."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from firmware_sim.letters import Letter, Letters
from firmware_sim.seen_clock import SeenClock
from firmware_sim.spells import Spell

DUST = 0.01


class SaidTimes:
    """The moments at which a message may have been said, elapsed seconds.

    lives: from when to when a process ran, if only for an instant; start_utc: when the scenario begins.
    """

    def __init__(self, letters: Letters, clock: SeenClock, lives: Sequence[Spell], start_utc: float) -> None:
        self._letters = letters
        self._clock = clock
        self._lives = lives
        self._start_utc = start_utc
        self._known: dict[str, list[float]] = {}

    def of(self, letter: Letter) -> list[float]:
        """When the device's clock showed the time that a message bears, before the message arrived."""
        if letter.said_at is None:
            return [letter.at]
        if not self._clock.changes:
            return [letter.said_at - self._start_utc]
        return self._said_in_order.get(letter.id) or self._fitting(letter) or [letter.at]

    @cached_property
    def _said_in_order(self) -> dict[str, list[float]]:
        """When each message that was stored was said: none before one that has a lower number."""
        by_epoch: dict[str, list[Letter]] = defaultdict(list)
        for letter in self._letters.all:
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
        known = self._known.get(letter.id)
        if known is None:
            shown = (letter.said_at or 0.0) - self._start_utc
            moments = sorted(
                shown - error
                for error in self._clock.errors
                if self._clock.had_error(shown - error, error) and shown - error <= letter.at + 1.0
            )
            known = self._known[letter.id] = [at for at in moments if self._lived(at)] or moments
        return known

    def _lived(self, moment: float) -> bool:
        return any(begin - DUST <= moment <= end + DUST for begin, end in self._lives)
