"""What staff confirm afterwards: whether somebody was in the bed when a check was answered.

It makes nattro more careful in this home, and never quicker. Each wrong `in_bed` raises the evidence that is
asked for before `in_bed` is said again. Each needless `not_in_bed` raises what is asked for before `not_in_bed`:
the answer may become `uncertain`, which goes to a human just the same. Both have a ceiling, and both are taken back
by a correction, or when the operator has all of it forgotten. Right answers that are confirmed change nothing.
"""

import math

from agent.core.facts import AnswerStatus, ConfirmedWrong
from agent.core.orders import Confirm
from agent.core.state import Confirmed
from agent.core.turn import Turn

ANSWERS_REMEMBERED = 128
"""Which answers can still be confirmed: those of two weeks at eight checks a day."""
CONFIRMED_REMEMBERED = 64
STEP = math.log(2)
MOST_STEPS = 3
"""A wrong answer doubles the odds that are asked for; three of them and more make it eight to one."""


def answered(turn: Turn, check: str, status: AnswerStatus) -> None:
    """A check was given its answer: from now on it can be confirmed."""
    told = turn.state.told
    told.pop(check, None)
    told[check] = status
    while len(told) > ANSWERS_REMEMBERED:
        del told[next(iter(told))]


def confirm(turn: Turn, order: Confirm) -> str | None:
    """Take in how it really was. Returns the refusal, None if it holds now."""
    state = turn.state
    if state.check is not None and state.check.id == order.check:
        return "that check is not answered yet"
    known = state.confirmed.get(order.check)
    if known is None and order.check not in state.told:
        return f"no answer to such a check is remembered; the last {ANSWERS_REMEMBERED} are"
    if known is not None and known.outcome != order.outcome and not order.correction:
        return f"it was confirmed as {known.outcome} before; to replace that, say so: correction = true"
    status = state.told[order.check] if known is None else known.status
    state.confirmed.pop(order.check, None)
    state.confirmed[order.check] = Confirmed(status, order.outcome)
    _keep_within_bounds(state.confirmed)
    return None


def forget(turn: Turn) -> None:
    """The operator begins anew: nothing that was confirmed counts any more."""
    turn.state.confirmed.clear()


def wrong(turn: Turn) -> ConfirmedWrong:
    """How many answers were confirmed to be wrong, of each kind."""
    confirmed = turn.state.confirmed.values()
    return ConfirmedWrong(
        in_bed=sum(each.was_wrong and each.status == "in_bed" for each in confirmed),
        not_in_bed=sum(each.was_wrong and each.status == "not_in_bed" for each in confirmed),
    )


def doubts(turn: Turn) -> tuple[float, float]:
    """Evidence asked for beyond the usual before `in_bed`, and before `not_in_bed`, is said.

    Natural logarithms of odds, from 0 to MOST_STEPS * STEP.
    """
    counted = wrong(turn)
    return STEP * min(counted.in_bed, MOST_STEPS), STEP * min(counted.not_in_bed, MOST_STEPS)


def _keep_within_bounds(confirmed: dict[str, Confirmed]) -> None:
    """The oldest goes, but one that says an answer was wrong only when there is nothing else."""
    while len(confirmed) > CONFIRMED_REMEMBERED:
        harmless = (check for check, each in confirmed.items() if not each.was_wrong)
        del confirmed[next(harmless, next(iter(confirmed)))]
