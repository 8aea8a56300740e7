"""Output lines, through libgpiod 2 and the kernel's character device.

A line is held for as long as the agent runs. It begins inactive, whatever it was before: taking a relay's line is
itself the restoring of its power. libgpiod's request is not thread-safe, so every access is under the line's lock.
"""

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from gpiod.line import Value

CONSUMER = "nattro"


class LineFault(Exception):
    """A line cannot be had or driven; the text says why."""


class Wiring(msgspec.Struct, frozen=True):
    """Where a line is: its chip by label, name or path, its offset or name there; whether low means active."""

    chip: str
    line: int | str
    active_low: bool = False

    def __str__(self) -> str:
        return f"GPIO line {self.line} of {self.chip or 'any chip'}"


class Request(Protocol):
    """What is needed of gpiod.LineRequest for an output."""

    def set_value(self, line: int | str, value: "Value") -> None: ...

    def release(self) -> None: ...


class OutputLine:
    """One output. One that cannot be had, or was lost, is asked for again at each use."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._request: Request | None = None
        self._lock = threading.Lock()

    def hold(self) -> None:
        """Take the line, inactive, unless it is held already. Raises LineFault."""
        with self._lock:
            self._held()

    def drive(self, *, active: bool) -> None:
        """Raises LineFault."""
        from gpiod.line import Value

        with self._lock:
            request = self._held()
            try:
                request.set_value(self._wiring.line, Value.ACTIVE if active else Value.INACTIVE)
            except (OSError, ValueError) as error:
                self._request = None
                with suppress(OSError, ValueError):
                    request.release()
                raise LineFault(f"{self._wiring}: {error}") from error

    def close(self) -> None:
        """Drive it inactive and give it back. What its level is then, the board and the wiring decide."""
        from gpiod.line import Value

        with self._lock:
            request, self._request = self._request, None
            if request is None:
                return
            try:
                request.set_value(self._wiring.line, Value.INACTIVE)
            except (OSError, ValueError) as error:
                raise LineFault(f"{self._wiring}: {error}") from error
            finally:
                request.release()

    def _held(self) -> Request:
        if self._request is None:
            try:
                self._request = _output(self._wiring)
            except (OSError, ValueError) as error:
                raise LineFault(f"{self._wiring}: {error}") from error
        return self._request


def _output(wiring: Wiring) -> Request:
    import gpiod
    from gpiod.line import Direction, Value

    request: Request = gpiod.request_lines(
        str(find_chip(wiring.chip, wiring.line)),
        consumer=CONSUMER,
        config={
            wiring.line: gpiod.LineSettings(
                direction=Direction.OUTPUT, active_low=wiring.active_low, output_value=Value.INACTIVE
            )
        },
    )
    return request


def find_chip(wanted: str, line: int | str = 0, devices: Path = Path("/dev")) -> Path:
    """The chip's device by path, label or name; by label best: numbers differ between models and kernels.

    Without a chip the one that has a line of this name. Raises OSError, ValueError with a list of what is there.
    """
    import gpiod

    if wanted.startswith("/"):
        return Path(wanted)
    seen, found = [], []
    for device in sorted(each for each in devices.glob("gpiochip*") if not each.is_symlink()):
        with gpiod.Chip(str(device)) as chip:
            info = chip.get_info()
            if wanted in {info.label, info.name} or (not wanted and _has_line(chip, line)):
                found.append(device)
        seen.append(f"{info.name} [{info.label}]")
    what = f"chip {wanted!r}" if wanted else f"line {line!r}"
    if not found:
        raise ValueError(f"no such {what}; the chips are: {', '.join(seen) or 'none'}")
    if len(found) > 1:
        raise ValueError(f"more than one {what}: {', '.join(map(str, found))}; name the chip by its path")
    return found[0]


class _Chip(Protocol):
    def line_offset_from_id(self, id: int | str) -> int: ...  # noqa: A002 - libgpiod's own name


def _has_line(chip: _Chip, name: int | str) -> bool:
    try:
        chip.line_offset_from_id(name)
    except (OSError, ValueError):
        return False
    return True
