"""The device's own state, read from /sys and /proc as different boards have them."""

from pathlib import Path

import pytest

from agent.core.events import Health, Relay
from agent.hw.health import DeviceHealth


def board(root: Path, files: dict[str, str]) -> DeviceHealth:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    relays: dict[Relay, bool] = {"camera": True, "router": False}
    return DeviceHealth(root, lambda: True, lambda: relays, lambda: (3, 1), root)


def test_a_board_that_tells_everything(tmp_path: Path) -> None:
    health = board(
        tmp_path,
        {
            "proc/meminfo": "MemTotal:  1000 kB\nMemFree:  10 kB\nMemAvailable:  700 kB\n",
            "sys/class/thermal/thermal_zone0/temp": "48312\n",
            "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
        },
    ).read()
    assert health.memory_free == 700 * 1024
    assert health.temperature == pytest.approx(48.312)
    assert health.under_voltage is False
    assert health.disk_free is not None
    assert health.disk_free > 0
    assert (health.camera_present, health.outbox_depth, health.outbox_dropped) == (True, 3, 1)
    assert health.relays == {"camera": True, "router": False}


@pytest.mark.parametrize(("word", "under"), [("1", True), ("10000", True), ("50005", True), ("20002", False)])
def test_under_voltage_now_or_since_boot_is_told(tmp_path: Path, word: str, under: bool) -> None:
    name = "sys/devices/platform/soc/soc:firmware/get_throttled"
    assert board(tmp_path, {name: f"{word}\n"}).read().under_voltage is under


def test_a_newer_kernel_tells_under_voltage_by_its_sensor(tmp_path: Path) -> None:
    sensor = "sys/class/hwmon/hwmon2"
    health = board(tmp_path, {f"{sensor}/name": "rpi_volt\n", f"{sensor}/in0_lcrit_alarm": "1\n"})
    assert health.read().under_voltage is True


def test_what_cannot_be_read_is_none_and_never_an_error(tmp_path: Path) -> None:
    blind = DeviceHealth(tmp_path / "gone", lambda: False, dict, lambda: (0, 0), tmp_path)
    assert blind.read() == Health(camera_present=False)
