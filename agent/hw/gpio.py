"""Relays on GPIO lines, through libgpiod 2 and the kernel's character device.

Lines are held for as long as the agent runs, as outputs that start released: taking them is itself the restoring
of the power. libgpiod's request is not thread-safe, so every access is under one lock.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from agent.core.events import Relay
from agent.hw.relays import RelayFault

CONSUMER = "nattro"


class Wiring(msgspec.Struct, frozen=True):
    """Where a relay's line is: its offset or name on the chip, and whether a low level energises it."""

    line: int | str
    active_low: bool = False


class LineRequest(Protocol):
    """Lines that were requested from a chip. `True` energises the relay, whatever the level."""

    def set(self, line: int | str, energised: bool) -> None:
        """Drive a line. Raises OSError."""

    def release(self) -> None:
        """Give the lines back to the kernel."""


RequestLines = Callable[[str, Iterable[Wiring]], LineRequest]
"""Requests lines on a chip, released at first. Raises OSError or ValueError."""


class GpioBoard:
    """Relays on the lines of one chip. A board that cannot be had is asked for again at each use."""

    def __init__(
        self, chip: str, wiring: Mapping[Relay, Wiring], request: RequestLines | None = None
    ) -> None:
        self._chip = chip
        self._wiring = dict(wiring)
        self._request = request or request_lines
        self._lines: LineRequest | None = None
        self._lock = threading.Lock()
        self.working()  # takes the lines, and so restores the power after a crash in mid-pulse

    def fitted(self) -> tuple[Relay, ...]:
        return tuple(self._wiring)

    def working(self) -> dict[Relay, bool]:
        with self._lock:
            try:
                self._held()
            except RelayFault:
                return dict.fromkeys(self._wiring, False)
            return dict.fromkeys(self._wiring, True)

    def energise(self, relay: Relay) -> None:
        self._drive(relay, energised=True)

    def release(self, relay: Relay) -> None:
        if relay in self._wiring:
            self._drive(relay, energised=False)

    def close(self) -> None:
        """Release every relay, then the lines."""
        with self._lock:
            if self._lines is None:
                return
            try:
                for wire in self._wiring.values():
                    self._lines.set(wire.line, False)
            finally:
                self._lines.release()
                self._lines = None

    def _drive(self, relay: Relay, *, energised: bool) -> None:
        if relay not in self._wiring:
            raise RelayFault(f"no {relay} relay is fitted")
        with self._lock:
            lines = self._held()
            try:
                lines.set(self._wiring[relay].line, energised)
            except (OSError, ValueError) as error:
                lines.release()
                self._lines = None  # asked for anew at the next use
                raise RelayFault(f"GPIO chip {self._chip}: {error}") from error

    def _held(self) -> LineRequest:
        if self._lines is None:
            try:
                self._lines = self._request(self._chip, self._wiring.values())
            except (OSError, ValueError) as error:
                raise RelayFault(f"GPIO chip {self._chip}: {error}") from error
        return self._lines


class _KernelLines:
    """LineRequest over gpiod.LineRequest."""

    def __init__(self, chip: str, wiring: Iterable[Wiring]) -> None:
        import gpiod
        from gpiod.line import Direction, Value

        self._on, self._off = Value.ACTIVE, Value.INACTIVE
        self._request = gpiod.request_lines(
            str(find_chip(chip)),
            consumer=CONSUMER,
            config={
                wire.line: gpiod.LineSettings(
                    direction=Direction.OUTPUT, active_low=wire.active_low, output_value=Value.INACTIVE
                )
                for wire in wiring
            },
        )

    def set(self, line: int | str, energised: bool) -> None:
        self._request.set_value(line, self._on if energised else self._off)

    def release(self) -> None:
        self._request.release()


def request_lines(chip: str, wiring: Iterable[Wiring]) -> LineRequest:
    """Request lines from the kernel. Raises OSError or ValueError."""
    return _KernelLines(chip, wiring)


def find_chip(wanted: str, devices: Path = Path("/dev")) -> Path:
    """The chip's device by path, label or name; by label best: numbers differ between models and kernels."""
    import gpiod

    if wanted.startswith("/"):
        return Path(wanted)
    seen = []
    for device in sorted(devices.glob("gpiochip*")):
        with gpiod.Chip(str(device)) as chip:
            info = chip.get_info()
        if wanted in {info.label, info.name}:
            return device
        seen.append(f"{info.name} [{info.label}]")
    raise ValueError(f"no such chip; there are: {', '.join(seen) or 'none'}")
