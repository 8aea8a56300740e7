"""How long ago something is by the device's own count: time without power is told by its clock, or by none."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.seen_clock import NOTICED_WITHIN
from firmware_sim.spells import Spells

if TYPE_CHECKING:
    from firmware_sim.sight import Sight


class _Absence(NamedTuple):
    """The device was gone, by a power cut; its clock was stored for the last time between `stored` and `gone`.

    starts: when a process measured how long it was: the first, and the next if that could not store it.
    """

    stored: float
    gone: float
    starts: list[float]


class CountedTime:
    """Between two moments: at the most, and at the least. That a clock is put right later changes nothing of it."""

    def __init__(self, sight: "Sight") -> None:
        self._sight = sight

    def most(self, begin: float, at: float) -> float:
        return at - begin + sum(self._added(absence) for absence in self._absences(begin, at))

    def least(self, begin: float, at: float) -> float:
        return at - begin - sum(self._left_out(absence, begin) for absence in self._absences(begin, at))

    def _added(self, absence: _Absence) -> float:
        """By how much the clock was further ahead at the start than when it was stored last."""
        clock = self._sight.clock
        behind = min(clock.errors_between(absence.stored, absence.gone))
        return max([0.0, *(clock.error(start) - behind for start in absence.starts)])

    def _left_out(self, absence: _Absence, begin: float) -> float:
        """All until the power was back, if no clock could be trusted; else what the clock was further behind."""
        clock = self._sight.clock
        ahead = max(clock.errors_between(absence.stored, absence.gone))
        dated = clock.trusted_throughout(absence.stored, absence.gone)
        since = max(begin, absence.stored)
        lengths = ((start, self._powered_since(start) - since) for start in absence.starts)
        left_out = (
            min(ahead - clock.error(start), length) if dated and clock.trusted(start) else length
            for start, length in lengths
        )
        return max([0.0, *left_out])

    def _powered_since(self, start: float) -> float:
        back = (seen.at for seen in self._sight.states("mains") if seen.state == "on" and seen.at <= start)
        return max(back, default=0.0)

    def _absences(self, begin: float, at: float) -> list[_Absence]:
        sight = self._sight
        cuts = [seen.at for seen in sight.states("mains") if seen.state == "off" and begin <= seen.at <= at]
        by_end = {_since(sight.off | sight.unwritable, cut): _since(sight.forgotten, cut) for cut in cuts}
        return [self._absence(forgotten, gone, at) for gone, forgotten in sorted(by_end.items())]

    def _absence(self, forgotten: float, gone: float, at: float) -> _Absence:
        """forgotten: since when it may have stored nothing more; gone: since when it could not."""
        stored = forgotten - NOTICED_WITHIN
        return _Absence(stored - self._sight.slowness(stored, forgotten), gone, list(self._starts(gone, at)))

    def _starts(self, gone: float, at: float) -> Iterator[float]:
        sight = self._sight
        for start in sight.starts:
            if gone <= start <= at:
                yield start
                if sight.surely_kept(start):
                    break


def _since(spells: Spells, moment: float) -> float:
    spell = spells.at(moment)
    return spell[0] if spell else moment
