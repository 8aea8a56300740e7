"""Which of a camera's formats, sizes and rates is taken: pure choice, no device.

Size first, since the bed's corners are pixels. Then a rate of ten frames a second, which is all that a look uses.
Then the format: what comes without conversion before what must be decoded. A grey picture is what the net wants; of
YUV its luminance is that already; MJPEG costs time, and its blocks add noise just where a blanket moves by
millimetres. Formats with a codec across frames (H.264) are never taken: they invent movement, and hide it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

YUV = ("YUYV", "UYVY", "NV12", "NV21", "YU12", "YV12")
WITHOUT_CONVERSION = ("GREY", *YUV)
COMPRESSED = ("MJPG", "JPEG")
READABLE = (*WITHOUT_CONVERSION, *COMPRESSED)
"""What can be read, best first."""

ENOUGH = 10.0
"""Frames a second that a look uses."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Offer:
    """What a camera can deliver. rates: frames a second, none if it does not tell."""

    format: str
    size: Size
    rates: tuple[float, ...] = ()

    @property
    def rate(self) -> float | None:
        """The slowest that is enough (it leaves the exposure most time), else the fastest."""
        enough = [rate for rate in self.rates if rate >= ENOUGH]
        return min(enough) if enough else max(self.rates, default=None)


def in_order(offers: Iterable[Offer], wanted: Size) -> list[Offer]:
    """The offers that can be read, the one to be tried first in front; one for each format and size."""
    readable = [offer for offer in offers if offer.format in READABLE]
    return sorted(readable, key=lambda offer: _distance(offer, wanted))


def _distance(offer: Offer, wanted: Size) -> tuple[float, bool, int]:
    """The size counts by its pixels; one that is larger loses nothing of the room."""
    width, height = offer.size
    missing = max(0, wanted[0] - width) + max(0, wanted[1] - height)
    beyond = max(0, width - wanted[0]) + max(0, height - wanted[1])
    slow = offer.rate is not None and offer.rate < ENOUGH / 2
    return 4.0 * missing + beyond, slow, READABLE.index(offer.format)


def nearest_step(wanted: int, least: int, most: int, step: int) -> int:
    """The value that a stepwise range offers for a wanted one."""
    inside = min(max(wanted, least), most)
    return least + round((inside - least) / max(1, step)) * max(1, step) if inside < most else most
