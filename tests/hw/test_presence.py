"""Whether the camera is there and who it is, told when it changes and without opening it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, CameraAppeared, CameraVanished, InventoryTaken
from agent.core.facts import CameraIdentity, Inventory
from agent.hw.cameras import NoUdev, system_udev
from agent.hw.inventory import Stocktaking, board
from agent.hw.presence import Presence, UdevWatch, camera_monitor

PATIENCE = 30.0
REPOSITORY = Path(__file__).parents[2]
PLUGGING = REPOSITORY / "tests" / "hw" / "plugging.py"
WRAPPER = shutil.which("umockdev-wrapper")
SYSTEM_PYTHON = "/usr/bin/python3"


class Udev:
    """A monitor with a descriptor that becomes readable, as the netlink socket does."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def start(self) -> None:
        """Listens from the beginning."""

    def fileno(self) -> int:
        return self._read

    def poll(self, timeout: float | None = None) -> object | None:
        try:
            return os.read(self._read, 1) or None
        except BlockingIOError:
            return None

    def tell(self) -> None:
        os.write(self._write, b"!")

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


def test_coming_and_going_is_told_once_each(tmp_path: Path, inbox: SimpleQueue[AnyEvent]) -> None:
    node = tmp_path / "video0"
    node.touch()
    udev = Udev()
    watch = UdevWatch(udev, Presence(inbox.put, node.exists).tell)
    watch.start()
    assert inbox.get(timeout=PATIENCE) == CameraAppeared()
    node.unlink()
    udev.tell()
    assert inbox.get(timeout=PATIENCE) == CameraVanished()
    udev.tell()  # another video device went: no news
    node.touch()
    udev.tell()
    assert inbox.get(timeout=PATIENCE) == CameraAppeared()
    watch.stop()
    udev.close()
    assert inbox.empty()


def test_a_camera_that_is_missing_at_the_start_is_told(tmp_path: Path, inbox: SimpleQueue[AnyEvent]) -> None:
    Presence(inbox.put, (tmp_path / "film.avi").exists).tell()
    assert inbox.get(timeout=PATIENCE) == CameraVanished()


def test_a_real_udev_monitor_can_be_had() -> None:
    try:
        monitor = camera_monitor(system_udev())
    except NoUdev as error:
        pytest.skip(f"no udev on this machine: {error}")
    monitor.start()
    assert monitor.fileno() > 0
    assert monitor.poll(timeout=0) is None


# ---- with a kernel that umockdev plays: real pyudev, real netlink messages


def plugging(name: str) -> list[dict[str, object]]:
    """What the adapters posted while cameras were plugged and pulled, for a camera of this name."""
    if WRAPPER is None or not Path(SYSTEM_PYTHON).exists():
        pytest.skip("umockdev is not installed (make umockdev, as root)")
    version = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import sys, gi; print(sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    if version.stdout.strip() != str(sys.version_info[:2]):
        pytest.skip(f"the system's Python with gi is not this one: {version.stdout or version.stderr}")
    paths = [str(REPOSITORY), sysconfig.get_paths()["purelib"]]
    done = subprocess.run(
        [WRAPPER, SYSTEM_PYTHON, str(PLUGGING), name],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(events: list[dict[str, object]]) -> list[str]:
    return [str(event["type"]) for event in events if event["type"] != "InventoryTaken"]


def cameras(events: list[dict[str, object]]) -> list[object]:
    """Each camera as it was told of, but for one caught while umockdev still writes its attributes: a kernel has
    them ready before it names a device, and the whole identity follows at once.
    """
    taken = [event["inventory"] for event in events if event["type"] == "InventoryTaken"]
    told_of = [each["camera"] for each in taken if isinstance(each, dict)]
    return [each for each in told_of if not (isinstance(each, dict) and each["name"] == "")]


NIGHT = {"name": "Night Vision: Night Vision", "model": "1bcf:2883", "serial": "SN0001", "port": "1-1.2"}
ELSEWHERE = {**NIGHT, "port": "1-1.4"}


@pytest.mark.parametrize("name", ["usb:1bcf:2883:SN0001", "usb:1BCF:2883", "only"])
def test_a_camera_that_is_plugged_pulled_and_plugged_elsewhere_is_told_with_its_serial_number(
    name: str,
) -> None:
    events = plugging(name)
    assert told(events) == ["CameraVanished", "CameraAppeared", "CameraVanished", "CameraAppeared"]
    assert cameras(events) == [None, NIGHT, None, ELSEWHERE]


def test_a_camera_is_found_by_the_link_that_udev_made_for_it() -> None:
    events = plugging("/dev/v4l/by-id/usb-Night_Vision_SN0001-video-index0")
    assert told(events) == ["CameraVanished", "CameraAppeared", "CameraVanished", "CameraAppeared"]


def test_another_camera_is_none_of_ours() -> None:
    events = plugging("usb:046d:0825")
    assert told(events) == ["CameraVanished"]
    assert cameras(events) == [None]


# ---- the inventory


def test_the_inventory_is_told_when_it_changes(inbox: SimpleQueue[AnyEvent]) -> None:
    camera: list[CameraIdentity | None] = [CameraIdentity(serial="SN0001")]
    stock = Stocktaking(
        inbox.put, lambda identity: Inventory(version="1", camera=identity), lambda: camera[0]
    )
    for camera[0] in (CameraIdentity(serial="SN0001"), CameraIdentity(serial="SN0001"), None):
        stock.tell()
    said = [inbox.get_nowait() for _ in range(inbox.qsize())]
    assert [each.inventory.camera for each in said if isinstance(each, InventoryTaken)] == [
        CameraIdentity(serial="SN0001"),
        None,
    ]


def test_a_raspberry_pi_tells_its_model_and_serial_number(tmp_path: Path) -> None:
    for name, text in (
        ("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0"),
        ("proc/device-tree/serial-number", "10000000deadbeef\0"),
        ("etc/os-release", 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    parts = board(tmp_path)
    assert parts["board"] == "Raspberry Pi 5 Model B Rev 1.0"
    assert parts["serial"] == "10000000deadbeef"
    assert parts["system"] == "Debian GNU/Linux 12 (bookworm)"


def test_a_board_that_tells_nothing_has_no_name(tmp_path: Path) -> None:
    assert (board(tmp_path)["board"], board(tmp_path)["serial"]) == ("", "")
