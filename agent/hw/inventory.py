"""What the device is made of, for the owner's list of parts: read from the firmware, the kernel and udev."""

import os
from collections.abc import Callable
from pathlib import Path

from agent.core.events import InventoryTaken
from agent.core.facts import CameraIdentity, Inventory
from agent.ports import Post

_MODEL = ("proc/device-tree/model", "sys/class/dmi/id/product_name")
_SERIAL = ("proc/device-tree/serial-number",)
"""A PC's serial number is for root alone; a Raspberry Pi's is for everybody."""


class Stocktaking:
    """Posts the inventory at the start and whenever it differs: the camera is what comes and goes."""

    def __init__(
        self,
        post: Post,
        parts: Callable[[CameraIdentity | None], Inventory],
        camera: Callable[[], CameraIdentity | None],
    ) -> None:
        self._post = post
        self._parts = parts
        self._camera = camera
        self._told: Inventory | None = None

    def tell(self) -> None:
        """Post InventoryTaken if it is news."""
        found = self._parts(self._camera())
        if found != self._told:
            self._told = found
            self._post(InventoryTaken(found))


def board(root: Path = Path("/")) -> dict[str, str]:
    """Model and serial number of the board, the system and its kernel; empty where unknown."""
    machine = os.uname()
    return {
        "board": _first(root, _MODEL),
        "serial": _first(root, _SERIAL),
        "system": _system(root),
        "kernel": machine.release,
        "architecture": machine.machine,
    }


def _system(root: Path) -> str:
    for line in _text(root / "etc/os-release").splitlines():
        key, _, value = line.partition("=")
        if key == "PRETTY_NAME":
            return value.strip('"')
    return ""


def _first(root: Path, files: tuple[str, ...]) -> str:
    return next((text for file in files if (text := _text(root / file))), "")


def _text(file: Path) -> str:
    """The firmware ends its texts with a zero byte."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip(" \n\0")
    except OSError:
        return ""
