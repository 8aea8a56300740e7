"""Which cameras there are, and which of them a name means. Nodes are numbered anew at every plugging-in.

A name is a path (best one below /dev/v4l/by-id), `usb:VENDOR:PRODUCT` or `usb:VENDOR:PRODUCT:SERIAL` as `lsusb`
shows them, or `only`: the one camera that is there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vision import v4l2
from vision.capture import CaptureTrouble
from vision.v4l2 import Can, Capability, Kernel

_USB = re.compile(
    r"^usb:(?P<vendor>[0-9a-f]{4}):(?P<product>[0-9a-f]{4})(?::(?P<serial>.+))?$", re.IGNORECASE
)
NAMES = "give /dev/v4l/by-id/…, usb:VENDOR:PRODUCT[:SERIAL], or `only`"


@dataclass(frozen=True)
class Camera:
    """A video node as /sys tells of it. model: `vendor:product`, empty if it sits on no USB."""

    node: Path
    name: str
    model: str = ""
    serial: str = ""

    def __str__(self) -> str:
        usb = f" usb:{self.model}{f':{self.serial}' if self.serial else ''}" if self.model else ""
        return f"{self.node} ({self.name}{usb})"


def listed(root: Path = Path("/")) -> list[Camera]:
    """Every video node, a camera's metadata nodes among them."""
    nodes = (root / "sys/class/video4linux").glob("video*")
    return [_described(node) for node in sorted(nodes, key=lambda node: int(node.name[5:] or "0"))]


def find(name: str, kernel: Kernel, root: Path = Path("/")) -> Path:
    """The node that a name means. Raises CaptureTrouble with a list of what is there."""
    if name.startswith("/"):
        return Path(name)
    wanted = _USB.match(name)
    if name != "only" and not wanted:
        raise CaptureTrouble("refused", f"{name!r} names no camera; {NAMES}")
    named = [camera for camera in listed(root) if _is_meant(camera, wanted)]
    found = [camera for camera in named if can_capture(camera.node, kernel)]
    if len(found) == 1:
        return found[0].node
    if found:
        raise CaptureTrouble("refused", f"{name!r} means more than one camera; {NAMES}: {_told(found)}")
    raise CaptureTrouble("gone", f"no camera {name!r} is plugged in; there are: {_told(listed(root))}")


def can_capture(node: Path, kernel: Kernel) -> bool:
    """Whether pictures come out of this node; one that cannot be asked is left to whoever opens it."""
    try:
        fd = kernel.open(node)
    except OSError:
        return node.exists()
    try:
        return captures(ability(fd, kernel))
    except OSError:
        return False
    finally:
        kernel.close(fd)


def ability(fd: int, kernel: Kernel) -> Capability:
    """What the opened node says of itself. Raises OSError."""
    capability = Capability()
    kernel.ioctl(fd, v4l2.QUERYCAP, capability)
    return capability


def captures(capability: Capability) -> bool:
    """`device_caps` is about this node, `capabilities` about the whole device: its metadata node has them, too."""
    wanted = Can.CAPTURE | Can.STREAM
    return bool(capability.device_caps & wanted == wanted)


def _is_meant(camera: Camera, wanted: "re.Match[str] | None") -> bool:
    if wanted is None:
        return True
    model = f"{wanted['vendor']}:{wanted['product']}".lower()
    return camera.model == model and wanted["serial"] in {None, camera.serial}


def _described(entry: Path) -> Camera:
    usb = next((up for up in entry.resolve().parents if (up / "idVendor").is_file()), None)
    model = f"{_text(usb / 'idVendor')}:{_text(usb / 'idProduct')}" if usb else ""
    serial = _text(usb / "serial") if usb else ""
    return Camera(Path("/dev") / entry.name, _text(entry / "name"), model, serial)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _told(cameras: Iterable[Camera]) -> str:
    return ", ".join(map(str, cameras)) or "none"
