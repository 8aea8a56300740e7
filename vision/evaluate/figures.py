"""Figures of merit, each with how far it can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.evaluate.judging import Result

Numbers = NDArray[np.floating]

RESAMPLES = 2000
SEED = 1
QUANTILE = 1.959964  # of the normal distribution, for 95 of 100


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`; low, high: 95 % interval (E. B. Wilson 1927), nothing is known if `of` is 0."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Summary:
    """One group's figures.

    auc: chance that an occupied bed is given a higher chance than an empty one, with a 95 % bootstrap interval;
    None without both kinds. recall, false_likely: chance of 0.5 and more among occupied and empty beds.
    false_in_bed: the answer `in_bed` among empty beds, the worst error; false_not_in_bed: `not_in_bed` among
    occupied ones; uncertain, faults, unjudged: among all. What could not be judged counts in no other share.
    """

    name: str
    occupied: int
    empty: int
    auc: float | None
    auc_interval: tuple[float, float] | None
    recall: Share
    false_likely: Share
    false_in_bed: Share
    false_not_in_bed: Share
    uncertain: Share
    faults: Share
    unjudged: Share


def summarise(name: str, results: Sequence[Result]) -> Summary:
    """The figures of these recordings."""
    judged = [result for result in results if result.verdict is not None]
    occupied = [result for result in judged if result.entry.occupied]
    empty = [result for result in judged if not result.entry.occupied]
    area, interval = _area(judged)
    return Summary(
        name=name,
        occupied=len(occupied),
        empty=len(empty),
        auc=area,
        auc_interval=interval,
        recall=share([result.likely for result in occupied]),
        false_likely=share([result.likely for result in empty]),
        false_in_bed=share([result.verdict == "in_bed" for result in empty]),
        false_not_in_bed=share([result.verdict == "not_in_bed" for result in occupied]),
        uncertain=share([result.verdict == "uncertain" for result in judged]),
        faults=share([result.verdict == "camera_fault" for result in judged]),
        unjudged=share([result.verdict is None for result in results]),
    )


def by_group(results: Sequence[Result]) -> list[Summary]:
    """One summary a group, in the order of their first recording, and one of all if there are several."""
    names = list(dict.fromkeys(result.entry.group for result in results))
    groups = [summarise(name, [result for result in results if result.entry.group == name]) for name in names]
    return groups if len(groups) == 1 else [*groups, summarise("all", results)]


def share(hits: Sequence[bool]) -> Share:
    """How many of these are true, with Wilson's interval."""
    n, k = len(hits), sum(hits)
    if not n:
        return Share(0, 0, 0.0, 1.0)
    squared = QUANTILE**2
    centre = (k + squared / 2) / (n + squared)
    reach = QUANTILE / (n + squared) * math.sqrt(k * (n - k) / n + squared / 4)
    return Share(k, n, max(0.0, centre - reach), min(1.0, centre + reach))


def auc(chances: Numbers, occupied: Numbers) -> float:
    """Probability that an occupied bed gets a higher chance than an empty one (ties count half); not a number if
    there is none of one kind.
    """
    yes, no = chances[occupied > 0.5], chances[occupied < 0.5]
    if not len(yes) or not len(no):
        return float("nan")
    order = np.sort(no)
    below = np.searchsorted(order, yes, "left") + np.searchsorted(order, yes, "right")
    return float(below.mean() / (2 * len(no)))


def _area(results: Sequence[Result]) -> tuple[float | None, tuple[float, float] | None]:
    """Occupied and empty beds are drawn anew apart, so that both kinds are in every resample."""
    seen = [(result.p_occupied, result.entry.occupied) for result in results if result.p_occupied is not None]
    yes = np.array([chance for chance, occupied in seen if occupied])
    no = np.array([chance for chance, occupied in seen if not occupied])
    if not len(yes) or not len(no):
        return None, None
    truth = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    rng = np.random.default_rng(SEED)
    drawn = [
        auc(np.concatenate([rng.choice(yes, len(yes)), rng.choice(no, len(no))]), truth)
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return auc(np.concatenate([yes, no]), truth), (float(low), float(high))
