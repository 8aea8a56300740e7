"""The privacy switch: turned by whoever lives there, obeyed at once, and locked when in doubt."""

import errno
import os
from collections.abc import Iterator
from queue import SimpleQueue

import gpiod
import pytest
from gpiod.line import Direction, Edge, Value

from agent.core.events import AnyEvent, PrivacySwitchTurned
from agent.hw.gpio import Wiring
from agent.hw.switch import PrivacySwitch, switch_line

SWITCH = 5
CHIP = "/dev/gpiochip0"
PATIENCE = 30.0


class FakeInput:
    """An input line that was requested: edges make its descriptor readable until they are read."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.fd = self._read
        self.settings: gpiod.LineSettings | None = None
        self.high = True
        self.broken = False
        self.released = False

    def request(self, path: str, *, consumer: str, config: dict[int, gpiod.LineSettings]) -> "FakeInput":
        self.settings = config[SWITCH]
        assert self.settings.direction == Direction.INPUT
        assert self.settings.edge_detection == Edge.BOTH
        return self

    def turn(self, *, high: bool) -> None:
        self.high = high
        os.write(self._write, b"!")

    def get_value(self, line: int) -> Value:
        assert line == SWITCH
        assert self.settings is not None
        if self.broken:
            raise OSError(errno.EIO, "Input/output error")
        return Value.ACTIVE if self.high != self.settings.active_low else Value.INACTIVE

    def read_edge_events(self) -> list[bytes]:
        return [os.read(self._read, 64)]

    def release(self) -> None:
        self.released = True


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeInput]:
    fake = FakeInput()
    monkeypatch.setattr(gpiod, "request_lines", fake.request)
    yield fake
    os.close(fake._read)
    os.close(fake._write)


@pytest.fixture
def inbox() -> SimpleQueue[AnyEvent]:
    return SimpleQueue()


def test_it_is_told_at_the_start_and_when_it_is_turned(line: FakeInput, inbox: SimpleQueue[AnyEvent]) -> None:
    switch = PrivacySwitch(switch_line(CHIP, Wiring(SWITCH, active_low=True)), inbox.put)
    switch.start()
    assert inbox.get(timeout=PATIENCE) == PrivacySwitchTurned(locked=False)
    line.turn(high=False)
    assert inbox.get(timeout=PATIENCE) == PrivacySwitchTurned(locked=True)
    line.turn(high=True)
    assert inbox.get(timeout=PATIENCE) == PrivacySwitchTurned(locked=False)
    switch.stop()
    assert line.released
    assert inbox.empty()


def test_a_switch_that_cannot_be_had_locks_the_camera(
    monkeypatch: pytest.MonkeyPatch, inbox: SimpleQueue[AnyEvent], caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(gpiod, "request_lines", busy)
    switch = PrivacySwitch(switch_line(CHIP, Wiring(SWITCH)), inbox.put)
    switch.start()
    assert inbox.get(timeout=PATIENCE) == PrivacySwitchTurned(locked=True)
    assert "so the camera is locked" in caplog.text
    switch.stop()


def test_a_wire_that_comes_off_locks_the_camera(line: FakeInput, inbox: SimpleQueue[AnyEvent]) -> None:
    switch = PrivacySwitch(switch_line(CHIP, Wiring(SWITCH, active_low=True)), inbox.put)
    switch.start()
    assert inbox.get(timeout=PATIENCE) == PrivacySwitchTurned(locked=False)
    line.broken = True
    line.turn(high=True)
    assert inbox.get(timeout=PATIENCE) == PrivacySwitchTurned(locked=True)
    switch.stop()
