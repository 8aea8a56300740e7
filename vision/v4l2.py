"""The part of Linux's video interface (linux/videodev2.h, 64-bit) that a look needs, and nothing else.

Written out here, since OpenCV's reader cannot be interrupted (it waits 10 s for a frame and then may call it a
good one), knows no control by its name, and does not tell a lost camera from one that is silent; and since the
libraries for Python that could be had are under the GPL. A test compares every number with the kernel's headers.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import select
from collections.abc import Callable, Iterator
from enum import IntFlag
from pathlib import Path
from typing import Protocol, TypeVar

U32, S32, U8, TEXT = ctypes.c_uint32, ctypes.c_int32, ctypes.c_uint8, ctypes.c_char

VIDEO_CAPTURE, MMAP = 1, 1
"""The buffer type and the memory type that are used here, and no others."""

DISCRETE = 1
NEXT_CONTROL = 0x80000000
CONTROL_DISABLED, CONTROL_READ_ONLY = 0x0001, 0x0004
CONTROL_INTEGER, CONTROL_BOOLEAN, CONTROL_MENU, CONTROL_INTEGER_MENU = 1, 2, 3, 9
BUFFER_ERROR, BUFFER_MONOTONIC = 0x0040, 0x2000
FULL_RANGE, JPEG_COLOURS = 1, 7
"""Of `quantization` and of `colorspace`."""


class Can(IntFlag):
    """What a node can do (`device_caps`); a camera has further nodes, for metadata, that can do less."""

    CAPTURE = 0x00000001
    METADATA = 0x00800000
    STREAM = 0x04000000


class Capability(ctypes.Structure):
    """`v4l2_capability`."""

    _fields_ = (
        ("driver", TEXT * 16),
        ("card", TEXT * 32),
        ("bus_info", TEXT * 32),
        ("version", U32),
        ("capabilities", U32),
        ("device_caps", U32),
        ("reserved", U32 * 3),
    )


class FormatDescription(ctypes.Structure):
    """`v4l2_fmtdesc`."""

    _fields_ = (
        ("index", U32),
        ("type", U32),
        ("flags", U32),
        ("description", TEXT * 32),
        ("pixelformat", U32),
        ("mbus_code", U32),
        ("reserved", U32 * 3),
    )


class Pixels(ctypes.Structure):
    """`v4l2_pix_format`."""

    _fields_ = (
        ("width", U32),
        ("height", U32),
        ("pixelformat", U32),
        ("field", U32),
        ("bytesperline", U32),
        ("sizeimage", U32),
        ("colorspace", U32),
        ("priv", U32),
        ("flags", U32),
        ("ycbcr_enc", U32),
        ("quantization", U32),
        ("xfer_func", U32),
    )


class Format(ctypes.Structure):
    """`v4l2_format`: the union holds pointers, so it begins at byte 8 and is 200 bytes long."""

    _fields_ = (("type", U32), ("gap", U32), ("pixels", Pixels), ("room", U8 * 152))


class BufferRequest(ctypes.Structure):
    """`v4l2_requestbuffers`."""

    _fields_ = (
        ("count", U32),
        ("type", U32),
        ("memory", U32),
        ("capabilities", U32),
        ("flags", U8),
        ("reserved", U8 * 3),
    )


class Buffer(ctypes.Structure):
    """`v4l2_buffer`; its union is `offset` here."""

    _fields_ = (
        ("index", U32),
        ("type", U32),
        ("bytesused", U32),
        ("flags", U32),
        ("field", U32),
        ("gap", U32),
        ("seconds", ctypes.c_int64),
        ("microseconds", ctypes.c_int64),
        ("timecode", U8 * 16),
        ("sequence", U32),
        ("memory", U32),
        ("offset", ctypes.c_uint64),
        ("length", U32),
        ("reserved2", U32),
        ("request_fd", S32),
        ("room", U32),
    )

    @property
    def at(self) -> float:
        """When the frame was taken, seconds on the clock that the flags name."""
        return float(self.seconds + self.microseconds / 1e6)


class FrameSize(ctypes.Structure):
    """`v4l2_frmsizeenum`: a discrete size is (width, height); else the ends and steps of both."""

    _fields_ = (
        ("index", U32),
        ("pixelformat", U32),
        ("type", U32),
        ("values", U32 * 6),
        ("reserved", U32 * 2),
    )


class FrameInterval(ctypes.Structure):
    """`v4l2_frmivalenum`: a discrete interval is a fraction of seconds; else shortest, longest and step."""

    _fields_ = (
        ("index", U32),
        ("pixelformat", U32),
        ("width", U32),
        ("height", U32),
        ("type", U32),
        ("values", U32 * 6),
        ("reserved", U32 * 2),
    )


class Rate(ctypes.Structure):
    """`v4l2_streamparm` for capture."""

    _fields_ = (
        ("type", U32),
        ("capability", U32),
        ("mode", U32),
        ("numerator", U32),
        ("denominator", U32),
        ("room", U8 * 184),
    )


class ControlDescription(ctypes.Structure):
    """`v4l2_queryctrl`."""

    _fields_ = (
        ("id", U32),
        ("type", U32),
        ("name", TEXT * 32),
        ("minimum", S32),
        ("maximum", S32),
        ("step", S32),
        ("default", S32),
        ("flags", U32),
        ("reserved", U32 * 2),
    )


class Control(ctypes.Structure):
    """`v4l2_control`."""

    _fields_ = (("id", U32), ("value", S32))


def _request(direction: int, number: int, size: int) -> int:
    """An ioctl's number: who reads and who writes, how much, whose, which (asm-generic/ioctl.h)."""
    return direction << 30 | size << 16 | ord("V") << 8 | number


