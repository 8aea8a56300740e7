"""Relays that cut the power of camera and router.

The contacts are wired normally-closed: an energised relay cuts the power, so that a dead board, a dead process and
a pulled ribbon cable all mean "power on". A pulse is a promise to restore it: the line is let go in a `finally`,
at every start, and by the unit's ExecStopPost=.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from agent.core.actions import Pulse
from agent.core.events import PulseDone, Relay
from agent.ports import Post

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds; a pulse outside these is clamped, whoever asked for it."""


class RelayFault(Exception):
    """The relay cannot be driven; the text says why."""


class Board(Protocol):
    """A board of relays. Calls come from several threads; the board takes care of that."""

    def fitted(self) -> tuple[Relay, ...]:
        """The relays that this board has."""

    def working(self) -> dict[Relay, bool]:
        """For each of them whether it can be driven."""

    def energise(self, relay: Relay) -> None:
        """Cut the power. Raises RelayFault."""

    def release(self, relay: Relay) -> None:
        """Restore the power. Raises RelayFault."""

    def close(self) -> None:
        """Restore the power everywhere and let go of the lines."""


class NoBoard:
    """No relays fitted: every pulse fails and says so, and the recovery ladder goes on to its next rung."""

    def fitted(self) -> tuple[Relay, ...]:
        return ()

    def working(self) -> dict[Relay, bool]:
        return {}

    def energise(self, relay: Relay) -> None:
        raise RelayFault(f"no {relay} relay is fitted")

    def release(self, relay: Relay) -> None:
        """Nothing is energised."""

    def close(self) -> None:
        """Nothing to let go of."""


class PulsingRelays:
    """The Relays port: one thread for each pulse, at most one pulse for each relay at a time."""

    def __init__(self, board: Board, post: Post, wait: Callable[[float], object] | None = None) -> None:
        self._board = board
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
            self._cut_and_restore(pulse.relay, min(max(pulse.seconds, SHORTEST), LONGEST))
        except RelayFault as fault:
            done = PulseDone(relay=pulse.relay, ok=False, detail=str(fault))
        else:
            done = PulseDone(relay=pulse.relay, ok=True)
        with self._lock:
            del self._busy[pulse.relay]
        self._post(done)

    def _cut_and_restore(self, relay: Relay, seconds: float) -> None:
        try:
            self._board.energise(relay)
            self._wait(seconds)
        finally:
            self._board.release(relay)
