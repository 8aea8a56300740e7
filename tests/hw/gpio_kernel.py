"""GPIO chips that obey the kernel's rules, in the place of libgpiod's.

A line is requested before it is used, and by one at a time (EBUSY); an output cannot be an input (EPERM); libgpiod
refuses lines that the chip has not, and requests that were given back. What a level does when its holder dies or
lets go is the chip's: it keeps it (Raspberry Pi), or becomes an input again and follows its pull. Edges are told
with the kernel's monotonic time, numbered, in a queue that holds sixteen and drops the oldest.
"""

import errno
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import ClassVar

import gpiod
import pytest
from gpiod.line import Bias, Direction, Edge, Value

QUEUE = 16


@dataclass(frozen=True)
class Change:
    """A physical level that changed."""

    line: int
    level: int
    by: str


class FakeChip:
    """One chip. levels: physical; pulls: where a line goes that nobody drives (the wiring outside wins)."""

    def __init__(
        self,
        label: str = "pinctrl-fake",
        lines: int = 32,
        names: Mapping[int, str] | None = None,
        *,
        keeps: bool = True,
    ) -> None:
        self.label = label
        self.lines = lines
        self.names = dict(names or {})
        self.keeps = keeps
        self.pulls: dict[int, int] = {}
        self.levels: dict[int, int] = dict.fromkeys(range(lines), 0)
        self.history: list[Change] = []
        self.requests: list[FakeRequest] = []
        self.broken = False

    def offset(self, line: int | str) -> int:
        if isinstance(line, str):
            found = [offset for offset, name in self.names.items() if name == line]
            if not found:
                raise OSError(errno.ENOENT, "line not found")
            return found[0]
        if line >= self.lines:
            raise ValueError("line offset of out range")
        return line

    def change(self, line: int, level: int, by: str) -> None:
        """A level changes; whoever has asked for that line's edges is told."""
        before, self.levels[line] = self.levels[line], level
        self.history.append(Change(line, level, by))
        for request in self.requests:
            if before != level and line in request.config:
                request.note_edge(line, level)

    def turn(self, line: int, level: int) -> None:
        """Somebody at the device turns a switch."""
        self.change(line, level, "hand")

    def die(self) -> None:
        """The process is killed: the kernel takes all its lines back."""
        for request in list(self.requests):
            self.take_back(request)

    def take_back(self, request: "FakeRequest") -> None:
        self.requests.remove(request)
        for line, settings in request.config.items():
            if settings.direction == Direction.OUTPUT and not self.keeps:
                self.change(line, self.pulls.get(line, 0), "pull")

    def driven(self, line: int) -> list[int]:
        """The levels that this line was driven to, in order, without repetitions."""
        levels = [each.level for each in self.history if each.line == line]
        return [level for i, level in enumerate(levels) if i == 0 or level != levels[i - 1]]


class FakeRequest:
    """gpiod.LineRequest over a FakeChip."""

    def __init__(
        self, chip: FakeChip, config: dict[int, gpiod.LineSettings], names: dict[str, int], by: str
    ) -> None:
        self._chip = chip
        self.config = config
        self._names = names
        self._by = by
        self.consumer = by
        self._released = False
        self._queue = Lock()  # an edge and its being readable come in one
        self._edges: deque[gpiod.EdgeEvent] = deque(maxlen=QUEUE)
        self._number = 0
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def fd(self) -> int:
        self._demand_held()
        return self._read

    def set_value(self, line: int | str, value: Value) -> None:
        offset = self._own(line)
        if self.config[offset].direction != Direction.OUTPUT:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        self._chip.change(offset, int((value == Value.ACTIVE) != self.config[offset].active_low), self._by)

    def get_value(self, line: int | str) -> Value:
        offset = self._own(line)
        active = bool(self._chip.levels[offset]) != self.config[offset].active_low
        return Value.ACTIVE if active else Value.INACTIVE

    def read_edge_events(self) -> list[gpiod.EdgeEvent]:
        """Blocks without any: a test that would wait for ever fails instead."""
        self._demand_held()
        with self._queue:
            assert self._edges, "read_edge_events would block: no edge is waiting"
            events = list(self._edges)
            self._edges.clear()
            os.read(self._read, 4096)
        if self._chip.broken:
            raise OSError(errno.EIO, "Input/output error")
        return events

    def release(self) -> None:
        self._demand_held()
        self._released = True
        if self in self._chip.requests:  # else the kernel took the lines back before
            self._chip.take_back(self)
        os.close(self._read)
        os.close(self._write)

    def note_edge(self, line: int, level: int) -> None:
        settings = self.config[line]
        if settings.edge_detection == Edge.NONE:
            return
        self._number += 1
        rising = bool(level) != settings.active_low
        edge = gpiod.EdgeEvent(1 if rising else 2, time.monotonic_ns(), line, self._number, self._number)
        with self._queue:
            self._edges.append(edge)
            os.write(self._write, b"!")

    def _own(self, line: int | str) -> int:
        self._demand_held()
        if self._chip.broken:
            raise OSError(errno.EIO, "Input/output error")
        if isinstance(line, str):
            if line not in self._names:
                raise ValueError("unknown line name")
            return self._names[line]
        if line not in self.config:
            raise ValueError(f"line {line} was not requested")
        return line

    def _demand_held(self) -> None:
        if self._released:
            raise gpiod.RequestReleasedError


