"""Power: two relays with normally-closed contacts in the leads of camera and router."""

from collections.abc import Callable
from typing import Literal

from firmware_sim.clock import Agenda
from firmware_sim.world.record import Part, Record
from firmware_sim.world.signals import Signals

ContactState = Literal["works", "broken", "sticks_on", "sticks_off", "bounces"]


class Contacts:
    """A relay's contacts: power flows unless the coil is driven.

    state: `broken` contacts do not move, and the driver knows; those that stick do not move out of `on` (welded) or
    out of `off`, and the driver does not know; `bounces`: the power comes and goes a few times before it stays.
    """

    def __init__(
        self,
        agenda: Agenda,
        record: Record,
        signals: Signals,
        part: Part,
        cut: Callable[[], None],
        restore: Callable[[], None],
    ) -> None:
        self._agenda = agenda
        self._record = record
        self._signals = signals
        self._part = part
        self._cut = cut
        self._restore = restore
        self._driven = False
        self.closed = True
        self.state: ContactState = "works"

    def become(self, state: ContactState) -> None:
        """They break, or are mended: then they follow the coil again."""
        self.state = state
        self._follow()

    def drive(self, off: bool) -> bool:
        """Cut (`off`) or restore the power. False if the contacts are known not to follow."""
        self._driven = off
        self._follow()
        return self.state != "broken"

    def _follow(self) -> None:
        if self._driven != self.closed:
            return
        stuck_at = {"sticks_on": True, "sticks_off": False, "broken": self.closed}.get(self.state)
        if stuck_at == self.closed:
            self._note("fault", f"{self._part} does not move", "off" if self._driven else "on")
            return
        self.closed = not self._driven
        self._note(self._part, "on" if self.closed else "off")
        (self._restore if self.closed else self._cut)()
        if self.state == "bounces":
            (self._cut if self.closed else self._restore)()
            (self._restore if self.closed else self._cut)()
        if not self.closed:
            self._signals.give("pulse")

    def _note(self, part: Part, state: str, detail: str = "") -> None:
        self._record.note(self._agenda.elapsed, part, state, detail)