_WRITE, _READ = 1, 2

QUERYCAP = _request(_READ, 0, ctypes.sizeof(Capability))
ENUM_FMT = _request(_READ | _WRITE, 2, ctypes.sizeof(FormatDescription))
S_FMT = _request(_READ | _WRITE, 5, ctypes.sizeof(Format))
REQBUFS = _request(_READ | _WRITE, 8, ctypes.sizeof(BufferRequest))
QUERYBUF = _request(_READ | _WRITE, 9, ctypes.sizeof(Buffer))
QBUF = _request(_READ | _WRITE, 15, ctypes.sizeof(Buffer))
DQBUF = _request(_READ | _WRITE, 17, ctypes.sizeof(Buffer))
STREAMON = _request(_WRITE, 18, ctypes.sizeof(S32))
STREAMOFF = _request(_WRITE, 19, ctypes.sizeof(S32))
S_PARM = _request(_READ | _WRITE, 22, ctypes.sizeof(Rate))
S_CTRL = _request(_READ | _WRITE, 28, ctypes.sizeof(Control))
QUERYCTRL = _request(_READ | _WRITE, 36, ctypes.sizeof(ControlDescription))
ENUM_FRAMESIZES = _request(_READ | _WRITE, 74, ctypes.sizeof(FrameSize))
ENUM_FRAMEINTERVALS = _request(_READ | _WRITE, 75, ctypes.sizeof(FrameInterval))


def fourcc(name: str) -> int:
    """A pixel format's number from its four letters."""
    return int.from_bytes(name.encode("ascii"), "little")


def letters(number: int) -> str:
    """A pixel format's four letters."""
    return number.to_bytes(4, "little").decode("ascii", "replace")


class Memory(Protocol):
    """A driver's buffer, mapped."""

    def __getitem__(self, part: slice, /) -> bytes | bytearray: ...

    def close(self) -> None: ...


class Kernel(Protocol):
    """The system calls that a camera takes. All may raise OSError; the tests have a kernel of their own."""

    def open(self, path: Path) -> int: ...

    def close(self, fd: int) -> None: ...

    def ioctl(self, fd: int, request: int, argument: ctypes.Structure | ctypes.c_int32) -> None: ...

    def map(self, fd: int, length: int, offset: int) -> Memory: ...

    def wait(self, fd: int, seconds: float) -> bool:
        """Whether a frame or an error is there to be fetched within so many seconds."""


class Linux:
    """The kernel that runs here."""

    def open(self, path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self, fd: int) -> None:
        os.close(fd)

    def ioctl(self, fd: int, request: int, argument: ctypes.Structure | ctypes.c_int32) -> None:
        fcntl.ioctl(fd, request, argument)

    def map(self, fd: int, length: int, offset: int) -> Memory:
        return mmap.mmap(fd, length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=offset)

    def wait(self, fd: int, seconds: float) -> bool:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))


S = TypeVar("S", bound=ctypes.Structure)


def each(kernel: Kernel, fd: int, request: int, make: Callable[[int], S]) -> Iterator[S]:
    """What an enumerating ioctl lists, until it says that there is no more."""
    index = 0
    while True:
        entry = make(index)
        try:
            kernel.ioctl(fd, request, entry)
        except OSError as error:
            if error.errno in _NO_MORE:
                return
            raise
        yield entry
        index += 1


_NO_MORE = (errno.EINVAL, errno.ENOTTY)  # past the end; a driver that does not list this at all
