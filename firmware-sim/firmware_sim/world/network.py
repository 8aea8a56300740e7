"""What lies between the device and the broker: the router, and the internet behind it."""

from collections.abc import Callable
from typing import Literal

from firmware_sim.clock import Agenda, Appointment
from firmware_sim.world.record import Record

Cut = Literal["relay", "mains"]

BOOT_SECONDS = 120.0


class Router:
    """A home router: needs power and time to boot; hangs now and then until its power is cut."""

    def __init__(self, agenda: Agenda, record: Record) -> None:
        self._agenda = agenda
        self._record = record
        self._unpowered: set[Cut] = set()
        self._booting: Appointment | None = None
        self._booted = True
        self._hung = False
        self._incurable = False
        self.boot_seconds = BOOT_SECONDS
        self.when_changed: list[Callable[[], None]] = []

    @property
    def powered(self) -> bool:
        return not self._unpowered

    @property
    def works(self) -> bool:
        return self.powered and self._booted and not self._hung

    def hang(self, *, incurable: bool = False) -> None:
        """Stop forwarding; a power cut mends it unless it is incurable."""
        self._hung, self._incurable = True, incurable
        self._record.note(self._agenda.elapsed, "fault", "router hangs")
        self._tell()

    def come_right(self) -> None:
        """Forward again, as routers sometimes do by themselves."""
        self._hung = False
        self._tell()

    def cut(self, by: Cut) -> None:
        self._unpowered.add(by)
        self._booted = False
        self._hung = self._hung and self._incurable
        if self._booting:
            self._booting.call_off()
            self._booting = None
        self._tell()

    def restore(self, by: Cut) -> None:
        self._unpowered.discard(by)
        if self.powered and not self._booted and self._booting is None:
            self._booting = self._agenda.after(self.boot_seconds, self._boot_ends)

    def _boot_ends(self) -> None:
        self._booting = None
        self._booted = True
        self._tell()

    def _tell(self) -> None:
        self._record.note(self._agenda.elapsed, "router", "up" if self.works else "down")
        for tell in self.when_changed:
            tell()


class Internet:
    """Everything behind the router that is not the broker."""

    def __init__(self, agenda: Agenda, record: Record) -> None:
        self._agenda = agenda
        self._record = record
        self.works = True
        self.when_changed: list[Callable[[], None]] = []

    def set(self, works: bool) -> None:
        self.works = works
        self._record.note(self._agenda.elapsed, "internet", "up" if works else "down")
        for tell in self.when_changed:
            tell()
