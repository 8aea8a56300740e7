"""What commissioning taught about the net's error in this one home. Pure: numbers in, numbers out.

The net's answers to a few pictures of this bed, empty and occupied, tell whether it leans to one side here, and
whether it tells the two apart at all. Both are estimated as by somebody who has seen many homes and is slow to
believe that this one differs (logistic regression with a prior; the largest likelihood a posteriori). A handful of
pictures must not spoil a net that is right: without a clear gain on pictures left out, nothing is corrected.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

FEWEST = 3
"""Pictures of each kind, each of another state of the bed, below which nothing can be learnt."""
LIMIT = (
    4.0  # natural logarithm of odds beyond which the net is not believed anyway (as vision.verdict has it)
)
DOWN, UP = 2.0, 0.5  # bounds of the shift: it may make slower to say "in bed" by much, quicker by little
LEAST_SCALE = 0.4
SHIFT_SPREAD, SCALE_SPREAD = 0.8, 0.5  # how much homes differ: shift; logarithm of the scale
CLEAR_GAIN = 0.02  # of the mean logarithmic loss on pictures left out
CLEARLY_EMPTY = math.log(0.25 / 0.75)  # a recorded empty bed is never pushed above this
_STEPS = 26


@dataclass(frozen=True, slots=True)
class Correction:
    """`scale * log odds + shift` is believed instead of the net's log odds. As it is, it corrects nothing."""

    shift: float = 0.0
    scale: float = 1.0

    def corrected(self, log_odds: float) -> float:
        """What is believed in this home when the net says so many (natural logarithm of odds)."""
        return self.scale * _believed(log_odds) + self.shift if self.corrects else log_odds

    def chance(self, chance: float) -> float:
        """The same for a chance 0..1 at even odds."""
        if not self.corrects:
            return chance
        within = min(max(chance, 1e-9), 1 - 1e-9)
        return 1 / (1 + math.exp(-self.corrected(math.log(within / (1 - within)))))

    @property
    def corrects(self) -> bool:
        """Whether it changes anything."""
        return self != NOTHING


NOTHING = Correction()


class TooFew(ValueError):
    """Not enough was recorded to learn from."""


class _Seen(NamedTuple):
    log_odds: float
    occupied: bool


def fitted(empty: Sequence[float], occupied: Sequence[float]) -> Correction:
    """The correction for a home. Raises TooFew.

    empty, occupied: the net's log odds (natural logarithm, calibrated), one for each recorded state of the bed:
    the mean over its pictures, which tell the same thing again and again.
    """
    seen = _seen(empty, occupied)
    without = sum(_loss(one, NOTHING) for one in seen) / len(seen)
    left_out = sum(_loss(one, _likeliest([*seen[:k], *seen[k + 1 :]])) for k, one in enumerate(seen))
    if without - left_out / len(seen) < CLEAR_GAIN:
        return NOTHING
    return _likeliest(seen)


def unguarded(empty: Sequence[float], occupied: Sequence[float]) -> Correction:
    """The same without asking whether it helps: to measure what the guard is worth. Raises TooFew."""
    return _likeliest(_seen(empty, occupied))


def _seen(empty: Sequence[float], occupied: Sequence[float]) -> list[_Seen]:
    if min(len(empty), len(occupied)) < FEWEST:
        raise TooFew(
            f"{len(empty)} states of the empty and {len(occupied)} of the occupied bed; {FEWEST} of each are needed"
        )
    return [_Seen(_believed(x), False) for x in empty] + [_Seen(_believed(x), True) for x in occupied]


def _likeliest(seen: Sequence[_Seen]) -> Correction:
    """The bounded correction that is likeliest after these pictures."""
    return min(_candidates(seen), key=lambda candidate: _cost(seen, candidate))


def _candidates(seen: Sequence[_Seen]) -> list[Correction]:
    """All within the bounds, none of which calls a recorded empty bed occupied sooner than the net did."""
    highest = max(one.log_odds for one in seen if not one.occupied)
    candidates = [NOTHING]
    for k in range(_STEPS):
        scale = LEAST_SCALE ** (k / (_STEPS - 1))
        for j in range(2 * _STEPS):
            shift = -DOWN + (DOWN + UP) * j / (2 * _STEPS - 1)
            if shift <= 0 or scale * highest + shift <= max(CLEARLY_EMPTY, scale * highest):
                candidates.append(Correction(round(shift, 4), round(scale, 4)))
    return candidates


def _cost(seen: Sequence[_Seen], candidate: Correction) -> float:
    """Negative logarithm of likelihood and prior; both kinds weigh the same, however many there are."""
    kinds = {kind: sum(one.occupied is kind for one in seen) for kind in (False, True)}
    half = len(seen) / 2
    told = sum(_loss(one, candidate) * half / kinds[one.occupied] for one in seen)
    unlikely = (candidate.shift / SHIFT_SPREAD) ** 2 + (math.log(candidate.scale) / SCALE_SPREAD) ** 2
    return told + unlikely / 2


def _loss(one: _Seen, correction: Correction) -> float:
    """Negative logarithm of the chance that was given to what was so."""
    against = correction.corrected(one.log_odds) * (-1 if one.occupied else 1)
    return math.log1p(math.exp(against))


def _believed(log_odds: float) -> float:
    return max(-LIMIT, min(LIMIT, log_odds))
