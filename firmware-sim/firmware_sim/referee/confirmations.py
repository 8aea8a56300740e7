"""What staff confirm makes the device more careful: as much as agreed, once, and until it is taken back."""

import math
from collections.abc import Iterator
from itertools import product

from firmware_sim.referee.commands import forgotten_by, judged, replies_of
from firmware_sim.referee.evidence import Evidence, Look
from firmware_sim.referee.orders import Order
from firmware_sim.referee.violation import Judgement, Violation

DOUBLED = math.log(2)
AT_MOST = 3
DUST = 1e-6
CERTAIN = ("in_bed", "not_in_bed")

Possible = dict[str, set[str | None]]
"""By check, what the device may hold to be confirmed of it; None: nothing."""


def looks_are_as_careful_as_confirmed(night: Evidence) -> Iterator[Violation]:
    """Each wrong answer doubles the odds asked for before another of its kind, three times at most."""
    if not any(order.name == "confirm" for order in night.orders) and not any(
        any(look.doubt) for look in night.looks
    ):
        return
    for look in night.looks:
        if look.check == "blind-test":
            allowed: tuple[set[int], set[int]] = ({0}, {0})
        else:
            possible = _believed(night, look)
            allowed = (_steps(night, possible, "in_bed"), _steps(night, possible, "not_in_bed"))
        for kind, doubt, steps in zip(CERTAIN, look.doubt, allowed, strict=True):
            if not any(abs(doubt - DOUBLED * step) < DUST for step in steps):
                wanted = " or ".join(f"{DOUBLED * step:.2f}" for step in sorted(steps))
                yield Violation(
                    look.asked,
                    2,
                    f"look {look.id} asks for {doubt:.2f} beyond the usual before {kind}, not for {wanted}",
                )


def _believed(night: Evidence, look: Look) -> Possible:
    """What may have been confirmed to the device when it asked for this look."""
    possible: Possible = {}
    told = [(order.at, order) for order in night.orders if order.name in ("confirm", "forget-confirmations")]
    lost = [(at, None) for at in night.losses]
    for at, order in sorted((*told, *lost), key=lambda each: (each[0], each[1] is not None)):
        if at > look.asked:
            break
        if order is None:
            possible.clear()
        else:
            sure = not (order.in_doubt or order.crowded) and night.handled(at) < look.asked
            _heed(possible, order, sure=sure, outcomes=_outcomes(night, order))
    return possible


def _outcomes(night: Evidence, order: Order) -> set[str]:
    """What the device said became of it, until that was forgotten: it may be judged anew when it comes again.

    A copy that the broker kept is refused, whatever became of the first.
    """
    until = forgotten_by(night, order)
    replies = (reply for reply in replies_of(night).get(order.id, []) if reply.durable and judged(reply))
    return {reply.data["outcome"] for reply in replies if night.when_said(reply) <= until}


def _heed(possible: Possible, order: Order, *, sure: bool, outcomes: set[str]) -> None:
    if not order.valid or outcomes == {"refused"} or (order.again and sure):
        return
    done = sure and outcomes == {"done"} and order.counts
    if order.name == "forget-confirmations":
        for check, believed in possible.items():
            possible[check] = {None} if done else believed | {None}
        return
    check, outcome = str(order.asks.get("check")), str(order.asks.get("outcome"))
    believed = possible.get(check, {None})
    possible[check] = {outcome} if done else believed | {outcome}


def _steps(night: Evidence, possible: Possible, kind: str) -> set[int]:
    """How many wrong answers of a kind there may be, as far as they count."""
    counts = {0}
    for check, believed in possible.items():
        said = {answer.data["status"] for answer in night.answers.get(check, [])}
        wrong = {
            status == kind and outcome not in (None, kind)
            for status, outcome in product(said or {kind, "unknown"}, believed)
        }
        counts = {count + was for count, was in product(counts, wrong)}
    return {min(count, AT_MOST) for count in counts}


JUDGEMENTS: tuple[Judgement, ...] = (looks_are_as_careful_as_confirmed,)
