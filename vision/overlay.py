"""A picture with the bed's outline and the verdict drawn in, for whoever marks corners. Never from a camera."""

from pathlib import Path

import cv2
import numpy as np

from vision.capture import Picture
from vision.protocol import Bed

NAMES = ("head left", "head right", "foot right", "foot left")
LINE, DARK = (80, 220, 255), (0, 0, 0)


def write_overlay(picture: Picture, bed: Bed, caption: str, path: Path) -> None:
    """Write a PNG. Raises OSError."""
    drawn = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    scale = max(0.4, picture.shape[1] / 1280)
    corners = np.round(np.asarray(bed, np.float32)).astype(np.int32)
    cv2.polylines(drawn, [corners], isClosed=True, color=LINE, thickness=max(1, round(2 * scale)))
    for name, (x, y) in zip(NAMES, corners.tolist(), strict=True):
        _write(drawn, name, (x + 4, y - 4), scale)
    _write(drawn, caption, (8, round(28 * scale) + 4), scale * 1.3)
    _, encoded = cv2.imencode(".png", drawn)
    path.write_bytes(np.asarray(encoded, np.uint8).tobytes())


def _write(drawn: Picture, text: str, at: tuple[int, int], scale: float) -> None:
    thickness = max(1, round(1.5 * scale))
    for colour, width in ((DARK, 3 * thickness), (LINE, thickness)):
        cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, width, cv2.LINE_AA)
