"""A V4L2 camera as a source."""

import errno
import fcntl
import os
import stat
import struct
import time
from pathlib import Path

import cv2
import numpy as np

from vision.capture import CaptureTrouble, Frame, Source, frame_of
from vision.protocol import TroubleKind

# From linux/videodev2.h: ask what the node is; ask for one buffer of it, which only one process may have.
VIDIOC_QUERYCAP = 0x80685600
VIDIOC_REQBUFS = 0xC0145608
VIDEO_CAPTURE, MEMORY_MMAP = 1, 1

WANTED_FORMATS = ("MJPG", "GREY")  # no codec across frames: its noise drowns the movement of a blanket
WANTED_SIZE = (640, 480)
WANTED_RATE = 10


class Device(Source):
    """A camera at a device node such as /dev/video0. size: width and height to ask it for."""

    live = True

    def __init__(self, path: Path, size: tuple[int, int] = WANTED_SIZE) -> None:
        self._path = path
        self.size = size
        self._camera = cv2.VideoCapture()
        self._begun = 0.0

    def open(self) -> None:
        demand_free_camera(self._path)
        camera = cv2.VideoCapture(str(self._path), cv2.CAP_V4L2)
        if not camera.isOpened():
            raise CaptureTrouble(
                "unreadable", f"{self._path} is a camera, but gives no format that can be read"
            )
        self._camera = camera
        for wanted in WANTED_FORMATS:
            code = cv2.VideoWriter.fourcc(*wanted)
            camera.set(cv2.CAP_PROP_FOURCC, code)
            if int(camera.get(cv2.CAP_PROP_FOURCC)) == code:
                break
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, self.size[0])
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self.size[1])
        camera.set(cv2.CAP_PROP_FPS, WANTED_RATE)
        camera.set(cv2.CAP_PROP_BUFFERSIZE, 2)
        self._begun = time.monotonic()

    def read(self) -> Frame | None:
        good, pixels = self._camera.read()
        if good:
            return frame_of(np.asarray(pixels, np.uint8), time.monotonic() - self._begun)
        if not self._path.exists():
            raise CaptureTrouble("gone", f"{self._path} vanished in mid-look")
        time.sleep(0.05)  # a lost frame is normal; the feed notices if no more come
        return None

    def close(self) -> None:
        self._camera.release()


def demand_free_camera(path: Path) -> None:
    """Raise CaptureTrouble unless the node is there, is a camera, and nobody else holds it."""
    try:
        node = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CaptureTrouble(*why_not(error.errno, path)) from error
    try:
        if not stat.S_ISCHR(os.fstat(node).st_mode):
            raise CaptureTrouble("unreadable", f"{path} is a file, not a camera's device node")
        fcntl.ioctl(node, VIDIOC_QUERYCAP, bytearray(104))
        fcntl.ioctl(
            node, VIDIOC_REQBUFS, struct.pack("=IIIIBBBB", 1, VIDEO_CAPTURE, MEMORY_MMAP, 0, 0, 0, 0, 0)
        )
    except OSError as error:
        raise CaptureTrouble(*why_not(error.errno, path)) from error
    finally:
        os.close(node)


def why_not(number: int | None, path: Path) -> tuple[TroubleKind, str]:
    """What an errno on opening or asking the node means."""
    match number:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return "gone", f"there is no camera at {path}; is it plugged in?"
        case errno.EBUSY:
            return "busy", f"another process holds the camera {path}"
        case errno.EACCES | errno.EPERM:
            return "refused", f"no right to open {path}; the worker's user must be in the group `video`"
        case errno.ENOTTY | errno.EINVAL:
            return "unreadable", f"{path} is not a video capture device"
        case _:
            return "unreadable", f"{path} cannot be opened: {os.strerror(number or 0)}"
