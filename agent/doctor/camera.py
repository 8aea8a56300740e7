"""The camera: whether it is plugged in, told without opening it."""

from pathlib import Path

from agent.doctor.findings import Outcome, fault, ok, warning
from agent.doctor.visit import Visit

STABLE = Path("/dev/v4l")
"""Names below it follow the camera, not the order in which the kernel found it."""


def present(visit: Visit) -> Outcome:
    camera = visit.config.camera
    if not camera.is_device:
        there = camera.node.is_file()
        return ok("recording", source=camera.source) if there else fault("missing", source=camera.source)
    node = visit.root / camera.node.relative_to("/")
    others = cameras(visit.root)
    if not node.exists():
        return fault("missing", source=camera.source, others=", ".join(others) or "-")
    if len(others) > 1 and not camera.node.is_relative_to(STABLE):
        return warning("several", source=camera.source, others=", ".join(others))
    return ok(source=camera.source)


def cameras(root: Path) -> list[str]:
    """The cameras that the kernel knows, one node each: a USB camera's second node carries no picture."""
    found = []
    for node in sorted((root / "sys/class/video4linux").glob("video*")):
        try:
            first = (node / "index").read_text(encoding="ascii").strip() == "0"
            name = (node / "name").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if first:
            found.append(f"/dev/{node.name} ({name})")
    return found
