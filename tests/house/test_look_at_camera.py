"""`nattro look` at a camera: only at an installation, with consent, no agent, an unlocked switch and a lit lamp."""

import subprocess
import sys
from pathlib import Path

import gpiod
import pytest

from agent.cli import exits, look, main
from agent.config import example
from tests.house.device import GRANT
from tests.hw.gpio_kernel import FakeChip, FakeGpio

CAMERA = "/dev/video-of-nobody"
BED = "--bed", "1,1 9,1 9,9 1,9"
LAMP, SWITCH = 22, 5
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> FakeChip:
    made = FakeChip()
    made.pulls[SWITCH] = 0
    FakeGpio(gpiochip0=made).install(monkeypatch)
    return made


@pytest.fixture
def device(tmp_path: Path, chip: FakeChip, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device with lamp and switch; whatever would begin is only noted."""
    fitted = f"""
lamp = {{ chip = "/dev/gpiochip0", line = {LAMP} }}
privacy_switch = {{ chip = "/dev/gpiochip0", line = {SWITCH} }}
"""
    file = tmp_path / "nattro.toml"
    file.write_text(
        example().replace("[relays]", fitted + "[relays]").replace('"/var/lib/nattro"', '"state"')
    )
    monkeypatch.setenv("NATTRO_CONFIG", str(file))
    return file


def consent(file: Path) -> None:
    assert main(["consent", "grant", *GRANT, "--config", str(file)]) == exits.OK


def at_the_camera(*more: str) -> int:
    return main(["look", CAMERA, *BED, *more])


@pytest.mark.parametrize("camera", [CAMERA, "usb:1bcf:2883", "only", "/dev/null"])
def test_a_camera_is_refused_unless_it_is_being_installed(camera: str, capsys: Printed) -> None:
    assert main(["look", camera, *BED]) == exits.USAGE
    assert "--installing" in capsys.readouterr().err


def test_without_consent_on_record_it_stays_closed(device: Path, capsys: Printed) -> None:
    assert at_the_camera("--installing") == exits.STATE
    assert "no store yet" in capsys.readouterr().err
    consent(device)
    assert main(["consent", "withdraw", "--by", "person", "--config", str(device)]) == exits.OK
    assert at_the_camera("--installing") == exits.STATE
    assert "no consent is on record" in capsys.readouterr().err


def test_while_the_agent_runs_the_camera_is_its_own(
    device: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)
    monkeypatch.setattr("agent.onlooker.Onlooker.agent_runs", lambda _: True)
    assert at_the_camera("--installing") == exits.STATE
    assert "the agent runs" in capsys.readouterr().err


def test_a_locked_switch_keeps_it_closed(device: Path, chip: FakeChip, capsys: Printed) -> None:
    consent(device)
    chip.pulls[SWITCH] = chip.levels[SWITCH] = 1
    assert at_the_camera("--installing") == exits.STATE
    assert "the privacy switch is locked" in capsys.readouterr().err


def test_the_lamp_is_lit_while_it_looks(
    device: Path, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)
    seen: list[int] = []

    class Looks(subprocess.Popen[bytes]):
        def wait(self, timeout: float | None = None) -> int:
            seen.append(chip.levels[LAMP])
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Looks)
    assert at_the_camera("--installing") == look.TROUBLE  # there is no such camera
    assert seen[0] == 0  # lit: the line is driven to put it out
    assert chip.driven(LAMP)[-2:] == [1, 0]  # put out after the look, and left lit by a process that ends


def test_turning_the_switch_ends_the_look(
    device: Path, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)

    class Looks(subprocess.Popen[bytes]):
        def __init__(self, _: list[str]) -> None:
            super().__init__([sys.executable, "-c", "import time; time.sleep(600)"])
            chip.turn(SWITCH, 1)

    monkeypatch.setattr(subprocess, "Popen", Looks)
    assert at_the_camera("--installing") == look.TROUBLE


def test_a_lamp_that_does_not_obey_keeps_it_closed(device: Path, chip: FakeChip, capsys: Printed) -> None:
    consent(device)
    gpiod.request_lines("/dev/gpiochip0", consumer="other", config={LAMP: gpiod.LineSettings()})
    assert at_the_camera("--installing") == exits.STATE
    assert "the lamp does not obey, so the camera stays closed" in capsys.readouterr().err
