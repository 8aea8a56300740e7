"""Signals: happenings that wait for a moment of the night that no clock foretells."""

from collections import defaultdict
from collections.abc import Callable
from typing import Literal

from firmware_sim.clock import Agenda

Signal = Literal["look", "closing", "pulse", "answer", "alarm", "start", "connection", "reply"]
"""`look`: the camera was opened; `closing`: it was closed; `pulse`: a relay or the USB port has just cut power;
`answer`, `alarm`, `reply`: one has reached the broker; `start`: the agent's process began; `connection`: the
device has connected to the broker."""


class Signals:
    """Whoever waits for a signal is called once, at its next occurrence, after what gave it has come to its end."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._waiting: defaultdict[Signal, list[tuple[float, Callable[[], None]]]] = defaultdict(list)

    def upon(self, signal: Signal, after: float, what: Callable[[], None]) -> None:
        """Let `what` happen `after` seconds from the next time that this signal is given."""
        self._waiting[signal].append((after, what))

    def give(self, signal: Signal) -> None:
        """It has come: put on the agenda what waited for it."""
        if signal in self._waiting:
            for after, what in self._waiting.pop(signal):
                self._agenda.after(after, what)
