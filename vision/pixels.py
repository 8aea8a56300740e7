"""From a driver's bytes to a grey picture, with as little done to them as the format allows."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capture import COLOURED, Picture
from vision.negotiation import COMPRESSED, Size

Bytes = NDArray[np.uint8]
END_OF_JPEG = b"\xff\xd9"
_STRETCH = np.clip((np.arange(256) - 16) * (255 / 219), 0, 255).round().astype(np.uint8)


class Broken(Exception):
    """A frame that came incomplete."""


@dataclass(frozen=True)
class Layout:
    """How a driver lays out its pictures.

    kind: its format; stride: bytes in a line; limited: luminance runs from 16 to 235, as in television.
    """

    kind: str
    size: Size
    stride: int
    limited: bool = False


def grey(data: Bytes, layout: Layout) -> Picture:
    """The picture's luminance, 0 to 255, in memory of its own. Raises Broken."""
    width, height = layout.size
    if layout.kind in COMPRESSED:
        return _decoded(data, cv2.IMREAD_GRAYSCALE, layout.size)
    lines = _lines(data, height, layout.stride)
    step = 2 if layout.kind in ("YUYV", "UYVY") else 1
    luminance = lines[:, int(layout.kind == "UYVY") : step * width : step]
    return np.asarray(cv2.LUT(luminance.copy(), _STRETCH), np.uint8) if layout.limited else luminance.copy()


def coloured(data: Bytes, layout: Layout) -> bool:
    """Whether it was seen by daylight or lamp, not by infrared. Raises Broken."""
    if layout.kind in COMPRESSED:
        small = _decoded(data, cv2.IMREAD_REDUCED_COLOR_8, None).astype(np.int16)
        return float(np.abs(small[:, :, 0] - small[:, :, 2]).mean()) > COLOURED
    sample = _CHROMA.get(layout.kind)
    if sample is None:
        return False
    u, v = sample(data, layout.size, layout.stride)
    blue_less_red = 1.772 * (u - 128.0) - 1.402 * (v - 128.0)
    return float(np.abs(blue_less_red).mean()) > COLOURED


def _lines(data: Bytes, height: int, stride: int) -> Bytes:
    if data.size < height * stride:
        raise Broken(f"{data.size} bytes; a picture has {height * stride}")
    return data[: height * stride].reshape(height, stride)


def _decoded(data: Bytes, how: int, size: Size | None) -> Bytes:
    """Cameras pad a JPEG with zeros; one without an end was cut short."""
    if data[:2].tobytes() != b"\xff\xd8" or data.tobytes().rfind(END_OF_JPEG) < 0:
        raise Broken("the JPEG is cut short")
    picture = cv2.imdecode(data, how)
    if picture is None or (size is not None and picture.shape[:2] != (size[1], size[0])):
        raise Broken("the JPEG cannot be decoded")
    return np.asarray(picture, np.uint8)


Chroma = tuple[NDArray[np.float32], NDArray[np.float32]]


def _packed(first: int) -> Callable[[Bytes, Size, int], Chroma]:
    """Four bytes tell two pixels; U is the byte `first`, V two bytes after it."""

    def sample(data: Bytes, size: Size, stride: int) -> Chroma:
        sparse = _lines(data, size[1], stride)[::16, : 2 * size[0]].astype(np.float32)
        return sparse[:, first::16], sparse[:, first + 2 :: 16]

    return sample


def _planes(*, interleaved: bool, u_first: bool) -> Callable[[Bytes, Size, int], Chroma]:
    """The chroma follows the luminance at a quarter of its size."""

    def sample(data: Bytes, size: Size, stride: int) -> Chroma:
        height = size[1]
        rest = data[height * stride :]
        quarter = (height // 2) * (stride // 2)
        if rest.size < 2 * quarter:
            raise Broken(f"{data.size} bytes; a picture has {height * stride + 2 * quarter}")
        chosen = rest[: 2 * quarter].astype(np.float32)
        one, other = (chosen[0::2], chosen[1::2]) if interleaved else (chosen[:quarter], chosen[quarter:])
        u, v = (one, other) if u_first else (other, one)
        return u[::16], v[::16]

    return sample


_CHROMA: dict[str, Callable[[Bytes, Size, int], Chroma]] = {
    "YUYV": _packed(1),
    "UYVY": _packed(0),
    "NV12": _planes(interleaved=True, u_first=True),
    "NV21": _planes(interleaved=True, u_first=False),
    "YU12": _planes(interleaved=False, u_first=True),
    "YV12": _planes(interleaved=False, u_first=False),
}
