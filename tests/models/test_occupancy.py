"""The net as it is shipped: checked before use, calibrated, and right about the recordings."""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from firmware_sim.scene.recordings import FOLDER
from vision.occupancy import ModelRefused, OccupancyNet, prepare
from vision.region import VIEW_HEIGHT, VIEW_WIDTH, BedRegion, Grey, RegionError

MODELS = Path(str(resources.files("models")))
STEEP = [[262.0, 120.0], [381.0, 120.0], [420.0, 400.0], [220.0, 400.0]]


@pytest.fixture(scope="module")
def net() -> OccupancyNet:
    return OccupancyNet.load()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the net and its manifest, to be damaged."""
    for name in ("manifest.json", "bed_occupancy.onnx"):
        shutil.copy(MODELS / name, tmp_path / name)
    return tmp_path


def recorded(name: str, seconds: tuple[float, ...]) -> tuple[list[Grey], BedRegion]:
    """Pictures of a recording at some seconds, and the bed in them."""
    capture = cv2.VideoCapture(str(FOLDER / f"{name}.avi"))
    shown = []
    for second in seconds:
        capture.set(cv2.CAP_PROP_POS_FRAMES, round(10 * second))
        good, pixels = capture.read()
        assert good
        shown.append(np.ascontiguousarray(pixels[..., 0], dtype=np.uint8))
    bed = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["bed"]
    return shown, BedRegion(bed, 640, 480)


def with_manifest(folder: Path, **changes: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | changes), encoding="utf-8")


def test_the_manifest_describes_the_net_that_lies_beside_it() -> None:
    manifest = json.loads((MODELS / "manifest.json").read_text(encoding="utf-8"))
    assert hashlib.sha256((MODELS / manifest["file"]).read_bytes()).hexdigest() == manifest["sha256"]
    assert manifest["trained"]["parameters"] <= 2_000_000


def flip_a_byte(folder: Path) -> None:
    graph = bytearray((folder / "bed_occupancy.onnx").read_bytes())
    graph[len(graph) // 2] ^= 0xFF
    (folder / "bed_occupancy.onnx").write_bytes(graph)


def another_graph(folder: Path) -> None:
    """A proper ONNX graph with its right hash that takes something else."""
    told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("view", "logit")]
    graph = helper.make_graph([helper.make_node("Relu", ["view"], ["logit"])], "other", told[:1], told[1:])
    data = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    (folder / "bed_occupancy.onnx").write_bytes(data)
    with_manifest(folder, sha256=hashlib.sha256(data).hexdigest())


def no_graph(folder: Path) -> None:
    (folder / "bed_occupancy.onnx").write_bytes(b"no graph")
    with_manifest(folder, sha256=hashlib.sha256(b"no graph").hexdigest())


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (flip_a_byte, "SHA-256"),
        (lambda folder: (folder / "bed_occupancy.onnx").unlink(), "bed_occupancy.onnx cannot be read"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "no manifest"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "no manifest"),
        (lambda folder: with_manifest(folder, format=99), "format 99"),
        (lambda folder: with_manifest(folder, temperature=0), "temperature must be above 0"),
        (another_graph, "takes .* not `view`"),
        (no_graph, "cannot be loaded"),
    ],
)
def test_a_damaged_net_is_refused_with_where_and_how_to_mend_it(
    copy: Path, damage: Callable[[Path], object], text: str
) -> None:
    damage(copy)
    with pytest.raises(ModelRefused, match=text) as refusal:
        OccupancyNet.load(copy)
    assert str(copy) in str(refusal.value)
    assert "reinstall nattro" in str(refusal.value)


def test_the_copy_that_nobody_damaged_is_taken(copy: Path, net: OccupancyNet) -> None:
    assert OccupancyNet.load(copy).version == net.version


@pytest.mark.parametrize(
    ("film", "seconds", "least", "most"),
    [
        ("covered_sleeper", (0.5, 9, 19), 0.7, 1.0),
        ("sleeper_day", (0.5, 9, 19), 0.6, 1.0),
        ("empty_made", (0.5, 9, 19), 0.0, 0.3),
        ("empty_messy", (0.5, 9, 19), 0.0, 0.3),
        ("gets_up", (0.5, 9, 19), 0.7, 1.0),
        ("gets_up", (33, 42, 51), 0.0, 0.3),
        ("comes_back", (0.5, 9, 19), 0.0, 0.3),
        ("comes_back", (33, 42, 51), 0.7, 1.0),
    ],
)
def test_the_net_is_right_about_the_recordings(
    net: OccupancyNet, film: str, seconds: tuple[float, ...], least: float, most: float
) -> None:
    pictures, region = recorded(film, seconds)
    chance = float(np.mean([net.chance(picture, region) for picture in pictures]))
    assert least <= chance <= most


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_picture_gives_a_chance_and_no_error(net: OccupancyNet, grey: int) -> None:
    assert 0 <= net.chance(np.full((480, 640), grey, np.uint8), BedRegion(STEEP, 640, 480)) <= 1


def test_noise_gives_a_chance_between_nothing_and_one(net: OccupancyNet) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640), np.uint8)
    assert 0 <= net.chance(noise, BedRegion(STEEP, 640, 480)) <= 1


def test_a_mirrored_bed_is_as_occupied_as_the_bed(net: OccupancyNet) -> None:
    (picture,), region = recorded("covered_sleeper", (5,))
    mirrored = BedRegion([(639 - x, y) for x, y in region.corners[[1, 0, 3, 2]]], 640, 480)
    flipped = np.ascontiguousarray(picture[:, ::-1])
    assert net.chance(flipped, mirrored) == pytest.approx(net.chance(picture, region), abs=0.05)


def test_the_chance_rises_with_the_logit_and_never_leaves_its_range(net: OccupancyNet) -> None:
    chances = [net.calibrated(logit) for logit in (-1e9, -3.0, 0.0, 3.0, 1e9)]
    assert chances == sorted(chances)
    assert chances[0] >= 0
    assert chances[-1] <= 1


def test_a_picture_of_another_size_is_refused(net: OccupancyNet) -> None:
    with pytest.raises(RegionError, match="mark the corners again"):
        net.chance(np.zeros((240, 320), np.uint8), BedRegion(STEEP, 640, 480))


def test_exposure_hardly_changes_what_the_net_sees() -> None:
    (picture,), region = recorded("covered_sleeper", (5,))
    view = region.rectified(picture)
    brighter = np.clip(1.3 * view.picture.astype(np.float32), 0, 255).astype(np.uint8)
    seen, seen_brighter = (prepare(one, view.outline()) for one in (view.picture, brighter))
    assert seen.shape == (5, VIEW_HEIGHT, VIEW_WIDTH)
    assert seen.dtype == np.float32
    assert np.abs(seen - seen_brighter).mean() < 0.1


def test_the_net_is_loaded_without_anything_heavy_but_onnx_runtime() -> None:
    code = "import sys, vision.occupancy; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "numba", "onnx", "scipy", "firmware_sim", "models.training"} & set(loaded)


def test_the_graph_is_valid_onnx() -> None:
    onnx.checker.check_model(onnx.load(MODELS / "bed_occupancy.onnx"))
