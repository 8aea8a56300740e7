"""A V4L2 camera as a source."""

import errno
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vision import v4l2
from vision.cameras import ability, captures, find
from vision.capture import CaptureTrouble, Frame, Source
from vision.controls import adjust
from vision.negotiation import ENOUGH, YUV, Offer, Size, in_order
from vision.offers import offered
from vision.pixels import Broken, Layout, coloured, grey
from vision.protocol import TroubleKind
from vision.v4l2 import Kernel, Linux, Memory, fourcc, letters

WANTED_SIZE = (640, 480)
BUFFERS = 4
WAIT = 0.5  # seconds for which one read waits for a frame
APART = 0.08  # seconds: frames that come closer together are counted, and not decoded
COLOUR_EVERY = 1.0
BROKEN_AT_MOST = 20  # frames that may come broken before the first good one


@dataclass(slots=True)
class Delivery:
    """What the driver has delivered. lost: frames that it numbered and did not give; broken: cut short."""

    first: float = 0.0
    last: float = 0.0
    delivered: int = 0
    lost: int = 0
    broken: int = 0
    sequence: int = -1

    def note(self, sequence: int, at: float) -> None:
        if self.delivered == 0:
            self.first = at
        elif sequence > self.sequence + 1:
            self.lost += sequence - self.sequence - 1
        self.sequence, self.last = sequence, at
        self.delivered += 1

    def cues(self) -> dict[str, float]:
        seconds = self.last - self.first
        rate = (self.delivered - 1) / seconds if seconds > 0 else 0.0
        return {
            "delivered_per_second": round(rate, 2),
            "frames_lost": float(self.lost),
            "frames_broken": float(self.broken),
        }


