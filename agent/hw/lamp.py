"""The lamp that is lit while the camera is open, and that a crash cannot leave dark with the camera open.

It is lit before the worker is started and put out when the worker is gone for certain. Two ways to fit it:

- a line that puts the lamp *out* while it is driven (wired as the relays are: nothing driven, lamp lit). The agent
  drives it only while it knows the camera to be closed; an agent that dies, whenever that is, leaves it as it was
  (kernels that keep a level) or lit (those that let it go).
- a LED of the kernel's (/sys/class/leds), which stays as it is when the agent dies.

After a start the lamp stays lit for as long as a worker of the agent before may still hold the camera.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent.core.events import LampAnswered
from agent.hw.gpio import LineFault, OutputLine, Wiring
from agent.ports import Post

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
"""Seconds between two looks whether a worker of the agent before is gone."""


class LampFault(Exception):
    """The lamp does not obey; the text says why."""


class Light(Protocol):
    """Something that can be lit."""

    def set(self, *, lit: bool) -> None:
        """Raises LampFault."""

    def close(self) -> None:
        """Let go of it."""


class NoLight:
    """No lamp is fitted."""

    def set(self, *, lit: bool) -> None:
        """Nothing to light."""

    def close(self) -> None:
        """Nothing to let go of."""


class DrivenDark:
    """A lamp on a line that puts it out: let go, it is lit."""

    def __init__(self, wiring: Wiring) -> None:
        self._line = OutputLine(wiring)

    def set(self, *, lit: bool) -> None:
        try:
            self._line.drive(active=not lit)
        except LineFault as fault:
            raise LampFault(str(fault)) from fault

    def close(self) -> None:
        """Lit is what an agent leaves behind that does not run: nobody knows about the camera then."""
        try:
            self._line.close()
        except LineFault as fault:
            log.warning("the lamp: %s", fault)


class SysfsLed:
    """A LED by its name below /sys/class/leds."""

    def __init__(self, name: str, root: Path = Path("/")) -> None:
        self._led = root / "sys/class/leds" / name

    def set(self, *, lit: bool) -> None:
        try:
            (self._led / "trigger").write_text("none", encoding="ascii")
            full = (self._led / "max_brightness").read_text(encoding="ascii").strip()
            (self._led / "brightness").write_text(full if lit else "0", encoding="ascii")
        except OSError as error:
            raise LampFault(f"{error.filename}: {error.strerror}") from error

    def close(self) -> None:
        """The kernel keeps it."""


class CameraLamp:
    """The Lamp port. Posts LampAnswered when the lamp begins to fail and when it obeys again.

    may_be_open: whether a worker may hold the camera, whoever started it. A dead lamp stops no check: somebody may
    lie on the floor; but it is a fault, and staff are told.
    """

    def __init__(self, light: Light, post: Post, may_be_open: Callable[[], bool]) -> None:
        self._light = light
        self._post = post
        self._may_be_open = may_be_open
        self._wanted = True
        self._fault: str | None = None
        self._changed = threading.Condition()
        self._waiting: threading.Thread | None = None
        self._closed = False

    def works(self) -> bool:
        """Whether it obeyed when it was last set."""
        return self._fault is None

    def set(self, lit: bool) -> None:
        """Light it at once; put it out when the camera is closed for certain."""
        with self._changed:
            self._wanted = lit
            if not lit and self._may_be_open():
                self._obey(lit=True)
                self._wait_for_the_camera()
            else:
                self._obey(lit=lit)

    def close(self) -> None:
        """Stop waiting, and let the lamp go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._waiting is not None:
            self._waiting.join()
        self._light.close()

    def _wait_for_the_camera(self) -> None:
        if self._waiting is None or not self._waiting.is_alive():
            log.warning("a worker of the agent before may still hold the camera: the lamp stays lit")
            self._waiting = threading.Thread(target=self._put_out_later, name="lamp", daemon=True)
            self._waiting.start()

    def _put_out_later(self) -> None:
        with self._changed:
            while not self._closed and not self._wanted and self._may_be_open():
                self._changed.wait(LOOK_AGAIN)
            if not self._closed and not self._wanted:
                self._obey(lit=False)

    def _obey(self, *, lit: bool) -> None:
        try:
            self._light.set(lit=lit)
        except LampFault as fault:
            if self._fault is None:
                log.warning("the lamp does not obey: %s", fault)
                self._post(LampAnswered(ok=False, detail=str(fault)))
            self._fault = str(fault)
        else:
            if self._fault is not None:
                self._post(LampAnswered(ok=True))
            self._fault = None
