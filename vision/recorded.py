"""A file as a source: a single picture, or a film."""

from pathlib import Path

import cv2

from vision.capture import Source
from vision.recording import Recording
from vision.still import Still

PICTURES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".tif", ".tiff", ".webp"}


def recorded(path: Path) -> tuple[Source, bool]:
    """The source that a file is, and whether it is a single picture. What is wrong with it shows when it opens."""
    if path.suffix.lower() in PICTURES or cv2.haveImageReader(str(path)):
        return Still(path), True
    return Recording(path), False
