"""The privacy switch: turned by whoever lives there, obeyed at once, and locked when in doubt."""

import time
from collections.abc import Iterator
from queue import SimpleQueue

import gpiod
import pytest
from gpiod.line import Bias

from agent.core.events import AnyEvent, PrivacySwitchTurned
from agent.hw.gpio import Wiring
from agent.hw.switch import PrivacySwitch, switch_line
from tests.hw.gpio_kernel import FakeChip

SWITCH = 5
WIRING = Wiring("/dev/gpiochip0", SWITCH)
LOCKED, UNLOCKED = PrivacySwitchTurned(locked=True), PrivacySwitchTurned(locked=False)
PATIENCE = 30.0
Inbox = SimpleQueue[AnyEvent]


class Camera:
    """What the switch does to the camera, in order, with the events that were posted before."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.orders: list[tuple[bool, int]] = []

    def lock(self, locked: bool) -> None:
        self.orders.append((locked, self._inbox.qsize()))


@pytest.fixture
def camera(inbox: Inbox) -> Camera:
    return Camera(inbox)


@pytest.fixture
def switch(chip: FakeChip, inbox: Inbox, camera: Camera) -> Iterator[PrivacySwitch]:
    chip.pulls[SWITCH] = 0  # its contact to ground is closed
    made = PrivacySwitch(switch_line(WIRING), inbox.put, camera.lock)
    made.start()
    yield made
    made.stop()


def test_how_it_stands_is_known_before_it_is_watched(chip: FakeChip, inbox: Inbox, camera: Camera) -> None:
    chip.pulls[SWITCH] = chip.levels[SWITCH] = 1
    switch = PrivacySwitch(switch_line(WIRING), inbox.put, camera.lock)
    assert switch.locked
    assert camera.orders == [(True, 0)]
    assert inbox.empty()  # the agent's first event tells it


def test_turning_it_is_told_and_closes_the_camera_without_waiting_for_the_loop(
    chip: FakeChip, switch: PrivacySwitch, inbox: Inbox, camera: Camera
) -> None:
    assert not switch.locked
    chip.turn(SWITCH, 1)
    assert inbox.get(timeout=PATIENCE) == LOCKED
    chip.turn(SWITCH, 0)
    assert inbox.get(timeout=PATIENCE) == UNLOCKED
    switch.stop()
    assert [locked for locked, _ in camera.orders] == [False, True, False]
    switch.__init__(None, inbox.put, camera.lock)  # type: ignore[misc]  # for the fixture's stop
    switch.start()


def test_the_core_is_told_before_the_camera_closes(
    chip: FakeChip, inbox: Inbox, camera: Camera, switch: PrivacySwitch
) -> None:
    chip.turn(SWITCH, 1)
    while len(camera.orders) < 2:
        time.sleep(0.001)
    assert camera.orders[1] == (True, 1)


def test_a_switch_that_bounces_back_is_told_as_it_stands(
    chip: FakeChip, switch: PrivacySwitch, inbox: Inbox
) -> None:
    for _ in range(25):  # more edges than the kernel's queue holds
        chip.turn(SWITCH, 1)
        chip.turn(SWITCH, 0)
    chip.turn(SWITCH, 1)
    while (told := inbox.get(timeout=PATIENCE)) != LOCKED or not inbox.empty():
        assert told in (LOCKED, UNLOCKED)


@pytest.mark.parametrize(("active_low", "bias"), [(False, Bias.PULL_UP), (True, Bias.PULL_DOWN)])
def test_a_wire_that_is_off_reads_locked(
    chip: FakeChip, inbox: Inbox, camera: Camera, active_low: bool, bias: Bias
) -> None:
    wiring = Wiring("/dev/gpiochip0", "SWITCH", active_low)
    switch = PrivacySwitch(switch_line(wiring), inbox.put, camera.lock)
    assert chip.requests[0].config[SWITCH].bias == bias
    assert switch.locked


def test_a_switch_that_cannot_be_had_locks_the_camera(
    chip: FakeChip, inbox: Inbox, camera: Camera, caplog: pytest.LogCaptureFixture
) -> None:
    gpiod.request_lines(WIRING.chip, consumer="other", config={SWITCH: gpiod.LineSettings()})
    switch = PrivacySwitch(switch_line(WIRING), inbox.put, camera.lock)
    switch.start()
    assert switch.locked
    assert "so the camera is locked" in caplog.text
    switch.stop()


def test_a_chip_that_fails_locks_the_camera(
    chip: FakeChip, switch: PrivacySwitch, inbox: Inbox, camera: Camera
) -> None:
    chip.broken = True
    chip.turn(SWITCH, 1)
    assert inbox.get(timeout=PATIENCE) == LOCKED
