"""One home, put together: who gets power from whom, and who is reached through whom."""

from collections.abc import Callable
from typing import Literal

from agent.core.events import LookFailure, Relay
from firmware_sim.clock import Agenda, DeviceClock
from firmware_sim.world.bedroom import Bedroom
from firmware_sim.world.broker import Broker
from firmware_sim.world.camera import Camera
from firmware_sim.world.cut import Cuts
from firmware_sim.world.network import Internet, Router
from firmware_sim.world.power import Contacts
from firmware_sim.world.record import Record
from firmware_sim.world.signals import Signals

Lie = Literal["contradicts", "doubles", "shuffles", "repeats_late", "stranger"]
"""How a worker lies, see ports.lies."""

DiskState = Literal["works", "full", "read_only", "slow"]


class World:
    """The home of one person, with a device in it. Deterministic: the same happenings, the same record.

    sick_workers: how every vision worker fails, None while they are sound; lie: how they lie, None while honest;
    disk: how the device's disk is, disk_seconds: what a commit takes on a slow one; cuts: where the device is to be
    cut short; when_mains_change: told after everything else that hangs on the mains.
    """

    def __init__(self, start_utc: float, clock: Callable[[Agenda, float], DeviceClock] = DeviceClock) -> None:
        self.agenda = Agenda()
        self.record = Record()
        self.signals = Signals(self.agenda)
        self.clock = clock(self.agenda, start_utc)
        self.bedroom = Bedroom(self.agenda, self.record)
        self.camera = Camera(self.agenda, self.record, self.signals)
        self.router = Router(self.agenda, self.record)
        self.internet = Internet(self.agenda, self.record)
        self.broker = Broker(self.agenda, self.record, self.signals)
        self.relays: dict[Relay, Contacts] = {
            "camera": self._contacts("camera"),
            "router": self._contacts("router"),
        }
        self.mains = True
        self.lamp = False
        self.usb_on = True
        self.disk: DiskState = "works"
        self.disk_seconds = 0.0
        self.cuts = Cuts()
        self.switch_locked = False
        self.sick_workers: LookFailure | None = None
        self.lie: Lie | None = None
        self.when_mains_change: list[Callable[[bool], None]] = []
        self.when_line_changes: list[Callable[[bool], None]] = []
        self._line = True
        self._half_open = False
        for part in (self.router, self.internet, self.broker):
            part.when_changed.append(self._look_at_line)

    @property
    def line_works(self) -> bool:
        """Whether a packet from the device's network socket would reach the broker."""
        return self.router.works and self.internet.works and self.broker.works and not self._half_open

    def break_connection(self) -> None:
        """The device's connection is dead, and neither end is told: a new one would work."""
        if self.broker.connected and self.line_works:
            self._half_open = True
            self._look_at_line()

    def connection_is_over(self) -> None:
        """The device has given its connection up, whatever the other end thinks of it."""
        self.broker.disconnect()
        self._half_open = False
        self._look_at_line()

    def set_disk(self, state: DiskState, seconds: float = 0.0) -> None:
        """The disk is full, read-only, slow (`seconds` a commit), or works."""
        self.disk, self.disk_seconds = state, seconds
        self.record.note(self.agenda.elapsed, "store", state, f"{seconds:g}" if state == "slow" else "")

    def set_mains(self, on: bool) -> None:
        """The home's power goes or returns: the device, the camera and the router with it."""
        if on == self.mains:
            return
        self.mains = on
        self.record.note(self.agenda.elapsed, "mains", "on" if on else "off")
        if on:
            self.camera.restore("mains")
            self.router.restore("mains")
        else:
            self.camera.cut("mains")
            self.router.cut("mains")
        for tell in self.when_mains_change:
            tell(on)

    def set_lamp(self, lit: bool) -> None:
        if lit != self.lamp:
            self.lamp = lit
            self.record.note(self.agenda.elapsed, "lamp", "lit" if lit else "dark")

    def set_usb(self, on: bool) -> None:
        """The camera's USB port is switched."""
        if on == self.usb_on:
            return
        self.usb_on = on
        self.record.note(self.agenda.elapsed, "usb", "on" if on else "off")
        if on:
            self.camera.restore("usb")
        else:
            self.camera.cut("usb")
            self.signals.give("pulse")

    def turn_switch(self, locked: bool) -> None:
        """Somebody turns the privacy switch on the device."""
        self.switch_locked = locked
        self.record.note(self.agenda.elapsed, "switch", "locked" if locked else "unlocked")

    def step_clock(self, seconds: float) -> None:
        """The device's UTC jumps."""
        self.clock.error += seconds
        self._note_clock()

    def trust_clock(self, trusted: bool) -> None:
        self.clock.trusted = trusted
        self._note_clock()

    def _note_clock(self) -> None:
        error = f"{self.clock.error:.3f}"
        self.record.note(self.agenda.elapsed, "clock", error if self.clock.trusted else "untrusted", error)

    def _contacts(self, which: Relay) -> Contacts:
        if which == "camera":
            cut, restore = lambda: self.camera.cut("relay"), lambda: self.camera.restore("relay")
            return Contacts(self.agenda, self.record, self.signals, "relay.camera", cut, restore)
        cut, restore = lambda: self.router.cut("relay"), lambda: self.router.restore("relay")
        return Contacts(self.agenda, self.record, self.signals, "relay.router", cut, restore)

    def _look_at_line(self) -> None:
        if self._line != self.line_works:
            self._line = self.line_works
            self.record.note(self.agenda.elapsed, "line", "up" if self._line else "down")
            for tell in self.when_line_changes:
                tell(self._line)
