"""When things happen in a night: close to its interesting instants, close to each other, now and then anywhere."""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from firmware_sim.fuzz.home import Home
from firmware_sim.scenario import Happening
from firmware_sim.world.signals import Signal

T = TypeVar("T")

SIGNALS: tuple[Signal, ...] = ("look", "closing", "pulse", "answer", "alarm", "start", "connection", "reply")
NEAR = (0.0, 0.0, 0.001, 0.05, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
JUST_AFTER = (0.0, 0.0, 0.02, 0.04, 0.05, 0.2, 1.0, 5.0, 11.0, 30.0, 70.0)
LENGTHS = (0.05, 1.0, 5.0, 20.0, 60.0, 200.0, 600.0, 1200.0, 3000.0)
NEAR_ANCHOR, NEAR_ANOTHER = 0.55, 0.8
UPON_SHARE = 0.3


class When(msgspec.Struct, frozen=True):
    """An instant (seconds from the start), or so long after the next such signal from then on."""

    at: float
    upon: Signal | None = None
    after: float = 0.0

    def later(self, seconds: float) -> "When":
        """So much later, by the same signal."""
        if self.upon is None:
            return When(self.at + seconds)
        return When(self.at, self.upon, self.after + seconds)


class Draw:
    """The lot, and what it has brought so far. until: from here on the night is left alone."""

    def __init__(self, chance: random.Random, home: Home) -> None:
        self.chance = chance
        self.home = home
        self.happens: list[Happening] = []
        self.commands = 0
        self.until = home.until
        self.anchors = _anchors(home)
        self._others: list[float] = []

    # ---- when

    def moment(self) -> float:
        """An instant, seconds from the start."""
        lot = self.chance.random()
        if lot < NEAR_ANCHOR and self.anchors:
            near = self.choice(self.anchors)
        elif lot < NEAR_ANOTHER and self._others:
            near = self.choice(self._others)
        else:
            return self._within(self.chance.uniform(0, self.until))
        return self._within(near + self.choice(NEAR) * self.chance.uniform(-0.5, 1.5))

    def when(self) -> When:
        """An instant, or a signal to wait for."""
        at = self.moment()
        if self.chance.random() >= UPON_SHARE:
            return When(at)
        return When(max(0.0, at - 120.0), self.choice(SIGNALS), self.choice(JUST_AFTER))

    def length(self) -> float:
        """How long something lasts, seconds: from an instant to hours."""
        return round(self.choice(LENGTHS) * self.chance.uniform(0.6, 1.6), 3)

    # ---- what

    def choice(self, among: Sequence[T]) -> T:
        return among[int(self.chance.random() * len(among))]

    def some(self, most: int) -> int:
        """How many: mostly one or two."""
        count = 1
        while count < most and self.chance.random() < 0.4:
            count += 1
        return count

    def add(self, when: When, **changes: Any) -> None:
        """Let it happen; nothing happens in the calm at the end."""
        at = self._within(when.at)
        self._others.append(at)
        self.happens.append(Happening(at=offset(at), upon=when.upon, after=when.after, **changes))

    def retell(self, item: Happening, at: float) -> None:
        """Let happen what happened in another night, then."""
        at = self._within(at)
        self._others.append(at)
        self.happens.append(msgspec.structs.replace(item, at=offset(at)))

    def _within(self, at: float) -> float:
        return round(min(max(at, 0.0), self.until), 3)


def offset(seconds: float) -> str:
    """`+HH:MM:SS.mmm` as scenario files write it."""
    whole = round(seconds * 1000)
    minutes, millis = divmod(whole, 60_000)
    return f"+{minutes // 60:02d}:{minutes % 60:02d}:{millis // 1000:02d}.{millis % 1000:03d}"


def _anchors(home: Home) -> list[float]:
    """The edges of windows, the moments at which looks and answers fall due, and the blind tests."""
    policy, check, found = home.policy, home.policy.check, []
    for start in home.starts(policy.times):
        end = start + check.window_seconds
        again = start + check.look_seconds + 1.0 + check.further_look_after_minutes * 60.0
        found += [start, start, start, start + 1.0, start + check.look_seconds, again, end - 1.0, end]
        found.append(end - check.answer_margin_seconds)
    for start in home.starts(policy.blind_test_times):
        found += [start, start + 1.0, start + 60.0]
    return [at for at in found if 0 <= at < home.until]
