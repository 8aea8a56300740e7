"""The device's own state, read from /sys and /proc as different boards have them."""

import os
from pathlib import Path

import pytest

from agent.core.events import Health, Relay
from agent.hw.health import DeviceHealth, Parts


def board(root: Path, files: dict[str, str]) -> DeviceHealth:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    relays: dict[Relay, bool] = {"camera": True, "router": False}
    parts = Parts(
        camera_present=lambda: True,
        relays=lambda: relays,
        outbox=lambda: (3, 1),
        clock=lambda: "holdover",
        lamp=lambda: False,
        ended_clean=True,
    )
    return DeviceHealth(root, parts, root)


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


@pytest.mark.parametrize(
    ("word", "slowed"),
    [("0", False), ("1", False), ("2", True), ("4", True), ("80000", True), ("10001", False)],
)
def test_a_processor_that_is_or_was_slowed_down_is_told(tmp_path: Path, word: str, slowed: bool) -> None:
    name = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"  # a Raspberry Pi 5
    health = board(tmp_path, {name: f"{word}\n"}).read()
    assert health.throttled is slowed
    assert health.under_voltage is (word in ("1", "10001"))


def test_the_processor_s_own_zone_is_the_one_that_is_read(tmp_path: Path) -> None:
    zones = "sys/class/thermal/thermal_zone"
    files = {
        f"{zones}0/type": "acpitz\n",
        f"{zones}0/temp": "20000\n",
        f"{zones}1/type": "cpu-thermal\n",
        f"{zones}1/temp": "61000\n",
    }
    assert board(tmp_path, files).read().temperature == 61.0


@pytest.mark.parametrize(
    ("life_time", "wear"),
    [("0x01 0x01", 10), ("0x02 0x0a", 100), ("0x0b 0x01", 100), ("0x00 0x00", None), ("none", None)],
)
def test_an_emmc_tells_how_much_of_its_life_is_used(tmp_path: Path, life_time: str, wear: int | None) -> None:
    number = tmp_path.stat().st_dev
    disk = tmp_path / "sys/devices/mmc0/block/mmcblk0"
    (disk / "mmcblk0p2").mkdir(parents=True)
    (disk / "mmcblk0p2/partition").write_text("2\n")
    (disk / "device").mkdir()
    (disk / "device/life_time").write_text(f"{life_time}\n")
    blocks = tmp_path / "sys/dev/block"
    blocks.mkdir(parents=True)
    (blocks / f"{os.major(number)}:{os.minor(number)}").symlink_to(disk / "mmcblk0p2")
    assert board(tmp_path, {}).read().disk_wear == wear


@pytest.mark.parametrize(
    ("files", "mains", "battery"),
    [
        ({}, None, None),
        ({"ac/type": "Mains", "ac/online": "1"}, True, None),
        ({"ac/type": "Mains", "ac/online": "0", "b/type": "Battery", "b/capacity": "37"}, False, 37),
        ({"hat/type": "Battery", "hat/status": "Discharging", "hat/capacity": "80"}, False, 80),
        ({"hat/type": "UPS", "hat/status": "Full", "hat/capacity": "100"}, True, 100),
        ({"hat/type": "Battery", "hat/status": "Unknown", "hat/capacity": "?"}, None, None),
        ({"mouse/type": "Battery", "mouse/scope": "Device", "mouse/capacity": "5"}, None, None),
    ],
)
def test_a_supply_and_a_battery_are_told_and_a_mouse_s_is_not(
    tmp_path: Path, files: dict[str, str], mains: bool | None, battery: int | None
) -> None:
    health = board(
        tmp_path, {f"sys/class/power_supply/{name}": f"{text}\n" for name, text in files.items()}
    ).read()
    assert (health.mains, health.battery) == (mains, battery)


def test_clock_lamp_boot_and_the_last_end_are_told(tmp_path: Path) -> None:
    health = board(tmp_path, {"proc/sys/kernel/random/boot_id": "0b5c\n"}).read()
    assert (health.clock, health.lamp, health.boot_id, health.ended_clean) == (
        "holdover",
        False,
        "0b5c",
        True,
    )


def test_what_cannot_be_read_is_none_and_never_an_error(tmp_path: Path) -> None:
    parts = Parts(camera_present=lambda: False, relays=dict, outbox=lambda: (0, 0))
    assert DeviceHealth(tmp_path / "gone", parts, tmp_path).read() == Health(camera_present=False)


def test_the_machine_that_runs_this_can_be_read() -> None:
    parts = Parts(camera_present=lambda: False, relays=dict, outbox=lambda: (0, 0))
    health = DeviceHealth(Path("/"), parts).read()
    assert health.memory_free
    assert health.disk_free
    assert len(health.boot_id) == 36
