"""Cameras behind the kernel's video interface, with its rules, for tests of a machine that has none.

The rules: a node is opened by path; formats cannot change while buffers are out; only one opener has buffers;
streaming needs them; an empty queue says EAGAIN; the frame's number counts what the sensor made and not what was
fetched; after unplugging everything says ENODEV; a node for metadata is a node, and no camera. A layout that were
wrong here and there alike would show in `test_v4l2.py`, against the kernel's own headers.
"""

import ctypes
import errno
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from vision import v4l2
from vision.v4l2 import fourcc

PAGE = 4096


@dataclass
class Setting:
    """A control of the driver's."""

    label: str
    value: int = 0
    minimum: int = 0
    maximum: int = 1
    type: int = v4l2.CONTROL_INTEGER
    flags: int = 0
    refuses: int = 0


@dataclass
class FakeCamera:
    """One video node.

    offers: sizes by format, each with its rates; picture: makes the bytes of a frame from format, size and number;
    bus_holds: formats that fit on the USB bus, all if none is named; skips: every n-th frame is lost on the way.
    """

    offers: dict[str, dict[tuple[int, int], tuple[float, ...]]] = field(default_factory=dict)
    picture: Callable[[str, tuple[int, int], int], bytes] = lambda kind, size, number: b""
    settings: dict[int, Setting] = field(default_factory=dict)
    bus_holds: tuple[str, ...] = ()
    skips: int = 0
    quantization: int = 1
    colorspace: int = 8
    metadata: bool = False
    stepwise: bool = False
    silent: bool = False
    rate: float = 0.0
    plugged: bool = True
    owner: int | None = None
    streaming: bool = False
    format: tuple[str, tuple[int, int]] = ("", (0, 0))
    buffers: list[bytearray] = field(default_factory=list)
    queued: list[int] = field(default_factory=list)
    number: int = -1
    asked: list[tuple[str, tuple[int, int]]] = field(default_factory=list)

    def size_of_picture(self) -> int:
        width, height = self.format[1]
        return width * height * 2


class FakeMemory:
    """A driver's buffer, mapped; to be let go before the driver takes it back."""

    def __init__(self, data: bytearray) -> None:
        self._data: bytearray | None = data

    def __getitem__(self, part: slice, /) -> bytearray:
        assert self._data is not None, "read after it was unmapped"
        return self._data[part]

    def close(self) -> None:
        self._data = None


