"""The lamp that is lit while the camera is open."""

from pathlib import Path

from agent.hw.lamp import SysfsLamp


def led(root: Path) -> Path:
    folder = root / "sys/class/leds/nattro"
    folder.mkdir(parents=True)
    for name, text in (("trigger", "heartbeat"), ("max_brightness", "255\n"), ("brightness", "0")):
        (folder / name).write_text(text)
    return folder


def test_it_is_lit_fully_and_put_out(tmp_path: Path) -> None:
    folder = led(tmp_path)
    lamp = SysfsLamp("nattro", tmp_path)
    lamp.set(True)
    assert (folder / "brightness").read_text() == "255"
    assert (folder / "trigger").read_text() == "none"  # nothing else may blink it
    lamp.set(False)
    assert (folder / "brightness").read_text() == "0"


def test_a_dead_lamp_is_remembered_and_stops_nothing(tmp_path: Path) -> None:
    lamp = SysfsLamp("nattro", tmp_path)
    lamp.set(True)
    assert lamp.fault is not None
    assert "No such file" in lamp.fault
    led(tmp_path)
    lamp.set(True)
    assert lamp.fault is None
