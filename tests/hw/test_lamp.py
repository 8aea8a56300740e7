"""The lamp that is lit while the camera is open: no crash leaves it dark with the camera open."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, LampAnswered
from agent.hw import lamp as module
from agent.hw.gpio import Wiring
from agent.hw.lamp import CameraLamp, DrivenDark, Light, NoLight, SysfsLed
from tests.hw.gpio_kernel import FakeChip

LAMP = 22
CHIP = "/dev/gpiochip0"
LIT, DARK = 0, 1
PATIENCE = 30.0
Inbox = SimpleQueue[AnyEvent]


class Worker:
    """Whether one may hold the camera."""

    def __init__(self) -> None:
        self.lives = False

    def __call__(self) -> bool:
        return self.lives


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def lamp(
    chip: FakeChip, inbox: Inbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CameraLamp]:
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.01)
    made = fitted(DrivenDark(Wiring(CHIP, LAMP)), inbox, worker)
    yield made
    made.close()


def fitted(light: Light, inbox: Inbox, worker: Worker) -> CameraLamp:
    return CameraLamp(light, inbox.put, worker)


def test_the_line_is_driven_only_to_put_it_out(chip: FakeChip, lamp: CameraLamp) -> None:
    lamp.set(False)
    assert chip.levels[LAMP] == DARK
    lamp.set(True)
    assert chip.levels[LAMP] == LIT


def test_an_agent_that_dies_with_the_camera_open_leaves_it_lit(chip: FakeChip, lamp: CameraLamp) -> None:
    lamp.set(False)
    lamp.set(True)
    chip.die()
    assert chip.levels[LAMP] == LIT


def test_taking_the_line_lights_it_until_the_camera_is_known_to_be_closed(
    chip: FakeChip, lamp: CameraLamp, worker: Worker, inbox: Inbox
) -> None:
    lamp.set(False)
    chip.die()  # in mid-look of somebody else's making
    worker.lives = True
    after = fitted(DrivenDark(Wiring(CHIP, LAMP)), inbox, worker)
    after.set(False)
    assert chip.levels[LAMP] == LIT
    worker.lives = False
    assert after._waiting is not None
    after._waiting.join(PATIENCE)
    assert chip.levels[LAMP] == DARK
    after.close()


def test_a_look_that_begins_meanwhile_keeps_it_lit(chip: FakeChip, lamp: CameraLamp, worker: Worker) -> None:
    worker.lives = True
    lamp.set(False)
    lamp.set(True)
    worker.lives = False
    assert lamp._waiting is not None
    lamp._waiting.join(PATIENCE)
    assert chip.levels[LAMP] == LIT


def test_an_agent_that_ends_leaves_it_lit(chip: FakeChip, lamp: CameraLamp) -> None:
    lamp.set(False)
    lamp.close()
    assert chip.levels[LAMP] == LIT
    assert chip.requests == []


def test_a_dead_lamp_stops_nothing_and_is_told_once_and_again_when_it_works(
    chip: FakeChip, lamp: CameraLamp, inbox: Inbox
) -> None:
    chip.broken = True
    lamp.set(True)
    lamp.set(True)
    told = inbox.get(timeout=PATIENCE)
    assert isinstance(told, LampAnswered)
    assert not told.ok
    assert "Input/output error" in told.detail
    assert not lamp.works()
    chip.broken = False
    lamp.set(True)
    assert inbox.get(timeout=PATIENCE) == LampAnswered(ok=True)
    assert lamp.works()
    assert inbox.empty()


# ---- a LED of the kernel's


def led(root: Path) -> Path:
    folder = root / "sys/class/leds/nattro"
    folder.mkdir(parents=True)
    for name, text in (("trigger", "heartbeat"), ("max_brightness", "255\n"), ("brightness", "0")):
        (folder / name).write_text(text)
    return folder


def test_a_led_is_lit_fully_and_put_out(tmp_path: Path, inbox: Inbox, worker: Worker) -> None:
    folder = led(tmp_path)
    lamp = fitted(SysfsLed("nattro", tmp_path), inbox, worker)
    lamp.set(True)
    assert (folder / "brightness").read_text() == "255"
    assert (folder / "trigger").read_text() == "none"  # nothing else may blink it
    lamp.set(False)
    assert (folder / "brightness").read_text() == "0"
    lamp.close()


def test_a_missing_led_is_told(tmp_path: Path, inbox: Inbox, worker: Worker) -> None:
    lamp = fitted(SysfsLed("nattro", tmp_path), inbox, worker)
    lamp.set(True)
    told = inbox.get(timeout=PATIENCE)
    assert isinstance(told, LampAnswered)
    assert "No such file" in told.detail
    led(tmp_path)
    lamp.set(True)
    assert inbox.get(timeout=PATIENCE) == LampAnswered(ok=True)


def test_without_a_lamp_there_is_nothing_to_fail(inbox: Inbox, worker: Worker) -> None:
    lamp = fitted(NoLight(), inbox, worker)
    lamp.set(True)
    lamp.set(False)
    lamp.close()
    assert lamp.works()
    assert inbox.empty()
