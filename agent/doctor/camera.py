"""The camera: whether its name means one that is plugged in, told by the kernel and udev without opening it."""

import re
from pathlib import Path

import msgspec

from agent.doctor.findings import Outcome, fault, ok, warning
from agent.doctor.visit import Visit

STABLE = Path("/dev/v4l")
"""Names below it follow the camera, not the order in which the kernel found it."""
_USB = re.compile(r"^usb:(?P<model>[0-9a-f]{4}:[0-9a-f]{4})(?::(?P<serial>.+))?$", re.IGNORECASE)


class Seen(msgspec.Struct, frozen=True):
    """A camera as /sys tells of it. model: `vendor:product`, empty if it sits on no USB."""

    node: str
    name: str
    model: str = ""
    serial: str = ""

    def __str__(self) -> str:
        usb = f", usb:{self.model}{f':{self.serial}' if self.serial else ''}" if self.model else ""
        return f"{self.node} ({self.name}{usb})"


def present(visit: Visit) -> Outcome:
    camera = visit.config.camera
    if not camera.is_device:
        is_film = camera.node.is_file()
        return ok("recording", source=camera.source) if is_film else fault("no_film", source=camera.source)
    there = cameras(visit)
    told = ", ".join(map(str, there)) or "-"
    if camera.is_node:
        if not plugged_in(visit):
            return fault("missing", source=camera.source, others=told)
        several = len(there) > 1 and not camera.node.is_relative_to(STABLE)
        return warning("several", source=camera.source, others=told) if several else ok(source=camera.source)
    meant = [each for each in there if _is_meant(camera.name, each)]
    if not meant:
        return fault("missing", source=camera.source, others=told)
    if len(meant) > 1:
        return fault("ambiguous", source=camera.source, others=told)
    return ok(source=f"{camera.source}: {meant[0]}")


def plugged_in(visit: Visit) -> bool:
    """Whether the configured camera is there now."""
    camera = visit.config.camera
    if camera.is_node:
        return (visit.root / camera.node.relative_to("/")).exists()
    return any(_is_meant(camera.name, each) for each in cameras(visit))


def cameras(visit: Visit) -> list[Seen]:
    """What pictures come out of, lowest number first: a USB camera's second node carries none."""
    nodes = sorted((visit.root / "sys/class/video4linux").glob("video*"), key=_number)
    return [_described(visit, node) for node in nodes if _captures(visit, node)]


def _captures(visit: Visit, node: Path) -> bool:
    """As udev found out by asking the driver; without its word the first node of a camera is the one."""
    told = visit.text(f"run/udev/data/c{visit.text(node / 'dev')}") or ""
    abilities = [line for line in told.splitlines() if line.startswith("E:ID_V4L_CAPABILITIES=")]
    if abilities:
        return ":capture:" in abilities[0]
    return visit.text(node / "index") in {"0", None}


def _described(visit: Visit, node: Path) -> Seen:
    usb = next((up for up in node.resolve().parents if (up / "idVendor").is_file()), None)
    name = visit.text(node / "name") or "?"
    if usb is None:
        return Seen(f"/dev/{node.name}", name)
    model = f"{visit.text(usb / 'idVendor')}:{visit.text(usb / 'idProduct')}"
    return Seen(f"/dev/{node.name}", name, model, visit.text(usb / "serial") or "")


def _is_meant(name: str, camera: Seen) -> bool:
    if name == "only":
        return True
    wanted = _USB.match(name)
    if wanted is None or wanted["model"].lower() != camera.model:
        return False
    return wanted["serial"] in {None, camera.serial}


def _number(node: Path) -> int:
    return int(node.name.removeprefix("video") or "0")
