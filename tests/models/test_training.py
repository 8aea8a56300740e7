"""What the net is trained on and measured by: rendered homes, other styles, and figures that mean what they say."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from models.training.figures import calibrate, calibration_error
from models.training.pictures import Pictures, load, pictures_of_home, render_file
from models.training.style import Strength, restyled
from vision.evaluate.figures import auc
from vision.region import VIEW_HEIGHT, VIEW_WIDTH


@pytest.fixture(scope="module")
def one_home() -> Pictures:
    """The pictures of the first home."""
    rows = list(pictures_of_home(1))
    return Pictures(**{field.name: np.array([row[field.name] for row in rows]) for field in fields(Pictures)})


def test_a_home_gives_the_same_pictures_every_time(one_home: Pictures) -> None:
    again = [row["views"] for row in pictures_of_home(1)]
    assert np.array_equal(one_home.views, np.array(again))


def test_a_home_shows_its_bed_occupied_and_empty_in_equal_parts(one_home: Pictures) -> None:
    assert one_home.occupied.mean() == 0.5
    assert set(one_home.home) == {1}
    assert len(set(one_home.shot)) < len(one_home)


def test_rendered_pictures_are_kept_and_not_rendered_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.training.pictures.HOMES_A_FILE", 1)
    assert render_file(tmp_path, 0) > 0
    assert render_file(tmp_path, 0) == 0
    assert set(load(tmp_path).home) == {1}


def test_training_without_pictures_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"run python -m models\.training\.pictures"):
        load(tmp_path)


def test_restyling_keeps_the_size_and_where_the_bed_is(one_home: Pictures) -> None:
    rng = np.random.default_rng(0)
    for i in range(0, len(one_home), 3):
        rectified = bool(one_home.rectified[i])
        view, corners = restyled(rng, one_home.views[i], one_home.corners[i], rectified, Strength())
        assert view.shape == (VIEW_HEIGHT, VIEW_WIDTH)
        assert view.dtype == np.uint8
        assert np.abs(corners.mean(0) - one_home.corners[i].mean(0)).max() < 30
        sides = np.roll(corners, -1, axis=0) - corners
        following = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
        assert (turns > 0).sum() >= 3


def test_the_auc_is_the_chance_that_an_occupied_bed_ranks_above_an_empty_one() -> None:
    truth = np.array([1.0, 1.0, 0.0, 0.0])
    assert auc(np.array([0.9, 0.8, 0.2, 0.1]), truth) == 1
    assert auc(np.array([0.1, 0.2, 0.8, 0.9]), truth) == 0
    assert auc(np.array([0.5, 0.5, 0.5, 0.5]), truth) == 0.5
    assert auc(np.array([0.9, 0.4, 0.6, 0.1]), truth) == 0.75


def test_calibration_finds_the_temperature_and_bias_that_made_the_truth() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, 60_000)
    truth = (rng.random(60_000) < 1 / (1 + np.exp(-(logits + 0.5) / 2))).astype(float)
    temperature, bias = calibrate(logits, truth)
    assert temperature == pytest.approx(2, rel=0.05)
    assert bias == pytest.approx(0.5, abs=0.1)
    assert calibration_error(1 / (1 + np.exp(-(logits + bias) / temperature)), truth) < 0.02


def test_answers_that_do_not_rise_with_occupancy_cannot_be_calibrated() -> None:
    logits = np.linspace(-2, 2, 100)
    with pytest.raises(ValueError, match="cannot be calibrated"):
        calibrate(logits, (logits < 0).astype(float) * 0.8 + 0.1)
