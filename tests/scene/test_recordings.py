"""The recordings as they are shipped."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from firmware_sim.scene.recordings import FILMS, FOLDER, SEED
from models.training.pictures import HIGHEST_HOME


def side_file(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def frames(name: str, most: int) -> list[np.ndarray[Any, Any]]:
    capture = cv2.VideoCapture(str(FOLDER / f"{name}.avi"))
    read = (capture.read() for _ in range(most))
    return [pixels[..., 0] for good, pixels in read if good]


@pytest.mark.parametrize("name", sorted(FILMS))
def test_every_film_tells_the_truth_about_all_of_its_seconds(name: str) -> None:
    told = side_file(name)
    assert told["truth"][0]["from"] == 0
    assert told["truth"][-1]["to"] == told["seconds"]
    for before, after in pairwise(told["truth"]):
        assert before["to"] == after["from"]
    assert {span["state"] for span in told["truth"]} <= {"occupied", "empty"}


@pytest.mark.parametrize("name", sorted(FILMS))
def test_only_the_frozen_film_ever_repeats_a_picture(name: str) -> None:
    shown = frames(name, 75)
    alike = [np.array_equal(a, b) for a, b in pairwise(shown)]
    if name == "frozen":
        assert all(alike[20:])
        assert not any(alike[:19])
    else:
        assert not any(alike)


def test_one_set_of_corners_serves_all_films() -> None:
    assert len({str(side_file(name)["bed"]) for name in FILMS}) == 1


def test_the_recorded_home_is_none_that_the_net_was_trained_on() -> None:
    assert SEED > HIGHEST_HOME


def test_the_recordings_stay_small() -> None:
    assert sum(path.stat().st_size for path in Path(FOLDER).glob("*.avi")) < 16e6


def test_the_reference_shows_the_empty_bed_at_the_films_size() -> None:
    reference = cv2.imread(str(FOLDER / "reference_empty.png"), cv2.IMREAD_GRAYSCALE)
    assert reference is not None
    assert reference.shape == (480, 640)
    empty, asleep = (frames(name, 1)[0].astype(int) for name in ("empty_made", "covered_sleeper"))
    assert np.abs(reference - empty).mean() < 5
    assert np.abs(reference - asleep).mean() > 1.5 * np.abs(reference - empty).mean()
