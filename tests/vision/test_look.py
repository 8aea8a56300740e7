"""`nattro look` as somebody uses it for the first time: good input, bad input, and what it prints."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.bedroom import BED_TEXT, Bedroom, write_picture
from tests.vision.conftest import write_net
from vision import look, session
from vision.occupancy import OccupancyNet

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_net(net_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "load_net", lambda: OccupancyNet.load(net_folder))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return write_picture(tmp_path / "bed.png", Bedroom(bed_level=165).picture())


def run(*arguments: object) -> int:
    """The exit code; argparse's own way out included."""
    try:
        return look.main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        return int(exit_.code or 0)


def test_a_picture_gives_one_json_object_without_a_movement_cue(picture: Path, capsys: Printed) -> None:
    assert run(picture, "--bed", BED_TEXT, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == "in_bed"
    assert 0.9 < answer["p_occupied"] <= 1
    assert answer["reasons"] == ["person_seen"]
    assert answer["frames"] == 1
    assert "appearance" in answer["cues"]
    assert not {"movement", "coarse_movement", "same_bytes_seconds"} & set(answer["cues"])


def test_a_video_gives_movement_too(films: Path, capsys: Printed) -> None:
    assert run(films / "sleeper.avi", "--bed", BED_TEXT, "--seconds", 15, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == "in_bed"
    assert answer["seconds"] >= 5
    assert "coarse_movement" in answer["cues"]


def test_people_get_sentences(films: Path, capsys: Printed) -> None:
    assert run(films / "covered.avi", "--bed", BED_TEXT) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("the camera cannot see the bed\n  the camera is covered\n")
    assert "structure" in printed


def test_a_reference_tells_a_moved_camera(tmp_path: Path, capsys: Printed) -> None:
    empty = Bedroom(bed_level=60)
    reference = write_picture(tmp_path / "empty.png", empty.picture())
    moved = write_picture(tmp_path / "moved.png", empty.turned(5.0, 20.0))
    assert run(moved, "--bed", BED_TEXT, "--reference", reference, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["p_occupied"], answer["reasons"]) == ("camera_fault", None, ["moved"])


def test_a_reference_of_another_size_is_named(tmp_path: Path, picture: Path, capsys: Printed) -> None:
    small = cv2.resize(Bedroom(bed_level=60).picture(), (1280, 960))
    reference = write_picture(tmp_path / "empty.png", np.asarray(small, np.uint8))
    assert run(picture, "--bed", BED_TEXT, "--reference", reference, "--json") == 0
    assert json.loads(capsys.readouterr().out)["reasons"] == ["resolution"]


def test_the_overlay_is_a_picture_of_the_same_size(picture: Path, tmp_path: Path, capsys: Printed) -> None:
    overlay = tmp_path / "out.png"
    assert run(picture, "--bed", BED_TEXT, "--overlay", overlay) == 0
    drawn = cv2.imread(str(overlay))
    assert drawn is not None
    assert drawn.shape == (480, 640, 3)
    assert "in bed" in capsys.readouterr().out


def test_an_overlay_is_never_written_from_a_camera(tmp_path: Path, capsys: Printed) -> None:
    overlay = tmp_path / "out.png"
    assert run("/dev/null", "--installing", "--bed", BED_TEXT, "--overlay", overlay) == look.BAD_INPUT
    assert "never writes a camera's picture" in capsys.readouterr().err
    assert not overlay.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{missing}"], 2, "No such file"),
        (["{letter}.png"], 2, "not a picture"),
        (["{letter}.avi"], 2, "not a video"),
        (["{folder}"], 2, "neither a picture, nor a video, nor a camera"),
        (["{short}"], 2, "at least 3 s"),
        (["/dev/video-of-nobody"], 2, "only at its installation: --installing"),
        (["/dev/video-of-nobody", "--installing"], 3, "plugged in"),
        (["/dev/null", "--installing"], 3, "not a video capture device"),
        (["{picture}", "--bed", "1,2 3,4"], 2, "not four corners"),
        (["{picture}", "--bed", "a,b c,d e,f g,h"], 2, "not four corners"),
        (["{picture}", "--bed", "430,110 210,110 140,430 500,430"], 2, "wrong way"),
        (["{picture}", "--bed", "0,0 5000,0 5000,400 0,400"], 2, "outside the picture"),
        (["{picture}", "--reference", "{missing}"], 2, "--reference"),
        (["{picture}", "--overlay", "out.jpg"], 2, "does not end in .png"),
        (["{picture}", "--overlay", "/nowhere/out.png"], 2, "no folder"),
        (["{picture}", "--seconds", "soon"], 2, "no length of a look"),
        (["{picture}", "--brightness", "7"], 2, "unrecognized arguments"),
    ],
)
def test_bad_input_is_told_in_one_line_and_by_the_exit_code(
    arguments: list[str], code: int, words: str, picture: Path, films: Path, tmp_path: Path, capsys: Printed
) -> None:
    for suffix in (".png", ".avi"):
        (tmp_path / f"letter{suffix}").write_text("Dear Sir")
    places = {"missing": tmp_path / "missing.png", "letter": tmp_path / "letter", "folder": tmp_path}
    places |= {"picture": picture, "short": films / "short.avi"}
    filled = [argument.format(**places) for argument in arguments]
    if "--bed" not in filled:
        filled += ["--bed", BED_TEXT]
    assert run(*filled) == code
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.startswith("nattro look:")
    assert said.out == ""