class FakeGpio:
    """libgpiod over chips by path."""

    def __init__(self, **chips: FakeChip) -> None:
        self.chips = {f"/dev/{name}": chip for name, chip in chips.items()}

    def request_lines(
        self, path: str, *, consumer: str, config: Mapping[int | str, gpiod.LineSettings]
    ) -> FakeRequest:
        chip = self.chips.get(path)
        if chip is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        held = {line for request in chip.requests for line in request.config}
        offsets = {line: chip.offset(line) for line in config}
        if held & set(offsets.values()):
            raise OSError(errno.EBUSY, "Device or resource busy")
        names = {line: offset for line, offset in offsets.items() if isinstance(line, str)}
        request = FakeRequest(chip, {offsets[line]: each for line, each in config.items()}, names, consumer)
        for offset, settings in request.config.items():
            _demand_sense(settings)
            if settings.direction == Direction.OUTPUT:
                level = int((settings.output_value == Value.ACTIVE) != settings.active_low)
                chip.change(offset, level, consumer)
            elif settings.bias in (Bias.PULL_UP, Bias.PULL_DOWN) and offset not in chip.pulls:
                chip.levels[offset] = int(settings.bias == Bias.PULL_UP)  # a wire is stronger than the pull
        chip.requests.append(request)
        return request

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "FakeGpio":
        monkeypatch.setattr(gpiod, "request_lines", self.request_lines)
        monkeypatch.setattr(FakeChipFile, "gpio", self)
        monkeypatch.setattr(gpiod, "Chip", FakeChipFile)
        return self


@dataclass(frozen=True)
class FakeLineInfo:
    """gpiod.LineInfo, as far as who holds the line goes."""

    used: bool
    consumer: str


class FakeChipFile:
    """gpiod.Chip, as far as finding one goes."""

    gpio: ClassVar[FakeGpio | None] = None

    def __init__(self, path: str) -> None:
        assert self.gpio is not None
        self._path = path
        self._chip = self.gpio.chips[f"/dev/{Path(path).name}"]

    def __enter__(self) -> "FakeChipFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open."""

    def get_info(self) -> "FakeChipFile":
        return self

    def line_offset_from_id(self, line: int | str) -> int:
        return self._chip.offset(line)

    def get_line_info(self, line: int | str) -> "FakeLineInfo":
        offset = self._chip.offset(line)
        holders = [request for request in self._chip.requests if offset in request.config]
        return FakeLineInfo(used=bool(holders), consumer=holders[0].consumer if holders else "")

    @property
    def name(self) -> str:
        return Path(self._path).name

    @property
    def label(self) -> str:
        return self._chip.label


def _demand_sense(settings: gpiod.LineSettings) -> None:
    """The kernel refuses edges of an output."""
    if settings.direction == Direction.OUTPUT and settings.edge_detection != Edge.NONE:
        raise OSError(errno.EINVAL, "Invalid argument")
