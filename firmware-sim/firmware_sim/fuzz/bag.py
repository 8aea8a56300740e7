"""What a hunt has brought home: totals that can be added up, and the nights that broke a promise."""

from collections import Counter
from typing import Self

import msgspec

from firmware_sim.letters import Letters, named
from firmware_sim.runner import Night

NO_FAULTS = frozenset(
    {
        "agent stopped",
        "bedding ordinary",
        "bedding one_shade",
        "broker works",
        "calm",
        "camera plugged",
        "camera works",
        "clock right",
        "clock trusted",
        "consent given",
        "consent given_without_blind_test",
        "internet back",
        "lie none",
        "mains back",
        "person away",
        "person half_out",
        "person in_bed",
        "privacy_switch unlocked",
        "relay_camera works",
        "relay_router works",
        "router works",
        "store works",
        "view clear",
        "worker works",
    }
)
"""Changes that break nothing: people who live their lives, and things that are put right."""


class Caught(msgspec.Struct, frozen=True):
    """A night that broke a promise, by its seed. violations: as text, in the order of time."""

    seed: int
    violations: tuple[str, ...]


class Bag(msgspec.Struct):
    """Totals over many nights.

    events: handled by the core; faults: injected, by kind; answers: by status; seconds: of CPU time;
    caught: the nights that broke a promise.
    """

    nights: int = 0
    events: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = msgspec.field(default_factory=dict)
    answers: dict[str, int] = msgspec.field(default_factory=dict)
    caught: list[Caught] = msgspec.field(default_factory=list)

    def put(self, seed: int, night: Night, seconds: float) -> None:
        """Add a night that was played. seconds: of CPU time, from its seed to its verdict."""
        self.nights += 1
        self.events += night.events
        self.seconds += seconds
        _add(self.faults, {kind: n for kind, n in night.happened.items() if kind not in NO_FAULTS})
        _add(self.answers, answers_of(night))
        if night.violations:
            told = tuple(f"+{v.at:.3f} s: promise {v.promise}: {v.text}" for v in night.violations)
            self.caught.append(Caught(seed, told))

    def put_broken(self, seed: int, why: str, seconds: float) -> None:
        """Add a night that could not be played to its end."""
        self.nights += 1
        self.seconds += seconds
        self.caught.append(Caught(seed, (why,)))

    def add(self, other: Self) -> None:
        """Add another bag's content."""
        self.nights += other.nights
        self.events += other.events
        self.seconds += other.seconds
        _add(self.faults, other.faults)
        _add(self.answers, other.answers)
        self.caught = sorted([*self.caught, *other.caught], key=lambda caught: caught.seed)

    @property
    def fault_count(self) -> int:
        """All faults injected."""
        return sum(self.faults.values())


def answers_of(night: Night) -> Counter[str]:
    """How often each answer was given, by status and reason."""
    letters = Letters(night.record).of("check")
    return Counter(named(letter.data["status"], letter.data["reason"]) for letter in letters)


def _add(totals: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        totals[name] = totals.get(name, 0) + count
