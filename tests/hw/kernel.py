"""A GPIO chip that obeys the kernel's rules and keeps a history.

Lines must be requested before they are driven; a requested line is busy for everybody else; whoever dies without
releasing leaves the level as it is (as Raspberry Pi kernels do); active_low turns the level round.
"""

import errno
from collections.abc import Mapping
from types import TracebackType

import gpiod
from gpiod.line import Direction, Value


class FakeChip:
    """One chip: `levels` are physical, `history` is every change as (line, level)."""

    def __init__(self, label: str = "pinctrl-fake", lines: int = 32) -> None:
        self.label = label
        self.lines = lines
        self.levels: dict[int, int] = dict.fromkeys(range(lines), 0)
        self.history: list[tuple[int, int]] = []
        self.requests: list[FakeRequest] = []
        self.broken = False

    def request(self, path: str, *, consumer: str, config: Mapping[int, gpiod.LineSettings]) -> "FakeRequest":
        held = {line for request in self.requests for line in request.config}
        for line in config:
            if line not in self.levels:
                raise ValueError(f"offset {line} is not on the chip")
            if line in held:
                raise OSError(errno.EBUSY, "Device or resource busy")
        request = FakeRequest(self, dict(config))
        for line, settings in config.items():
            assert settings.direction == Direction.OUTPUT
            request.set_value(line, settings.output_value)
        self.requests.append(request)
        return request

    def die(self) -> None:
        """The process is killed: the kernel takes the lines back and leaves the levels as they are."""
        self.requests.clear()


class FakeRequest:
    """Lines held by somebody."""

    def __init__(self, chip: FakeChip, config: dict[int, gpiod.LineSettings]) -> None:
        self._chip = chip
        self.config = config
        self._released = False

    def set_value(self, line: int, value: Value) -> None:
        if self._released:
            raise gpiod.RequestReleasedError
        if self._chip.broken:
            raise OSError(errno.EIO, "Input/output error")
        if line not in self.config:
            raise ValueError(f"line {line} was not requested")
        level = int((value == Value.ACTIVE) != self.config[line].active_low)
        self._chip.levels[line] = level
        self._chip.history.append((line, level))

    def release(self) -> None:
        self._released = True
        self._chip.requests.remove(self)


class FakeChipFile:
    """gpiod.Chip, as far as finding one by label goes."""

    labels: Mapping[str, str] = {}

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> "FakeChipFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open."""

    def get_info(self) -> "FakeChipFile":
        return self

    @property
    def name(self) -> str:
        return self._path.rpartition("/")[2]

    @property
    def label(self) -> str:
        return self.labels[self.name]