class Device(Source):
    """A camera by name (see vision.cameras).

    size: width and height to ask it for; controls: its settings by name; notes: what could not be set, once open.
    """

    live = True

    def __init__(
        self,
        name: str | Path,
        size: Size = WANTED_SIZE,
        *,
        controls: Mapping[str, int] | None = None,
        kernel: Kernel | None = None,
        root: Path = Path("/"),
    ) -> None:
        self._name = str(name)
        self.size = size
        self._controls = dict(controls or {})
        self._kernel = kernel or Linux()
        self._root = root
        self._path = Path(self._name)
        self._fd = -1
        self._buffers: list[Memory] = []
        self._layout = Layout("", size, 0)
        self._begun = self._last = 0.0
        self._coloured, self._colour_at = False, -COLOUR_EVERY
        self.delivery = Delivery()
        self.notes: list[str] = []

    def open(self) -> None:
        self._path = find(self._name, self._kernel, self._root)
        try:
            self._fd = self._kernel.open(self._path)
            self._demand_camera()
            self.notes = adjust(self._fd, self._controls, self._kernel)
            self._begin()
        except OSError as error:
            raise CaptureTrouble(*why_not(error.errno, self._path)) from error

    def read(self) -> Frame | None:
        if not self._kernel.wait(self._fd, WAIT):
            return None  # the feed notices if no more come
        buffer = self._buffer()
        try:
            self._kernel.ioctl(self._fd, v4l2.DQBUF, buffer)
        except OSError as error:
            self._bear(error)
            return None
        try:
            return self._frame(buffer)
        finally:
            self._give_back(buffer)

    def close(self) -> None:
        """Each step by itself: a driver that refuses one may still do the next."""
        if self._fd < 0:
            return
        with suppress(OSError):
            self._kernel.ioctl(self._fd, v4l2.STREAMOFF, v4l2.S32(v4l2.VIDEO_CAPTURE))
        self._let_go_of_buffers()
        fd, self._fd = self._fd, -1
        with suppress(OSError):
            self._kernel.close(fd)

    def cues(self) -> dict[str, float]:
        return self.delivery.cues()

    # ---- opening

    def _demand_camera(self) -> None:
        capability = ability(self._fd, self._kernel)
        if captures(capability):
            return
        if capability.device_caps & v4l2.Can.METADATA:
            raise CaptureTrouble(
                "unreadable", f"{self._path} carries a camera's metadata; take the node beside it"
            )
        raise CaptureTrouble("unreadable", f"{self._path} is not a video capture device")

    def _begin(self) -> None:
        """Start the best offer that starts: a USB bus that is full refuses raw pictures, and may take JPEG."""
        refusal: OSError | None = None
        offers = in_order(offered(self._fd, self.size, self._kernel), self.size)
        for offer in offers:
            try:
                self._start(offer)
                return
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EINVAL):
                    raise
                refusal = error
                self._let_go_of_buffers()
        if refusal is not None:
            raise CaptureTrouble(
                "unreadable",
                f"{self._path} starts with none of its formats: {os.strerror(refusal.errno or 0)}",
            )
        raise CaptureTrouble("unreadable", f"{self._path} is a camera, but gives no format that can be read")

    def _start(self, offer: Offer) -> None:
        """Raises OSError: EBUSY if another process holds the camera, ENOSPC if the bus is full."""
        taken = v4l2.Format(type=v4l2.VIDEO_CAPTURE)
        taken.pixels.width, taken.pixels.height = offer.size
        taken.pixels.pixelformat = fourcc(offer.format)
        self._kernel.ioctl(self._fd, v4l2.S_FMT, taken)
        self._layout = _layout(taken.pixels)
        if self._layout.kind != offer.format:
            raise OSError(errno.EINVAL, "another format was given than was asked for")
        self._set_rate(offer)
        self._take_buffers()
        self._kernel.ioctl(self._fd, v4l2.STREAMON, v4l2.S32(v4l2.VIDEO_CAPTURE))
        self._begun = self._last = time.monotonic()

    def _set_rate(self, offer: Offer) -> None:
        """As asked for, where the driver lets it be set; a look does with any rate."""
        wanted = v4l2.Rate(
            type=v4l2.VIDEO_CAPTURE, numerator=100, denominator=round(100 * (offer.rate or ENOUGH))
        )
        with suppress(OSError):
            self._kernel.ioctl(self._fd, v4l2.S_PARM, wanted)

    def _take_buffers(self) -> None:
        given = v4l2.BufferRequest(count=BUFFERS, type=v4l2.VIDEO_CAPTURE, memory=v4l2.MMAP)
        self._kernel.ioctl(self._fd, v4l2.REQBUFS, given)
        for index in range(given.count):
            buffer = self._buffer(index)
            self._kernel.ioctl(self._fd, v4l2.QUERYBUF, buffer)
            self._buffers.append(self._kernel.map(self._fd, int(buffer.length), int(buffer.offset)))
            self._kernel.ioctl(self._fd, v4l2.QBUF, buffer)

    def _let_go_of_buffers(self) -> None:
        for memory in self._buffers:
            memory.close()
        self._buffers = []
        none = v4l2.BufferRequest(count=0, type=v4l2.VIDEO_CAPTURE, memory=v4l2.MMAP)
        with suppress(OSError):
            self._kernel.ioctl(self._fd, v4l2.REQBUFS, none)

    # ---- reading

    def _buffer(self, index: int = 0) -> v4l2.Buffer:
        return v4l2.Buffer(index=index, type=v4l2.VIDEO_CAPTURE, memory=v4l2.MMAP)

    def _bear(self, error: OSError) -> None:
        """EAGAIN and EIO pass, or the feed notices that no frame comes. Raises CaptureTrouble for a lost camera."""
        if error.errno in (errno.ENODEV, errno.ENXIO) or not self._path.exists():
            raise CaptureTrouble("gone", f"{self._path} vanished in mid-look") from error
        time.sleep(0.05)

    def _frame(self, buffer: v4l2.Buffer) -> Frame | None:
        at = self._when(buffer)
        self.delivery.note(int(buffer.sequence), at)
        if buffer.flags & v4l2.BUFFER_ERROR or not buffer.bytesused:
            self._count_broken("the driver marked it so")
            return None
        if self._colour_at >= 0 and at - self._last < APART:
            return None
        data = np.frombuffer(self._buffers[buffer.index][: buffer.bytesused], np.uint8)
        try:
            picture = grey(data, self._layout)
            if at - self._colour_at >= COLOUR_EVERY:
                self._coloured = coloured(data, self._layout)
                self._colour_at = at
        except Broken as broken:
            self._count_broken(str(broken))
            return None
        self._last = at
        return Frame(picture, at, self._coloured)

    def _when(self, buffer: v4l2.Buffer) -> float:
        """Seconds since the start, on the driver's own clock where that is ours, and never backwards."""
        now = time.monotonic() - self._begun
        if not buffer.flags & v4l2.BUFFER_MONOTONIC:
            return now
        return min(max(buffer.at - self._begun, self.delivery.last), now)

    def _count_broken(self, why: str) -> None:
        self.delivery.broken += 1
        if self.delivery.broken == self.delivery.delivered >= BROKEN_AT_MOST:
            raise CaptureTrouble("unreadable", f"{self._path} gives nothing but broken frames: {why}")

    def _give_back(self, buffer: v4l2.Buffer) -> None:
        try:
            self._kernel.ioctl(self._fd, v4l2.QBUF, buffer)
        except OSError as error:
            raise CaptureTrouble(*why_not(error.errno, self._path)) from error


def _layout(pixels: v4l2.Pixels) -> Layout:
    """A driver that tells no range means television's, but for JPEG and grey (V4L2_MAP_QUANTIZATION_DEFAULT)."""
    kind, width = letters(int(pixels.pixelformat)), int(pixels.width)
    full = pixels.quantization == v4l2.FULL_RANGE or (
        pixels.quantization == 0 and pixels.colorspace == v4l2.JPEG_COLOURS
    )
    stride = int(pixels.bytesperline) or width
    return Layout(kind, (width, int(pixels.height)), stride, limited=kind in YUV and not full)


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
