"""Every image that a power cut may leave of a recorded life."""

import random
from collections.abc import Iterator
from itertools import combinations

import msgspec

from firmware_sim.crash.disk import Disk, Image, pieces
from firmware_sim.crash.recording import Append, Call, Write

FEW = 3
"""Up to so many pending writes every subset of them is tried."""


class Cut(msgspec.Struct, frozen=True):
    """One image: after how many calls the power went, in what manner, and what is then on the disk.

    image: None if the directory itself is gone.
    """

    after: int
    manner: str
    image: Image | None


class Effort(msgspec.Struct, frozen=True):
    """How much is tried.

    every: cut at each so-manieth call only; at: at this one alone; torn: ways in which the next write is torn, and
    subsets: of the un-synced writes, at each cut, by lot; seed: of the lot; part, parts: which share of the cuts.
    """

    every: int = 1
    at: int | None = None
    torn: int = 3
    subsets: int = 3
    seed: int = 1
    part: int = 0
    parts: int = 1

    def means(self, after: int) -> bool:
        """Whether the power is to be cut after so many calls."""
        if self.at is not None:
            return after == self.at
        turn, rest = divmod(after, self.every)
        return rest == 0 and turn % self.parts == self.part


def cuts(directory: str, calls: list[Call], before: Image | None, effort: Effort) -> Iterator[Cut]:
    """Every image, in the order of time. before: what the directory held when the recording began."""
    disk = Disk(directory, before)
    for after, call in enumerate([*calls, None]):
        if effort.means(after):
            chance = random.Random(f"{effort.seed} {after}")
            yield from _in_order(disk, after, call, effort, chance)
            yield from _in_disorder(disk, after, effort, chance)
        if call is not None:
            disk.apply(call)


def _in_order(
    disk: Disk, after: int, call: Call | None, effort: Effort, chance: random.Random
) -> Iterator[Cut]:
    """All that was done is on the disk, and perhaps a part of what was about to be written."""
    yield Cut(after, "all written", disk.whole())
    if disk.may_be_gone:
        yield Cut(after, "directory gone", None)
    if isinstance(call, Write | Append):
        found = pieces(disk.placed(call))
        for piece in chance.sample(found, min(effort.torn, len(found))):
            yield Cut(after, "next write torn", disk.whole(piece))


def _in_disorder(disk: Disk, after: int, effort: Effort, chance: random.Random) -> Iterator[Cut]:
    """Of what is not yet synced, the disk has taken what it liked."""
    if not disk.pending:
        return
    yield Cut(after, "only what was synced", disk.left(()))
    for kept in _subsets(len(disk.pending), effort.subsets, chance):
        yield Cut(after, "some writes dropped", disk.left(kept))
        writes = {place: call for place in kept if isinstance(call := disk.pending[place].call, Write)}
        if writes:
            place = chance.choice(sorted(writes))
            parts = pieces(writes[place])
            if parts:
                yield Cut(after, "some dropped, one torn", disk.left(kept, {place: chance.choice(parts)}))


def _subsets(pending: int, most: int, chance: random.Random) -> Iterator[tuple[int, ...]]:
    """Every subset of a few; of more, some by lot: all but one, each by the toss of a coin, one alone."""
    places = range(pending)
    if pending <= FEW:
        for size in range(1, pending):
            yield from combinations(places, size)
        return
    for turn in range(most):
        one = chance.randrange(pending)
        match turn % 3:
            case 0:
                yield tuple(place for place in places if place != one)
            case 1:
                yield tuple(place for place in places if chance.random() < 0.5)
            case _:
                yield (one,)
