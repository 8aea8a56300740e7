"""Power: the mains of the home, and two relays with normally-closed contacts in the leads of camera and router."""

from collections.abc import Callable

from firmware_sim.clock import Agenda
from firmware_sim.world.record import Part, Record
from firmware_sim.world.signals import Signals


class Contacts:
    """A relay's contacts: power flows unless the coil is driven. `broken` contacts do not move."""

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
        self.closed = True
        self.broken = False

    def drive(self, off: bool) -> bool:
        """Cut (`off`) or restore the power. False if the contacts did not follow."""
        if self.broken:
            return False
        if off == self.closed:
            self.closed = not off
            self._record.note(self._agenda.elapsed, self._part, "off" if off else "on")
            (self._cut if off else self._restore)()
            if off:
                self._signals.give("pulse")
        return True
