"""Asks an opened camera which formats, sizes and rates it offers. Raises OSError, as the kernel does."""

from collections.abc import Iterator

from vision import v4l2
from vision.negotiation import ENOUGH, READABLE, Offer, Size, nearest_step
from vision.v4l2 import Kernel


def offered(fd: int, wanted: Size, kernel: Kernel) -> Iterator[Offer]:
    """All that could be read; of sizes that come in steps the one nearest to what is wanted."""

    def format_at(index: int) -> v4l2.FormatDescription:
        return v4l2.FormatDescription(index=index, type=v4l2.VIDEO_CAPTURE)

    for each in v4l2.each(kernel, fd, v4l2.ENUM_FMT, format_at):
        number = int(each.pixelformat)
        if v4l2.letters(number) not in READABLE:
            continue
        sizes = list(_sizes(fd, number, wanted, kernel)) or [
            wanted
        ]  # a driver that lists none is asked for ours
        for size in sizes:
            yield Offer(v4l2.letters(number), size, tuple(_rates(fd, number, size, kernel)))


def _sizes(fd: int, number: int, wanted: Size, kernel: Kernel) -> Iterator[Size]:
    def size_at(index: int) -> v4l2.FrameSize:
        return v4l2.FrameSize(index=index, pixelformat=number)

    for each in v4l2.each(kernel, fd, v4l2.ENUM_FRAMESIZES, size_at):
        values = [int(value) for value in each.values]
        if each.type == v4l2.DISCRETE:
            yield values[0], values[1]
            continue
        yield nearest_step(wanted[0], *values[:3]), nearest_step(wanted[1], *values[3:])
        return


def _rates(fd: int, number: int, size: Size, kernel: Kernel) -> Iterator[float]:
    def interval_at(index: int) -> v4l2.FrameInterval:
        return v4l2.FrameInterval(index=index, pixelformat=number, width=size[0], height=size[1])

    for each in v4l2.each(kernel, fd, v4l2.ENUM_FRAMEINTERVALS, interval_at):
        values = [int(value) for value in each.values]
        if each.type == v4l2.DISCRETE:
            yield _rate(values[0], values[1])
            continue
        yield min(max(ENOUGH, _rate(values[2], values[3])), _rate(values[0], values[1]))
        return


def _rate(seconds: int, parts: int) -> float:
    """Frames a second from an interval of seconds/parts."""
    return parts / seconds if seconds else 0.0
