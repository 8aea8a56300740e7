"""`nattro bench`: what each stage costs, and other people's nets beside ours. No test here knows a stopwatch."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from vision import frame_path
from vision.integrity import _Scales

Printed = pytest.CaptureFixture[str]


def write_peer(path: Path, shape: list[int | str]) -> Path:
    """Somebody's net that gives back its picture."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("images", "out")]
    graph = helper.make_graph([helper.make_node("Identity", ["images"], ["out"])], "peer", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_every_stage_of_a_look_is_timed_and_compared_with_the_net(net_folder: Path, capsys: Printed) -> None:
    assert frame_path.main(["--rounds", "3", "--model", str(net_folder), "--json"]) == 0
    stages = json.loads(capsys.readouterr().out)["stages"]
    assert stages[0]["nets"] == 1.0
    assert {"decode MJPEG", "movement", "quality", "moved?"} <= {stage["name"] for stage in stages}
    for stage in stages:
        assert stage["milliseconds"] > 0
        assert stage["of_core"] == pytest.approx(stage["milliseconds"] / 1000 * stage["per_second"])


def test_a_peer_is_timed_beside_our_net_and_counts_in_no_sum(
    tmp_path: Path, net_folder: Path, capsys: Printed
) -> None:
    peer = write_peer(tmp_path / "peer.onnx", ["n", 3, "height", 64])
    assert frame_path.main(["--rounds", "2", "--model", str(net_folder), "--peer", str(peer)]) == 0
    printed = capsys.readouterr().out
    assert "peer.onnx" in printed
    assert "A frame costs" in printed


@pytest.mark.parametrize(
    ("shape", "says"), [([1, 10], "one picture as its input"), ([1, 3, 9000, 9], "at most")]
)
def test_a_peer_that_takes_no_picture_is_refused(
    tmp_path: Path, net_folder: Path, capsys: Printed, shape: list[int | str], says: str
) -> None:
    peer = write_peer(tmp_path / "peer.onnx", shape)
    assert frame_path.main(["--model", str(net_folder), "--peer", str(peer)]) == 2
    assert says in capsys.readouterr().err


def test_a_peer_that_is_no_net_is_refused(tmp_path: Path, net_folder: Path, capsys: Printed) -> None:
    (tmp_path / "peer.onnx").write_text("no net")
    assert frame_path.main(["--model", str(net_folder), "--peer", str(tmp_path / "peer.onnx")]) == 2
    assert "cannot be loaded" in capsys.readouterr().err


def test_a_missing_net_is_one_clear_error(tmp_path: Path, capsys: Printed) -> None:
    assert frame_path.main(["--model", str(tmp_path)]) == 3
    assert "manifest.json cannot be read" in capsys.readouterr().err


def test_a_scale_is_blurred_only_once() -> None:
    scales = _Scales(np.zeros((20, 20), np.uint8))
    assert scales.at(2.0) is scales.at(2.0)