class VideoKernel:
    """Implements vision.v4l2.Kernel over FakeCameras, each at a node."""

    def __init__(self, nodes: dict[Path, FakeCamera]) -> None:
        self.nodes = nodes
        self.open_files: dict[int, FakeCamera] = {}
        self.maps: list[FakeMemory] = []
        self._next = 100

    # ---- vision.v4l2.Kernel

    def open(self, path: Path) -> int:
        camera = self.nodes.get(path)
        if camera is None:
            raise OSError(errno.ENOENT, "No such file or directory")
        if not camera.plugged:
            raise OSError(errno.ENODEV, "No such device")
        self._next += 1
        self.open_files[self._next] = camera
        return self._next

    def close(self, fd: int) -> None:
        camera = self._camera(fd)
        if camera.owner == fd:
            camera.owner, camera.streaming = None, False
            camera.buffers.clear()
        del self.open_files[fd]

    def ioctl(self, fd: int, request: int, argument: ctypes.Structure | ctypes.c_int32) -> None:
        camera = self._camera(fd)
        if not camera.plugged:
            raise OSError(errno.ENODEV, "No such device")
        _CALLS[request](self, fd, camera, argument)

    def map(self, fd: int, length: int, offset: int) -> FakeMemory:
        camera = self._camera(fd)
        assert offset % PAGE == 0
        data = camera.buffers[offset // PAGE]
        assert length == len(data)
        self.maps.append(FakeMemory(data))
        return self.maps[-1]

    def wait(self, fd: int, seconds: float) -> bool:
        """A camera that is gone is ready at once, with an error to fetch, as poll() has it."""
        camera = self._camera(fd)
        return not camera.plugged or (camera.streaming and not camera.silent and bool(camera.queued))

    # ---- what the ioctls do

    def _camera(self, fd: int) -> FakeCamera:
        if fd not in self.open_files:
            raise OSError(errno.EBADF, "Bad file descriptor")
        return self.open_files[fd]

    def querycap(self, _: int, camera: FakeCamera, cap: v4l2.Capability) -> None:
        cap.driver, cap.card = b"fakevideo", b"Night camera"
        both = v4l2.Can.CAPTURE | v4l2.Can.METADATA | v4l2.Can.STREAM
        cap.capabilities = both  # of the whole device: a metadata node has the camera's, too
        cap.device_caps = v4l2.Can.STREAM | (v4l2.Can.METADATA if camera.metadata else v4l2.Can.CAPTURE)

    def enum_fmt(self, _: int, camera: FakeCamera, entry: v4l2.FormatDescription) -> None:
        kinds = list(camera.offers)
        entry.pixelformat = fourcc(_listed(kinds, entry.index))

    def enum_framesizes(self, _: int, camera: FakeCamera, entry: v4l2.FrameSize) -> None:
        sizes = list(camera.offers[v4l2.letters(entry.pixelformat)])
        if camera.stepwise:
            (width, height) = _listed(sizes[-1:], entry.index)
            entry.type = 3
            entry.values[:] = (16, width, 16, 16, height, 16)
            return
        entry.type = v4l2.DISCRETE
        entry.values[:2] = _listed(sizes, entry.index)

    def enum_frameintervals(self, _: int, camera: FakeCamera, entry: v4l2.FrameInterval) -> None:
        sizes = camera.offers[v4l2.letters(entry.pixelformat)]
        rates = sizes.get((entry.width, entry.height), ())
        entry.type = v4l2.DISCRETE
        entry.values[:2] = (100, round(100 * _listed(list(rates), entry.index)))

    def s_fmt(self, fd: int, camera: FakeCamera, wanted: v4l2.Format) -> None:
        if camera.owner is not None:
            raise OSError(errno.EBUSY, "Device or resource busy")
        kind, size = v4l2.letters(wanted.pixels.pixelformat), (wanted.pixels.width, wanted.pixels.height)
        camera.asked.append((kind, size))
        if kind not in camera.offers:
            kind = next(iter(camera.offers))
        sizes = list(camera.offers[kind])
        if not camera.stepwise and size not in sizes:
            size = sizes[0]
        camera.format = kind, size
        wanted.pixels.pixelformat = fourcc(kind)
        wanted.pixels.width, wanted.pixels.height = size
        wanted.pixels.quantization, wanted.pixels.colorspace = camera.quantization, camera.colorspace
        packed = kind in ("YUYV", "UYVY")
        wanted.pixels.bytesperline = 0 if kind in ("MJPG", "JPEG") else size[0] * (2 if packed else 1)

    def s_parm(self, _: int, camera: FakeCamera, rate: v4l2.Rate) -> None:
        camera.rate = rate.denominator / rate.numerator

    def reqbufs(self, fd: int, camera: FakeCamera, request: v4l2.BufferRequest) -> None:
        if camera.owner not in (None, fd) or camera.streaming:
            raise OSError(errno.EBUSY, "Device or resource busy")
        camera.owner = fd if request.count else None
        camera.queued.clear()
        camera.buffers = [bytearray(camera.size_of_picture()) for _ in range(request.count)]

    def querybuf(self, fd: int, camera: FakeCamera, buffer: v4l2.Buffer) -> None:
        self._demand_own(fd, camera)
        if buffer.index >= len(camera.buffers):
            raise OSError(errno.EINVAL, "Invalid argument")
        buffer.offset, buffer.length = buffer.index * PAGE, len(camera.buffers[buffer.index])

    def qbuf(self, fd: int, camera: FakeCamera, buffer: v4l2.Buffer) -> None:
        self._demand_own(fd, camera)
        if buffer.index >= len(camera.buffers) or buffer.index in camera.queued:
            raise OSError(errno.EINVAL, "Invalid argument")
        camera.queued.append(buffer.index)

    def dqbuf(self, fd: int, camera: FakeCamera, buffer: v4l2.Buffer) -> None:
        self._demand_own(fd, camera)
        if not camera.streaming:
            raise OSError(errno.EINVAL, "Invalid argument")
        if camera.silent or not camera.queued:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        camera.number += 2 if camera.skips and camera.number % camera.skips == camera.skips - 1 else 1
        buffer.index = camera.queued.pop(0)
        data = camera.picture(*camera.format, camera.number)
        camera.buffers[buffer.index][: len(data)] = data
        buffer.bytesused, buffer.sequence = len(data), camera.number
        buffer.flags = v4l2.BUFFER_MONOTONIC
        now = time.monotonic()
        buffer.seconds, buffer.microseconds = int(now), int(now % 1 * 1e6)

    def streamon(self, fd: int, camera: FakeCamera, _: ctypes.c_int32) -> None:
        self._demand_own(fd, camera)
        if camera.bus_holds and camera.format[0] not in camera.bus_holds:
            raise OSError(errno.ENOSPC, "No space left on device")
        camera.streaming, camera.number = True, -1

    def streamoff(self, fd: int, camera: FakeCamera, _: ctypes.c_int32) -> None:
        if camera.owner == fd:
            camera.streaming = False
            camera.queued.clear()

    def queryctrl(self, _: int, camera: FakeCamera, entry: v4l2.ControlDescription) -> None:
        wanted, following = entry.id & ~v4l2.NEXT_CONTROL, bool(entry.id & v4l2.NEXT_CONTROL)
        later = [each for each in sorted(camera.settings) if each > wanted]
        if not following or not later:
            raise OSError(errno.EINVAL, "Invalid argument")
        setting = camera.settings[later[0]]
        entry.id, entry.type, entry.name = later[0], setting.type, setting.label.encode()
        entry.minimum, entry.maximum, entry.flags = setting.minimum, setting.maximum, setting.flags

    def s_ctrl(self, _: int, camera: FakeCamera, control: v4l2.Control) -> None:
        setting = camera.settings[control.id]
        if setting.refuses:
            raise OSError(setting.refuses, "refused")
        setting.value = control.value

    @staticmethod
    def _demand_own(fd: int, camera: FakeCamera) -> None:
        if camera.owner != fd:
            raise OSError(errno.EINVAL if camera.owner is None else errno.EBUSY, "not your buffers")


T = TypeVar("T")


def _listed(things: list[T], index: int) -> T:
    if index >= len(things):
        raise OSError(errno.EINVAL, "Invalid argument")
    return things[index]


_CALLS: dict[int, Callable[..., None]] = {
    v4l2.QUERYCAP: VideoKernel.querycap,
    v4l2.ENUM_FMT: VideoKernel.enum_fmt,
    v4l2.ENUM_FRAMESIZES: VideoKernel.enum_framesizes,
    v4l2.ENUM_FRAMEINTERVALS: VideoKernel.enum_frameintervals,
    v4l2.S_FMT: VideoKernel.s_fmt,
    v4l2.S_PARM: VideoKernel.s_parm,
    v4l2.REQBUFS: VideoKernel.reqbufs,
    v4l2.QUERYBUF: VideoKernel.querybuf,
    v4l2.QBUF: VideoKernel.qbuf,
    v4l2.DQBUF: VideoKernel.dqbuf,
    v4l2.STREAMON: VideoKernel.streamon,
    v4l2.STREAMOFF: VideoKernel.streamoff,
    v4l2.QUERYCTRL: VideoKernel.queryctrl,
    v4l2.S_CTRL: VideoKernel.s_ctrl,
}
