"""What net and verdict say about the recordings, as JSON: `outputs.py RECORDINGS FILE`. Runs on both machines."""

import json
import platform
import resource
import sys
import time
import tomllib
from importlib.metadata import version
from pathlib import Path

begun = time.monotonic()

import cv2  # noqa: E402 - how long the imports take is part of what is told
import numpy as np  # noqa: E402

from vision.occupancy import OccupancyNet  # noqa: E402
from vision.protocol import Bed  # noqa: E402
from vision.recording import Recording  # noqa: E402
from vision.region import BedRegion  # noqa: E402
from vision.session import Session  # noqa: E402

IMPORTED = time.monotonic() - begun
AT_SECONDS = (2, 9, 16, 23)
LOOK_SECONDS = 10.0
LOOKED_AT = ("covered_sleeper", "empty_made")
"""A look takes a minute under emulation."""


def chances(net: OccupancyNet, film: Path) -> dict[str, float]:
    """The chance at some instants of a film, at full precision."""
    region = BedRegion(bed_of(film), 640, 480)
    capture = cv2.VideoCapture(str(film))
    found = {}
    for second in AT_SECONDS:
        capture.set(cv2.CAP_PROP_POS_FRAMES, 10 * second)
        good, pixels = capture.read()
        if good:
            grey = np.ascontiguousarray(pixels[..., 0], dtype=np.uint8)
            found[f"{film.stem} at {second} s"] = float(net.chance(grey, region))
    return found


def look(net: OccupancyNet, film: Path) -> dict[str, object]:
    """A whole look, every cue of it."""
    with Session(Recording(film), bed_of(film), net=net) as session:
        judged = session.watch(LOOK_SECONDS)
        return {"verdict": judged.verdict, "p_occupied": judged.p_occupied, "cues": session.cues()}


def bed_of(film: Path) -> Bed:
    bed: Bed = tomllib.loads(film.with_suffix(".toml").read_text(encoding="utf-8"))["bed"]
    return bed


def main() -> None:
    films = sorted(Path(sys.argv[1]).glob("*.avi"))
    net = OccupancyNet.load()
    found: dict[str, object] = {"machine": platform.machine(), "onnxruntime": version("onnxruntime")}
    before = time.monotonic()
    said = [chances(net, film) for film in films]
    count = sum(map(len, said))
    found["chances"] = {what: chance for each in said for what, chance in each.items()}
    found["seconds a picture"] = (time.monotonic() - before) / count
    before = time.monotonic()
    found["looks"] = {film.stem: look(net, film) for film in films if film.stem in LOOKED_AT}
    found["seconds a look"] = (time.monotonic() - before) / len(LOOKED_AT)
    found["seconds of imports"] = IMPORTED
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


main()
