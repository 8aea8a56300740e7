"""What cuts the power of camera and router: one base, a small driver for each way to do it.

A relay's contacts are wired normally-closed: an energised relay cuts the power, so that a dead board, a dead
process and a pulled ribbon cable all mean "power on". A pulse is a promise to restore it: the driver is let go in a
`finally`, at every start, and by the unit's ExecStopPost=.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress

from agent.core.actions import Pulse
from agent.core.events import PulseDone, Relay
from agent.hw.gpio import LineFault, OutputLine, Wiring
from agent.ports import Post

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds; a pulse outside these is clamped, whoever asked for it."""
TRIES, BETWEEN_TRIES = 3, 0.2
"""How often restoring the power is tried, and the seconds in between."""


class RelayFault(Exception):
    """The power cannot be switched; the text says why."""


class PowerSwitch(ABC):
    """Cuts and restores one load's power. Calls come from several threads."""

    @abstractmethod
    def cut(self) -> None:
        """Raises RelayFault."""

    @abstractmethod
    def restore(self) -> None:
        """Harmless while the power is on. Raises RelayFault."""

    @abstractmethod
    def ready(self) -> None:
        """Make sure, quickly, that it could be switched; a pulse under way goes on. Raises RelayFault."""

    def close(self) -> None:
        """Restore the power and let go. Raises RelayFault."""
        self.restore()


class GpioRelay(PowerSwitch):
    """A relay on a GPIO line: active energises it, and cuts the power."""

    def __init__(self, wiring: Wiring) -> None:
        self._line = OutputLine(wiring)

    def cut(self) -> None:
        self._drive(active=True)

    def restore(self) -> None:
        self._drive(active=False)

    def ready(self) -> None:
        """Holding the line is enough."""
        try:
            self._line.hold()
        except LineFault as fault:
            raise RelayFault(str(fault)) from fault

    def close(self) -> None:
        try:
            self._line.close()
        except LineFault as fault:
            raise RelayFault(str(fault)) from fault

    def _drive(self, *, active: bool) -> None:
        try:
            self._line.drive(active=active)
        except LineFault as fault:
            raise RelayFault(str(fault)) from fault


class Relays:
    """All that are fitted, by what they switch; those that are not, fail and say so. Restores all power at once."""

    def __init__(self, switches: Mapping[Relay, PowerSwitch] | None = None) -> None:
        self._switches = dict(switches or {})
        self.restore_all()

    def fitted(self) -> tuple[Relay, ...]:
        return tuple(self._switches)

    def faults(self) -> dict[Relay, str]:
        """Those that cannot be switched, and why. Cuts no pulse short."""
        return self._of_each(lambda switch: switch.ready())

    def restore_all(self) -> dict[Relay, str]:
        """Restore every power; those where it failed, and why."""
        return self._of_each(lambda switch: switch.restore())

    def working(self) -> dict[Relay, bool]:
        """For each of them whether it can be switched."""
        faults = self.faults()
        return {relay: relay not in faults for relay in self._switches}

    def cut(self, relay: Relay) -> None:
        """Raises RelayFault."""
        self._switch(relay).cut()

    def restore(self, relay: Relay) -> None:
        """Tried several times: nothing here matters more. Raises RelayFault if the power may still be cut."""
        switch = self._switch(relay)
        for last in [False] * (TRIES - 1) + [True]:
            try:
                switch.restore()
                return
            except RelayFault as fault:
                if last:
                    raise RelayFault(f"{fault}; the power of the {relay} may still be cut") from fault
                time.sleep(BETWEEN_TRIES)

    def close(self) -> None:
        """Restore the power everywhere and let go."""
        for switch in self._switches.values():
            with suppress(RelayFault):
                switch.close()

    def _of_each(self, ask: Callable[[PowerSwitch], None]) -> dict[Relay, str]:
        faults: dict[Relay, str] = {}
        for relay, switch in self._switches.items():
            try:
                ask(switch)
            except RelayFault as fault:
                faults[relay] = str(fault)
        return faults

    def _switch(self, relay: Relay) -> PowerSwitch:
        if relay not in self._switches:
            raise RelayFault(f"no {relay} relay is fitted")
        return self._switches[relay]


class PulsingRelays:
    """The Relays port: one thread for each pulse, at most one pulse for each relay at a time."""

    def __init__(self, relays: Relays, post: Post, wait: Callable[[float], object] | None = None) -> None:
        self._relays = relays
        self._post = post
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._busy: dict[Relay, threading.Thread] = {}
        self._lock = threading.Lock()

    def pulse(self, pulse: Pulse) -> None:
        """Cut the power for a while. Brings PulseDone."""
        with self._lock:
            if pulse.relay in self._busy:
                self._post(PulseDone(relay=pulse.relay, ok=False, detail="a pulse is under way already"))
                return
            thread = threading.Thread(target=self._carry_out, args=(pulse,), name=f"relay-{pulse.relay}")
            self._busy[pulse.relay] = thread
        thread.start()

    def stop(self) -> None:
        """End every pulse early, with the power restored."""
        self._stopping.set()
        with self._lock:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join()

    def _carry_out(self, pulse: Pulse) -> None:
        try:
            seconds = off_for(self._relays, pulse.relay, pulse.seconds, self._wait)
        except RelayFault as fault:
            done = PulseDone(relay=pulse.relay, ok=False, detail=str(fault))
        else:
            log.info("the power of the %s was off for %.1f s", pulse.relay, seconds)
            done = PulseDone(relay=pulse.relay, ok=True)
        with self._lock:
            del self._busy[pulse.relay]
        self._post(done)


def off_for(relays: Relays, relay: Relay, seconds: float, wait: Callable[[float], object]) -> float:
    """Cut the power for so many seconds, clamped, and restore it whatever happens; how long it was off.

    Raises RelayFault.
    """
    begun = time.monotonic()
    try:
        relays.cut(relay)
        wait(min(max(seconds, SHORTEST), LONGEST))
    finally:
        relays.restore(relay)
    return time.monotonic() - begun
