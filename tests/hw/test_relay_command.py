"""`nattro relay`, on a chip that obeys the kernel's rules."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import gpiod
import pytest

from agent.cli import exits, main
from agent.config import example
from agent.core.events import Relay
from agent.hw import relays
from tests.hw.gpio_kernel import FakeChip

CAMERA, ROUTER = 17, 27
Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    wired = f"""driver = "gpiod"
chip = "/dev/gpiochip0"
camera = {{ line = {CAMERA} }}
router = {{ line = "ROUTER", active_low = true }}"""
    made = tmp_path / "nattro.toml"
    made.write_text(example().replace('driver = "none"', wired))
    return made


def relay(file: Path, *words: str) -> int:
    return main(["relay", *words, "--config", str(file)])


def test_test_cuts_nothing_and_tells_what_can_be_switched(
    file: Path, chip: FakeChip, capsys: Printed
) -> None:
    assert relay(file, "test") == exits.OK
    assert re.findall(r"(\w+) +can be switched", capsys.readouterr().out) == ["camera", "router"]
    assert 1 not in chip.driven(CAMERA)


def test_test_tells_what_is_held_by_another(file: Path, chip: FakeChip, capsys: Printed) -> None:
    output = gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT)
    gpiod.request_lines("/dev/gpiochip0", consumer="other", config={CAMERA: output})
    assert relay(file, "test") == exits.FOUND
    assert re.search("camera +GPIO line 17.*resource busy", capsys.readouterr().out)


def test_a_pulse_cuts_the_power_and_says_how_long_it_was_off(
    file: Path, chip: FakeChip, capsys: Printed
) -> None:
    assert relay(file, "pulse", "camera", "--seconds", "1") == exits.OK
    assert re.search(r"power restored; it was off for 1\.\d s", capsys.readouterr().out)
    assert chip.driven(CAMERA)[-3:] == [0, 1, 0]
    assert chip.requests == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_pulse_that_is_broken_off_restores_the_power(
    file: Path, chip: FakeChip, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = relays.Relays.cut

    def cut_and_signal(self: relays.Relays, relay: Relay) -> None:
        cut(self, relay)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(relays.Relays, "cut", cut_and_signal)
    assert relay(file, "pulse", "camera", "--seconds", "60") == exits.INTERRUPTED
    assert chip.driven(CAMERA)[-3:] == [0, 1, 0]


@pytest.mark.parametrize("seconds", ["0", "61", "-1", "nan"])
def test_a_pulse_beyond_its_bounds_is_refused_and_cuts_nothing(
    file: Path, chip: FakeChip, capsys: Printed, seconds: str
) -> None:
    assert relay(file, "pulse", "camera", f"--seconds={seconds}") != exits.OK
    assert "1 to 60 seconds" in capsys.readouterr().err
    assert 1 not in chip.driven(CAMERA)


def test_release_restores_what_a_killed_agent_left_cut(file: Path, chip: FakeChip, capsys: Printed) -> None:
    chip.levels[CAMERA], chip.levels[ROUTER] = 1, 0
    assert relay(file, "release") == exits.OK
    assert (chip.levels[CAMERA], chip.levels[ROUTER]) == (0, 1 if chip.keeps else chip.pulls.get(ROUTER, 0))
    assert "power restored: camera, router" in capsys.readouterr().out


def test_only_one_thread_is_left(file: Path, chip: FakeChip) -> None:
    before = threading.active_count()
    relay(file, "test")
    assert threading.active_count() == before
