"""The USB camera: it is there only with power in every link of its chain, it takes time to boot, and it fails."""

from collections.abc import Callable
from typing import Literal

from firmware_sim.clock import Agenda, Appointment
from firmware_sim.world.record import Record
from firmware_sim.world.signals import Signals

Link = Literal["plug", "usb", "relay", "mains"]
Ailment = Literal["hangs", "freezes", "stuck"]
Remedy = Literal["reopen", "usb", "relay", "nothing"]

BOOT_SECONDS = 3.0
_REMEDIES_BY_LINK: dict[Link, tuple[Remedy, ...]] = {
    "usb": ("reopen", "usb"),
    "relay": ("reopen", "usb", "relay"),
    "plug": ("reopen", "usb", "relay"),
    "mains": ("reopen", "usb", "relay"),
}


class Camera:
    """A camera on its cable.

    ailment: `hangs` (opens but gives no frame), `freezes` (the same frame again and again), `stuck` (as `hangs`,
    and not even SIGKILL ends the process that reads it); remedy: what mends it.
    """

    def __init__(self, agenda: Agenda, record: Record, signals: Signals) -> None:
        self._agenda = agenda
        self._record = record
        self._signals = signals
        self._unpowered: set[Link] = set()
        self._booting: Appointment | None = None
        self.present = True
        self.open = False
        self.ailment: Ailment | None = None
        self.remedy: Remedy = "relay"
        self.when_present_changes: list[Callable[[bool], None]] = []

    def ail(self, ailment: Ailment | None, remedy: Remedy = "relay") -> None:
        self.ailment, self.remedy = ailment, remedy
        self._record.note(self._agenda.elapsed, "fault", f"camera {ailment or 'works'}", remedy)

    def cut(self, link: Link) -> None:
        """Take the power away at one link of the chain."""
        self._unpowered.add(link)
        if self.ailment and self.remedy in _REMEDIES_BY_LINK[link]:
            self.ailment = None
        if self._booting:
            self._booting.call_off()
            self._booting = None
        self._become(False)

    def restore(self, link: Link) -> None:
        """Give the power back at one link; the camera boots once all links have power."""
        self._unpowered.discard(link)
        if not self._unpowered and not self.present and self._booting is None:
            self._booting = self._agenda.after(BOOT_SECONDS, self._booted)

    def set_open(self, is_open: bool) -> None:
        """A process opened or closed the camera's device node."""
        if self.open == is_open:
            return
        self.open = is_open
        self._record.note(self._agenda.elapsed, "camera", "open" if is_open else "closed")
        self._signals.give("look" if is_open else "closing")
        if not is_open and self.remedy == "reopen":
            self.ailment = None

    def _booted(self) -> None:
        self._booting = None
        self._become(True)

    def _become(self, present: bool) -> None:
        if self.present == present:
            return
        self.present = present
        self._record.note(self._agenda.elapsed, "node", "present" if present else "gone")
        for tell in list(self.when_present_changes):
            tell(present)
