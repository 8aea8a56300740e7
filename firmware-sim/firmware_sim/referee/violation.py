"""What a judgement finds."""

from collections.abc import Callable, Iterator

import msgspec

from firmware_sim.referee.evidence import Evidence


class Violation(msgspec.Struct, frozen=True):
    """A promise that was broken. at: elapsed seconds; promise: 1 to 5 as in the design."""

    at: float
    promise: int
    text: str


Judgement = Callable[[Evidence], Iterator[Violation]]
