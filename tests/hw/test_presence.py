"""Whether the camera is there, told when it changes and without opening it."""

import os
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, CameraAppeared, CameraVanished
from agent.hw.presence import NoUdev, Presence, UdevWatch, video_monitor

PATIENCE = 30.0


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


def test_unplugging_and_plugging_in_are_told_once_each(tmp_path: Path) -> None:
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    node = tmp_path / "video0"
    node.touch()
    udev = Udev()
    watch = UdevWatch(Presence(inbox.put, node), udev)
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


def test_a_camera_that_is_missing_at_the_start_is_told(tmp_path: Path) -> None:
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    Presence(inbox.put, tmp_path / "film.avi").tell()
    assert inbox.get(timeout=PATIENCE) == CameraVanished()


def test_a_real_udev_monitor_can_be_had() -> None:
    try:
        monitor = video_monitor()
    except NoUdev as error:
        pytest.skip(f"no udev on this machine: {error}")
    monitor.start()
    assert monitor.fileno() > 0
    assert monitor.poll(timeout=0) is None
