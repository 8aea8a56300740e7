"""Measuring on a folder of pictures with a list of what they show."""

import csv
import tomllib
from pathlib import Path

import cv2
import pytest

from firmware_sim.scene.recordings import FOLDER
from models.training import measure

COLUMNS = ("file", "label", "bed", "group")


def picture_of(film: str, path: Path) -> str:
    """Saves a recording's first picture; returns the bed's corners as the list has them."""
    good, pixels = cv2.VideoCapture(str(FOLDER / f"{film}.avi")).read()
    assert good
    cv2.imwrite(str(path), pixels)
    bed = tomllib.loads((FOLDER / f"{film}.toml").read_text(encoding="utf-8"))["bed"]
    return " ".join(f"{x},{y}" for x, y in bed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for film, label in (("covered_sleeper", "occupied"), ("empty_made", "empty"), ("gets_up", "mixed")):
            bed = picture_of(film, tmp_path / f"{film}.png")
            table.writerow({"file": f"{film}.png", "label": label, "bed": bed, "group": "recorded"})
    return tmp_path


def test_every_picture_is_judged_and_the_figures_follow(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["measure", str(folder)])
    measure.main()
    told = capsys.readouterr().out
    assert "covered_sleeper.png" in told
    assert "gets_up.png" not in told
    assert "all: 2 pictures, AUC 1.00" in told
    assert "recorded: 1 empty" in told


def test_a_listed_picture_that_is_missing_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "empty_made.png").unlink()
    monkeypatch.setattr("sys.argv", ["measure", str(folder)])
    with pytest.raises(FileNotFoundError, match=r"empty_made\.png named in manifest\.csv"):
        measure.main()
