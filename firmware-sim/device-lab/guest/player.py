"""Runs in the device: plays a recording into a v4l2loopback node, as a camera that gives grey pictures.

    player.py /lab/recordings/covered_sleeper.grey /dev/video42

Forwards, backwards, forwards …: a film that begins anew would jump, and a look would see that. The pictures come
uncompressed (see device_lab/tools.py): an emulated processor has no time to take JPEG apart ten times a second.
"""

import fcntl
import itertools
import mmap
import os
import struct
import sys
import time
from pathlib import Path

S_FMT = 0xC0D05605  # VIDIOC_S_FMT, linux/videodev2.h, 64-bit
OUTPUT, NO_FIELDS, SRGB = 2, 1, 8
FRAMES_PER_SECOND = 10
HEADER = struct.Struct("<II")
"""Of the file: width and height; then the pictures, a byte a pixel."""


def main(film: str, node: str) -> None:
    with Path(film).open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    width, height = HEADER.unpack_from(data)
    size = width * height
    frames = range(HEADER.size, len(data), size)
    camera = os.open(node, os.O_WRONLY)
    wanted = struct.pack("<I4xII4sIIII", OUTPUT, width, height, b"GREY", NO_FIELDS, width, size, SRGB)
    fcntl.ioctl(camera, S_FMT, bytearray(wanted.ljust(208, b"\0")))
    due = time.monotonic()
    for at in itertools.cycle([*frames, *frames[-2:0:-1]]):
        os.write(camera, data[at : at + size])
        due = max(due + 1 / FRAMES_PER_SECOND, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
