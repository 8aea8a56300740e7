"""From evidence to a verdict, by what each mistake costs. Pure: no picture, no clock.

The frames of one look show the same bed: their judgements err together, so a minute of them is worth hardly more
than one. Their mean counts once, less what they disagree on; movement adds to it or takes from it; neither is ever
believed without limit. A camera that cannot see is a fault, never an empty bed.

Cues that fail differently must agree: a film in which nothing moves is never `in_bed`, however much its bed looks
like one that somebody lies in; nor is one whose bed looks rather empty, however much it moves. The net has seen
rendered beds alone, and heaped bedding deceives it; cats breathe, too.
"""

import math
import statistics
from dataclasses import dataclass, field

from vision.protocol import Doubt, Stakes, Verdict

NET_LIMIT = 4.0  # natural logarithm of odds: the net is never believed beyond 55 to 1
INDEPENDENT_SECONDS = 4.0  # frames closer than this tell the same thing
MOST_INDEPENDENT = 5
SETTLED = 8.0  # seconds after coarse movement from which only what came after it counts
SOONEST = 5.0  # seconds of watching before a fault is sure
EARLIEST = 20.0  # seconds of good frames before `in_bed` is sure: over less, pets move as sleepers do
SHORTEST = 3.0  # seconds of good frames without which nothing is known
EARLY_MARGIN = 0.7  # how much surer an early answer must be (natural logarithm of odds)
MOVES_FROM = 0.8  # evidence of movement from which something lives in the bed
EMPTY_BELOW = 0.25  # the net's chance below which a bed looks clearly empty
NOT_THE_BED = frozenset({"view_unknown", "partly_covered"})
"""Doubts whether it is the bed, and all of it, that is seen: whoever is seen then may be anywhere."""


USUAL = Stakes()