@pytest.mark.parametrize("ailment", ["missing", "corrupt"])
def test_a_model_that_cannot_be_used_is_trouble(
    ailment: str, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    folder = write_net(tmp_path / "models")
    if ailment == "missing":
        (folder / "net.onnx").unlink()
    else:
        (folder / "net.onnx").write_bytes(b"not a net")
    monkeypatch.undo()
    load = OccupancyNet.load
    monkeypatch.setattr(OccupancyNet, "load", lambda: load(folder))
    assert run(picture, "--bed", BED_TEXT) == look.TROUBLE
    assert "reinstall nattro" in capsys.readouterr().err


def test_it_runs_as_a_module_with_the_net_that_is_installed(
    picture: Path, worker_environment: dict[str, str], tmp_path: Path
) -> None:
    shutil.copy(picture, tmp_path / "here.png")
    done = subprocess.run(
        [sys.executable, "-m", "vision.look", "here.png", "--bed", BED_TEXT, "--json"],
        env=worker_environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["model"] == "bright-beds-1"
    assert done.stderr == ""


FLAT = "40,100 280,100 310,112 10,112"


def test_a_camera_that_looks_at_the_bed_from_the_side_is_advised_against(
    picture: Path, capsys: Printed
) -> None:
    assert run(picture, "--bed", FLAT, "--json") == look.REACHED
    assert "Mount it higher" in json.loads(capsys.readouterr().out)["advice"]
    assert run(picture, "--bed", BED_TEXT, "--json") == look.REACHED
    assert json.loads(capsys.readouterr().out)["advice"] is None


def test_the_process_ends_with_its_exit_code_though_its_source_reads_in_a_thread(tmp_path: Path) -> None:
    """OpenCV aborts an interpreter that ends while a thread of its is at work."""
    command = [
        sys.executable,
        "-m",
        "vision.look",
        str(tmp_path / "no-camera"),
        "--installing",
        "--bed",
        BED_TEXT,
    ]
    for source, code in (("/dev/video-none", look.TROUBLE), (str(tmp_path / "none.avi"), look.BAD_INPUT)):
        command[3] = source
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        assert done.stderr.count("\n") == 1


def test_the_help_teaches_the_corners_and_the_exit_codes(capsys: Printed) -> None:
    assert run("--help") == 0
    printed = capsys.readouterr().out
    for words in ("head-left, head-right, foot-right, foot-left", "exit codes", "200 times"):
        assert words in printed
