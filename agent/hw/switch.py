"""The privacy switch on the device: whoever lives there turns it, and the camera is locked at once.

The thread sleeps on the line's edge events, and closes the camera itself: a loop that waits for a slow disk must
not keep it open. A switch that is configured but cannot be read counts as turned to "locked", and the line is
pulled to that side: its contact unlocks. Privacy never depends on a wire that has come off.
"""

import logging
import os
import select
import threading
from collections.abc import Callable
from typing import Protocol

from agent.core.events import PrivacySwitchTurned
from agent.hw.gpio import CONSUMER, Wiring, find_chip
from agent.ports import Post

log = logging.getLogger(__name__)

DEBOUNCE_MILLISECONDS = 50


class SwitchLine(Protocol):
    """The line of a switch."""

    def fileno(self) -> int:
        """Becomes readable when the switch is turned."""

    def locked(self) -> bool:
        """Whether it stands at "locked" now. Raises OSError."""

    def drain(self) -> None:
        """Forget the edges that were told."""

    def release(self) -> None:
        """Give the line back."""


class PrivacySwitch:
    """Posts PrivacySwitchTurned whenever it is turned. at_once: closes the camera, or lets it be opened again.

    `locked` is read when it is made, and so known before anything may open the camera.
    """

    def __init__(self, line: SwitchLine | None, post: Post, at_once: Callable[[bool], None]) -> None:
        self._line = line
        self._post = post
        self._at_once = at_once
        self.locked, _ = self._read()
        at_once(self.locked)
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._watch, name="privacy-switch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self._stop_write, b".")
        self._thread.join()
        os.close(self._stop_read)
        os.close(self._stop_write)
        if self._line is not None:
            self._line.release()

    def _watch(self) -> None:
        line = self._line
        while line is not None:
            locked, readable = self._read()  # before the first wait, too: it may have been turned since
            self._tell(locked=locked)
            if not readable:
                return
            ready, _, _ = select.select([line.fileno(), self._stop_read], [], [])
            if self._stop_read in ready:
                return
            try:
                line.drain()
            except OSError:
                continue  # the reading that follows says the same

    def _read(self) -> tuple[bool, bool]:
        """Whether it stands at "locked", and whether it can be read at all."""
        try:
            return self._line is None or self._line.locked(), True
        except OSError as error:
            log.warning("the privacy switch cannot be read, so the camera is locked: %s", error)
            return True, False

    def _tell(self, *, locked: bool) -> None:
        """The event first: the core is to know why the camera closes before it hears that it has."""
        if locked != self.locked:
            self.locked = locked
            self._post(PrivacySwitchTurned(locked=locked))
            self._at_once(locked)


def switch_line(wiring: Wiring) -> SwitchLine | None:
    """The switch's line, debounced by the kernel; None, and a warning, if it cannot be had."""
    try:
        return _KernelSwitch(wiring)
    except (OSError, ValueError) as error:
        log.warning("the privacy switch cannot be read, so the camera is locked: %s: %s", wiring, error)
        return None


class _KernelSwitch:
    """SwitchLine over gpiod.LineRequest; an active line means "locked"."""

    def __init__(self, wiring: Wiring) -> None:
        from datetime import timedelta

        import gpiod
        from gpiod.line import Bias, Direction, Edge, Value

        self._line = wiring.line
        self._active = Value.ACTIVE
        self._request = gpiod.request_lines(
            str(find_chip(wiring.chip, wiring.line)),
            consumer=CONSUMER,
            config={
                wiring.line: gpiod.LineSettings(
                    direction=Direction.INPUT,
                    edge_detection=Edge.BOTH,
                    bias=Bias.PULL_DOWN if wiring.active_low else Bias.PULL_UP,
                    active_low=wiring.active_low,
                    debounce_period=timedelta(milliseconds=DEBOUNCE_MILLISECONDS),
                )
            },
        )

    def fileno(self) -> int:
        return self._request.fd

    def locked(self) -> bool:
        return bool(self._request.get_value(self._line) == self._active)

    def drain(self) -> None:
        self._request.read_edge_events()

    def release(self) -> None:
        self._request.release()
