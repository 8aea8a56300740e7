"""Tells whether the camera is there, without opening it.

A device is watched through udev: the thread sleeps on the netlink socket and wakes when a video device, or anything
of the USB tree, comes or goes. A recording is there when its file is.
"""

import os
import select
import threading
from collections.abc import Callable
from typing import Protocol

from agent.core.events import CameraAppeared, CameraVanished
from agent.hw.cameras import NoUdev, Udev
from agent.ports import Post


class UdevMonitor(Protocol):
    """What is needed of pyudev.Monitor."""

    def start(self) -> None: ...
    def fileno(self) -> int: ...
    def poll(self, timeout: float | None = None) -> object | None: ...


class Presence:
    """Whether the camera is there; posts only when that changes, and once at the start."""

    def __init__(self, post: Post, there: Callable[[], bool]) -> None:
        self._post = post
        self.now = there
        self._told: bool | None = None

    def tell(self) -> None:
        """Post CameraAppeared or CameraVanished if it is news."""
        there = self.now()
        if there != self._told:
            self._told = there
            self._post(CameraAppeared() if there else CameraVanished())


class UdevWatch:
    """Sleeps until udev tells that something came or went, then has everybody look who wants to know."""

    def __init__(self, monitor: UdevMonitor, *looks: Callable[[], None]) -> None:
        self._looks = looks
        self._monitor = monitor
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._watch, name="udev-watch", daemon=True)

    def start(self) -> None:
        """Listen first and look then, so that nothing falls between the two."""
        self._monitor.start()
        self._thread.start()

    def stop(self) -> None:
        os.write(self._stop_write, b".")
        self._thread.join()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _watch(self) -> None:
        while True:
            for look in self._looks:
                look()
            ready, _, _ = select.select([self._monitor.fileno(), self._stop_read], [], [])
            if self._stop_read in ready:
                return
            while self._monitor.poll(timeout=0) is not None:
                pass  # what it says does not matter: udev itself is asked


def camera_monitor(udev: Udev) -> UdevMonitor:
    """A monitor of video devices and of the USB tree that they hang on. Raises NoUdev."""
    try:
        import pyudev

        monitor = pyudev.Monitor.from_netlink(udev)
        monitor.filter_by("video4linux")
        monitor.filter_by("usb", "usb_device")
    except (ImportError, OSError) as error:
        raise NoUdev(f"a camera device is watched through udev, which is missing here: {error}") from error
    checked: UdevMonitor = monitor
    return checked
