"""Writes Motion-JPEG AVI files.

OpenCV's writer re-encodes every picture; here the JPEGs go in as they are, so that a frozen camera's film
holds the same bytes again and again, and the files are the same on every machine. Layout: Microsoft's AVI
RIFF reference.
"""

import struct
from pathlib import Path

_HAS_INDEX = 0x10
_KEY_FRAME = 0x10


def write_avi(path: Path, jpegs: list[bytes], width: int, height: int, frames_per_second: int) -> None:
    """Writes the pictures as a film."""
    frames = [_chunk(b"00dc", jpeg) for jpeg in jpegs]
    movie = _list(b"movi", b"".join(frames))
    header = _list(
        b"hdrl",
        _main_header(jpegs, width, height, frames_per_second)
        + _stream(jpegs, width, height, frames_per_second),
    )
    body = b"AVI " + header + movie + _index(frames)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)


def _main_header(jpegs: list[bytes], width: int, height: int, rate: int) -> bytes:
    largest = max(map(len, jpegs))
    return _chunk(b"avih", struct.pack("<14I", 1_000_000 // rate, largest * rate, 0, _HAS_INDEX, len(jpegs), 0, 1,
                                       largest, width, height, 0, 0, 0, 0))  # fmt: skip


def _stream(jpegs: list[bytes], width: int, height: int, rate: int) -> bytes:
    largest = max(map(len, jpegs))
    header = struct.pack("<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, rate, 0, len(jpegs), largest,
                         0xFFFFFFFF, 0, 0, 0, width, height)  # fmt: skip
    bitmap = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    return _list(b"strl", _chunk(b"strh", header) + _chunk(b"strf", bitmap))


def _index(frames: list[bytes]) -> bytes:
    entries, offset = [], 4
    for frame in frames:
        entries.append(
            struct.pack("<4sIII", b"00dc", _KEY_FRAME, offset, struct.unpack_from("<I", frame, 4)[0])
        )
        offset += len(frame)
    return _chunk(b"idx1", b"".join(entries))
