"""A second disk for the device, read-only, with what the lab runs inside it, and the recordings."""

import shutil
from pathlib import Path

from device_lab.host import run

HERE = Path(__file__).parents[1]
RECORDINGS = HERE.parent / "recordings"


def tools_disk(folder: Path) -> Path:
    """Made anew for each run: it takes a second."""
    tree = folder / "tools"
    shutil.copytree(HERE / "guest", tree, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(RECORDINGS, tree / "recordings")
    image = folder / "tools.img"
    run("mke2fs", "-q", "-t", "ext4", "-d", tree, image, "64M")
    return image
