"""Whether the bed was shown to the device: what `nattro commission` left, read as the file that it is."""

from pathlib import Path

import msgspec

from agent.doctor.findings import Outcome, fault, ok, warning
from agent.doctor.model import MANIFEST, installed
from agent.doctor.visit import Visit
from vision.protocol import Bed

FILE = "reference.json"
SAME_CORNER = 1.5
"""Pixels by which the configuration's corners may differ from the recorded ones: they may have been rounded."""


class _Manifest(msgspec.Struct):
    sha256: str


class _Learnt(msgspec.Struct):
    net: str
    shift: float
    scale: float


class _Reference(msgspec.Struct):
    bed: Bed
    lights: dict[str, str]
    learnt: _Learnt | None = None


def reference(visit: Visit) -> Outcome:
    """The reference of the empty bed, its corners, and the net that it was recorded with."""
    camera = visit.config.camera
    if camera.reference is None:
        return warning("none")
    try:
        told = msgspec.json.decode((camera.reference / FILE).read_bytes(), type=_Reference)
    except PermissionError:
        raise  # no fault: whoever asks may not read it
    except (OSError, msgspec.DecodeError) as error:
        return fault("unreadable", detail=str(error))
    if _apart(told.bed, camera.bed) > SAME_CORNER:
        return fault("other_bed", pixels=round(_apart(told.bed, camera.bed)))
    lights = ", ".join(sorted(told.lights))
    if told.learnt is None:
        return ok("only_reference", lights=lights)
    if told.learnt.net != _net(installed()):
        return warning("other_net", lights=lights)
    if (told.learnt.shift, told.learnt.scale) != (0.0, 1.0):
        return ok("corrected", lights=lights)
    return ok(lights=lights)


def _apart(one: Bed, other: Bed) -> float:
    """By how many pixels the corners differ most."""
    return max(abs(a - b) for p, q in zip(one, other, strict=True) for a, b in zip(p, q, strict=True))


def _net(folder: Path) -> str:
    """What the manifest says; whether the net is that one is another check's business."""
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest).sha256