@dataclass(frozen=True, slots=True)
class Demands:
    """What a home asks of an answer. stakes: what mistakes cost here; doubt: of answers that were wrong before."""

    stakes: Stakes = USUAL
    doubt: Doubt = field(default_factory=Doubt)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a look has seen so far.

    watched: seconds in all; seconds: of good frames;
    chances: the net's, at even odds, of good frames in order of time, `latest` of them since the last coarse
    movement; settled: seconds since it; restless: there was coarse movement in the bed;
    movement, likeness: logarithms of the likelihood ratio for presence, None if unknown (movement of the blanket;
    how much the bed looks like the empty bed of the installation);
    faults: why the camera cannot see; doubts: why what it sees may mislead; most telling first;
    still: a single picture, of which no length can be asked; doubt: of answers that were wrong in this home
    before; stakes: what mistakes cost here.
    """

    seconds: float
    watched: float = 0.0
    chances: tuple[float, ...] = ()
    latest: int = 0
    settled: float = math.inf
    restless: bool = False
    movement: float | None = None
    likeness: float | None = None
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    still: bool = False
    doubt: Doubt = field(default_factory=Doubt)
    stakes: Stakes = USUAL


@dataclass(frozen=True, slots=True)
class Judgement:
    """p_occupied: at even odds beforehand (the prior counts in the verdict), None if the camera is at fault;
    reasons: words, most important first; sure: more time would hardly change it.
    """

    verdict: Verdict
    p_occupied: float | None
    reasons: tuple[str, ...] = field(default=())
    sure: bool = False


def logit(chance: float) -> float:
    return math.log(chance / (1 - chance))


def chance_of(evidence: float) -> float:
    """The chance at even odds that this much evidence stands for."""
    return 1 / (1 + math.exp(-evidence))


def occupied_from(stakes: Stakes) -> float:
    """Evidence (natural logarithm of odds) from which `in_bed` costs less than any other answer."""
    return math.log(stakes.wrong_in_bed) - logit(stakes.in_bed_share)


def empty_to(stakes: Stakes) -> float:
    """Evidence (natural logarithm of odds) up to which the bed is likely enough empty to be called so."""
    return -logit(stakes.empty_from) - logit(stakes.in_bed_share)


def judge(evidence: Evidence) -> Judgement:
    """The verdict that costs least, and why."""
    if evidence.faults:
        return Judgement("camera_fault", None, evidence.faults, sure=evidence.watched >= SOONEST)
    if not evidence.chances or (evidence.seconds < SHORTEST and not evidence.still):
        return Judgement("uncertain", None, (*evidence.doubts, "too_short"))
    appearance = seen(evidence)
    total = appearance + (evidence.movement or 0.0) + (evidence.likeness or 0.0)
    verdict, reasons = _weighed(evidence, appearance, total)
    verdict, reasons = doubted(evidence.doubt, total, verdict, reasons, evidence.stakes)
    enough = occupied_from(evidence.stakes) + evidence.doubt.in_bed
    early = evidence.seconds >= EARLIEST and total >= enough + EARLY_MARGIN
    return Judgement(verdict, chance_of(total), reasons, sure=verdict == "in_bed" and early)


def seen(evidence: Evidence) -> float:
    """What the net's chances are worth together: their mean, less its uncertainty, within the net's limit.

    After coarse movement only what came later counts once the bed is settled; until then whichever is less sure.
    """
    every, latest = evidence.chances, evidence.chances[-evidence.latest :] if evidence.latest else ()
    if not evidence.restless:
        return _together(every, evidence.seconds)
    after = _together(latest, evidence.settled) if latest else 0.0
    return after if evidence.settled >= SETTLED else min(after, _together(every, evidence.seconds), key=abs)


def _together(chances: tuple[float, ...], seconds: float) -> float:
    weights = [max(-NET_LIMIT, min(NET_LIMIT, logit(min(max(c, 1e-6), 1 - 1e-6)))) for c in chances]
    mean = statistics.fmean(weights)
    samples = max(1.0, min(MOST_INDEPENDENT, seconds / INDEPENDENT_SECONDS))
    doubt = statistics.pstdev(weights) / math.sqrt(samples)
    return math.copysign(max(0.0, abs(mean) - doubt), mean)


def doubted(
    doubt: Doubt, total: float, verdict: Verdict, reasons: tuple[str, ...], stakes: Stakes = USUAL
) -> tuple[Verdict, tuple[str, ...]]:
    """A certain verdict of a kind that was wrong here before needs more; without it, it is uncertain."""
    if verdict == "in_bed" and total < occupied_from(stakes) + doubt.in_bed:
        return "uncertain", ("in_bed_was_wrong_here", *reasons)
    if verdict == "not_in_bed" and total > empty_to(stakes) - doubt.not_in_bed:
        return "uncertain", ("not_in_bed_was_wrong_here", *reasons)
    return verdict, reasons


def _weighed(evidence: Evidence, appearance: float, total: float) -> tuple[Verdict, tuple[str, ...]]:
    moves = evidence.movement is not None and evidence.movement >= MOVES_FROM
    unsettled = evidence.restless and evidence.settled < SETTLED
    unlikely = total <= empty_to(evidence.stakes)
    if total >= occupied_from(evidence.stakes) and appearance > 0:
        return _looks_occupied(evidence, moves=moves)
    if (moves or unsettled) and (unlikely or appearance <= logit(EMPTY_BELOW)):
        return "uncertain", ("movement_in_empty_bed", *evidence.doubts)
    if evidence.doubts:
        return "uncertain", evidence.doubts
    if unlikely:
        return "not_in_bed", ("empty_bed_seen",)
    return "uncertain", ("restless" if unsettled else "not_clear",)


def _looks_occupied(evidence: Evidence, *, moves: bool) -> tuple[Verdict, tuple[str, ...]]:
    """A film must also move; a single picture, of which that cannot be asked, must be clear."""
    if NOT_THE_BED.intersection(evidence.doubts):
        return "uncertain", evidence.doubts
    if moves:
        return "in_bed", ("person_seen", "movement_seen", *evidence.doubts)
    if evidence.still and not evidence.doubts:
        return "in_bed", ("person_seen",)
    return "uncertain", ("no_movement_seen", *evidence.doubts)
