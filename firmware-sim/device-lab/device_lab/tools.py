"""A second disk for the device, read-only, with what the lab runs inside it, and the recordings that it plays."""

import shutil
from pathlib import Path

import cv2
from guest.player import HEADER

from device_lab.host import LabRefused, run

HERE = Path(__file__).parents[1]
RECORDINGS = HERE.parent / "recordings"
PLAYED = ("covered_sleeper", "empty_made")


def tools_disk(folder: Path) -> Path:
    """Made anew for each run: it takes some seconds."""
    tree = folder / "tools"
    shutil.copytree(HERE / "guest", tree, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "recordings").mkdir()
    for name in PLAYED:
        take_apart(RECORDINGS / f"{name}.avi", tree / "recordings" / f"{name}.grey")
    image = folder / "tools.img"
    run("mke2fs", "-q", "-t", "ext4", "-d", tree, image, "256M")
    shutil.rmtree(tree)
    return image


def take_apart(film: Path, grey: Path) -> None:
    """A film as the device's player wants it: uncompressed and grey. Raises LabRefused."""
    reader = cv2.VideoCapture(str(film))
    if not reader.isOpened():
        raise LabRefused(f"{film} cannot be read as a film")
    width, height = (int(reader.get(each)) for each in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    with grey.open("wb") as file:
        file.write(HEADER.pack(width, height))
        while (read := reader.read())[0]:
            file.write(cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY).tobytes())
    reader.release()
