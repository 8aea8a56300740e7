"""How likely it is that the bed is occupied, judged by the small net in `models` from one picture.

Nothing heavy is imported but cv2, numpy and onnxruntime. Training prepares its pictures exactly as `prepare`
does.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

from vision.region import VIEW_HEIGHT, VIEW_WIDTH, BedRegion, Floats, Grey, View

CHANNELS = 5
FORMAT = 1
MANIFEST = "manifest.json"
NARROW, WIDE = 9, 31
GLOBAL_FLOOR, LOCAL_FLOOR = 4.0, 5.0
_MEND = "reinstall nattro, or train the net anew with `make train`"


class ModelRefused(Exception):
    """The net cannot be used; the text says what is wrong, where, and how to mend it."""


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says about the net. temperature, bias: turn its logit into a calibrated chance."""

    file: str
    sha256: str
    version: str
    temperature: float
    bias: float


class OccupancyNet:
    """The net, loaded and checked. Not safe for use by several threads at once."""

    def __init__(self, session: onnxruntime.InferenceSession, manifest: Manifest) -> None:
        self._session, self._manifest = session, manifest

    @classmethod
    def load(cls, folder: Path | None = None) -> "OccupancyNet":
        """The net in `folder`, or the one that nattro ships. Raises ModelRefused."""
        where: Traversable = folder if folder is not None else resources.files("models")
        manifest = _read_manifest(where / MANIFEST)
        graph = _read(where / manifest.file)
        found = hashlib.sha256(graph).hexdigest()
        if found != manifest.sha256:
            raise ModelRefused(
                f"{where / manifest.file} is not the net that {MANIFEST} describes (SHA-256 {found[:12]}…, expected"
                f" {manifest.sha256[:12]}…): it is damaged or was exchanged; {_MEND}"
            )
        return cls(_session(graph, str(where / manifest.file)), manifest)

    @property
    def version(self) -> str:
        """Version of the net, as told with every look."""
        return self._manifest.version

    @property
    def sha256(self) -> str:
        """Of the net's file: what a home taught about one net holds for no other."""
        return self._manifest.sha256

    def chance(self, grey: Grey, region: BedRegion) -> float:
        """Chance 0..1 that the bed in a picture (height, width) is occupied: the net's views of it and
        their mirror images, averaged. Raises RegionError for a picture of another size.
        """
        return self.calibrated(self.logit(region.views(grey)))

    def logit(self, views: list[View]) -> float:
        """The net's answer before calibration."""
        batch = np.stack(
            [channels for view in views for channels in _both_ways(prepare(view.picture, view.outline()))]
        )
        return float(np.mean(self.answer(batch)))

    def answer(self, batch: Floats) -> Floats:
        """Logits (n,) of prepared views (n, 5, 128, 96)."""
        (answers,) = self._session.run(None, {"view": batch})
        return np.asarray(answers, np.float32)

    def calibrated(self, logit: float) -> float:
        """A logit as a chance."""
        scaled = (logit + self._manifest.bias) / self._manifest.temperature
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, scaled))))


def prepare(picture: Grey, outline: Floats) -> Floats:
    """(5, 128, 96): the picture evened out as a whole and within 9 and 31 pixels, which takes away
    exposure, fall-off and colour and leaves shape; and the bed's outline.
    """
    grey = picture.astype(np.float32)
    spread = float(grey.std()) + GLOBAL_FLOOR
    return np.stack([(grey - grey.mean()) / spread, _evened(grey, NARROW), _evened(grey, WIDE), *outline])


def _evened(grey: Floats, size: int) -> Floats:
    """Brightness less its surroundings' mean, in units of their spread."""
    mean = cv2.blur(grey, (size, size), borderType=cv2.BORDER_REPLICATE)
    square = cv2.blur(grey * grey, (size, size), borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + LOCAL_FLOOR
    return np.asarray((grey - mean) / spread, np.float32)


def _both_ways(channels: Floats) -> tuple[Floats, Floats]:
    return channels, np.ascontiguousarray(channels[:, :, ::-1])


def _session(graph: bytes, where: str) -> onnxruntime.InferenceSession:
    """A session of one thread that gives memory back: the worker shares a small computer."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions have no common base but this
        raise ModelRefused(f"{where} cannot be loaded by ONNX Runtime: {error}; {_MEND}") from error
    inputs = [(one.name, one.shape[1:]) for one in session.get_inputs()]
    if inputs != [("view", [CHANNELS, VIEW_HEIGHT, VIEW_WIDTH])]:
        raise ModelRefused(
            f"{where} takes {inputs}, not `view` of {[CHANNELS, VIEW_HEIGHT, VIEW_WIDTH]}; {_MEND}"
        )
    return session


def _read(path: Traversable) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path} cannot be read: {error.strerror or error}; {_MEND}") from error


def _read_manifest(path: Traversable) -> Manifest:
    try:
        told: Any = json.loads(_read(path))
        if told["format"] != FORMAT:
            raise ModelRefused(f"{path} has format {told['format']!r}, this nattro reads {FORMAT}; {_MEND}")
        manifest = Manifest(str(told["file"]), str(told["sha256"]), str(told["version"]),
                            float(told["temperature"]), float(told["bias"]))  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise ModelRefused(
            f"{path} is no manifest of a net ({type(error).__name__}: {error}); {_MEND}"
        ) from error
    if not (
        manifest.temperature > 0 and math.isfinite(manifest.temperature) and math.isfinite(manifest.bias)
    ):
        raise ModelRefused(f"{path}: temperature must be above 0 and bias finite; {_MEND}")
    return manifest
