"""Runs in the device: plays a recording into a v4l2loopback node, as a camera that gives Motion JPEG.

    player.py /lab/recordings/covered_sleeper.avi /dev/video42

Forwards, backwards, forwards …: a film that begins anew would jump, and a look would see that.
"""

import fcntl
import itertools
import os
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

S_FMT = 0xC0D05605  # VIDIOC_S_FMT, linux/videodev2.h, 64-bit
OUTPUT = 2
FRAMES_PER_SECOND = 10


def main(film: str, node: str) -> None:
    data = Path(film).read_bytes()
    frames = list(pictures(data))
    width, height = struct.unpack_from("<II", data, data.index(b"avih") + 8 + 32)
    camera = os.open(node, os.O_WRONLY)
    largest = max(map(len, frames))
    wanted = struct.pack("<I4xII4sIII", OUTPUT, width, height, b"MJPG", 1, 0, largest)
    fcntl.ioctl(camera, S_FMT, bytearray(wanted.ljust(208, b"\0")))
    there_and_back = itertools.cycle(frames + frames[-2:0:-1])
    due = time.monotonic()
    for frame in there_and_back:
        os.write(camera, frame)
        due = max(due + 1 / FRAMES_PER_SECOND, time.monotonic())
        time.sleep(due - time.monotonic() if due > time.monotonic() else 0)


def pictures(data: bytes) -> Iterator[bytes]:
    """The pictures of an AVI file, in order."""
    at = data.index(b"movi") + 4
    while data[at : at + 4] == b"00dc":
        (size,) = struct.unpack_from("<I", data, at + 4)
        yield data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


if __name__ == "__main__":
    main(*sys.argv[1:])
