"""The net: whether the file is the one that its manifest names. The net itself is loaded by the worker alone."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import msgspec

from agent.doctor.findings import Outcome, fault, ok
from agent.doctor.visit import Visit

MANIFEST = "manifest.json"


class _Manifest(msgspec.Struct):
    file: str
    sha256: str
    version: str


def matches_its_manifest(_visit: Visit) -> Outcome:
    return compare(installed())


def compare(folder: Path) -> Outcome:
    """The net in `folder` against the manifest beside it."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest)
        found = hashlib.sha256((folder / manifest.file).read_bytes()).hexdigest()
    except (OSError, msgspec.DecodeError) as error:
        return fault("unreadable", detail=str(error))
    if found != manifest.sha256:
        return fault("damaged", file=manifest.file, found=found[:12], expected=manifest.sha256[:12])
    return ok(version=manifest.version, sha256=found[:12])


def installed() -> Path:
    """The folder of the shipped net, found without importing anything of it."""
    spec = find_spec("models")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("nattro's folder `models` is not installed")
    return Path(next(iter(spec.submodule_search_locations)))
