"""Anybody can drop a recording with its side file beside the shipped ones, of another home than theirs."""

import shutil
import time
from pathlib import Path

import cv2
import pytest

from agent.core.actions import StartLook
from agent.core.events import LookReport
from firmware_sim import films
from firmware_sim.films import FilmError, Take, empty_bed
from firmware_sim.full.worker import WorkerEyes
from firmware_sim.observe import RealClock

WIDTH = 640
SIDE_FILE = """
bed = [[158.7, 184.4], [277.5, 140.2], [523.4, 303.9], [384.6, 417.9]]
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings with the shipped home in it, and a mirrored home of somebody's own."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in ("empty_made.toml", "empty_made.avi", "reference_empty.png"):
        shutil.copy(films.RECORDINGS / name, folder)
    _mirror(films.RECORDINGS / "covered_sleeper.avi", folder / "mine.avi")
    (folder / "mine.toml").write_text(SIDE_FILE)
    monkeypatch.setattr(films, "RECORDINGS", folder)
    return folder


def _mirror(source: Path, target: Path) -> None:
    film = cv2.VideoCapture(str(source))
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"MJPG"), 10, (WIDTH, 480))
    while (read := film.read())[0]:
        writer.write(cv2.flip(read[1], 1))
    writer.release()
    film.release()


def _looked(folder: Path) -> LookReport:
    deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + 60
    eye = WorkerEyes(folder, RealClock()).open(StartLook("own", 20.0, deadline=deadline), Take("mine"))
    try:
        report = eye.watch(20.0)
    finally:
        eye.close()
    assert isinstance(report, LookReport), report
    return report


def test_a_film_of_another_home_is_not_held_against_the_shipped_homes_reference(
    shelf: Path, tmp_path: Path
) -> None:
    assert empty_bed("empty_made") == shelf / "reference_empty.png"
    assert empty_bed("mine") is None
    assert _looked(tmp_path / "references").verdict == "in_bed"


def test_a_film_can_name_its_own_reference(shelf: Path, tmp_path: Path) -> None:
    empty = cv2.imread(str(shelf / "reference_empty.png"))
    assert empty is not None
    cv2.imwrite(str(shelf / "mine_empty.png"), cv2.flip(empty, 1))
    (shelf / "mine.toml").write_text('reference = "mine_empty.png"' + SIDE_FILE)
    report = _looked(tmp_path / "references")
    assert report.verdict == "in_bed"
    assert "landmarks" in report.cues


def test_a_reference_that_is_not_there_is_named(shelf: Path) -> None:
    (shelf / "mine.toml").write_text('reference = "none.png"' + SIDE_FILE)
    with pytest.raises(FilmError, match="none"):
        empty_bed("mine")
