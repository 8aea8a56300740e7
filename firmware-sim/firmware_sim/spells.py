"""Spells of time: from when to when something held, in elapsed seconds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Spell = tuple[float, float]


class Spells:
    """Spells without overlap, in the order of time."""

    __slots__ = ("_begins", "_ends")

    def __init__(self, spells: Iterable[Spell] = ()) -> None:
        self._begins: list[float] = []
        self._ends: list[float] = []
        for begin, end in sorted(spells):
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            elif begin < end:
                self._begins.append(begin)
                self._ends.append(end)

    def __iter__(self) -> Iterator[Spell]:
        return zip(self._begins, self._ends, strict=True)

    def __len__(self) -> int:
        return len(self._begins)

    def __or__(self, other: "Spells") -> "Spells":
        return Spells([*self, *other])

    def touch(self, begin: float, end: float) -> bool:
        """Whether any moment between `begin` and `end` lies in a spell."""
        index = bisect_left(self._begins, end) - 1
        return index >= 0 and self._ends[index] > begin

    def at(self, moment: float) -> Spell | None:
        """The spell that this moment lies in."""
        index = bisect_right(self._begins, moment) - 1
        if index >= 0 and moment < self._ends[index]:
            return self._begins[index], self._ends[index]
        return None

    def between(self, begin: float, end: float) -> list[Spell]:
        """All spells that touch this stretch, whole."""
        first, last = bisect_right(self._ends, begin), bisect_left(self._begins, end)
        return list(zip(self._begins[first:last], self._ends[first:last], strict=True))

    def rest_of(self, begin: float, end: float) -> list[Spell]:
        """What of this stretch lies in no spell."""
        free, since = [], begin
        for from_, to in self.between(begin, end):
            if from_ > since:
                free.append((since, from_))
            since = to
        return [*free, (since, end)] if since < end else free


def overlap(one: Spell, other: Spell) -> bool:
    return one[0] < other[1] and other[0] < one[1]
