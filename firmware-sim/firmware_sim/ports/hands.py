"""The ports that act on the home: relays, USB power, lamp; and the loop's watchdog."""

from agent.core.actions import Pulse, ResetUsb
from agent.core.events import PulseDone, Relay, UsbResetDone
from agent.ports import Post
from firmware_sim.world.world import World

SHORTEST_PULSE = 1.0
LONGEST_PULSE = 60.0


def clamped(seconds: float) -> float:
    """A pulse as the drivers keep it: 1 to 60 seconds."""
    return min(max(seconds, SHORTEST_PULSE), LONGEST_PULSE)


class Relays:
    """Cuts the power of camera or router for a while. The contacts fall back by themselves when the agent dies."""

    def __init__(self, world: World, post: Post) -> None:
        self._world = world
        self._post = post
        self._alive = True
        self._busy: set[Relay] = set()

    def pulse(self, pulse: Pulse) -> None:
        self._world.cuts.about_to_act()
        contacts = self._world.relays[pulse.relay]
        if pulse.relay in self._busy:
            self._post(PulseDone(pulse.relay, ok=False, detail="a pulse is under way already"))
            return
        if not contacts.drive(off=True):
            contacts.drive(off=False)  # the line is let go in any case
            self._post(PulseDone(pulse.relay, ok=False, detail="the relay does not answer"))
            return
        self._busy.add(pulse.relay)
        self._world.agenda.after(clamped(pulse.seconds), lambda: self._restore(pulse))

    def process_died(self) -> None:
        """The lines are released, and normally-closed contacts give the power back."""
        self._alive = False
        for contacts in self._world.relays.values():
            contacts.drive(off=False)

    def _restore(self, pulse: Pulse) -> None:
        if self._alive:
            self._busy.discard(pulse.relay)
            ok = self._world.relays[pulse.relay].drive(off=False)
            self._post(PulseDone(pulse.relay, ok=ok))


class Usb:
    """Switches the camera's USB port off and on."""

    def __init__(self, world: World, post: Post) -> None:
        self._world = world
        self._post = post
        self._alive = True

    def reset(self, reset: ResetUsb) -> None:
        self._world.cuts.about_to_act()
        self._world.set_usb(False)
        self._world.agenda.after(clamped(reset.seconds), self._restore)

    def process_died(self) -> None:
        """The port is switched on at every start of the agent."""
        self._alive = False
        self._world.set_usb(True)

    def _restore(self) -> None:
        if self._alive:
            self._world.set_usb(True)
            self._post(UsbResetDone(ok=True))


class Lamp:
    """The lamp that is lit while the camera is open."""

    def __init__(self, world: World) -> None:
        self._world = world

    def set(self, lit: bool) -> None:
        self._world.cuts.about_to_act()
        self._world.set_lamp(lit)


class Watchdog:
    """Counts the loop's progress."""

    def __init__(self) -> None:
        self.steps = 0

    def progress(self) -> None:
        self.steps += 1
