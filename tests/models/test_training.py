"""What the net is trained on and measured by: rendered homes, other styles, and figures that mean what they say."""

from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.training.figures import calibrate, calibration_error
from models.training.judging import answers_by_shot, false_at_recall, figures
from models.training.pictures import MASKS, Pictures, load, pictures_of_home, render_file
from models.training.style import Sample, Strength, restyled
from models.training.textures import dead_leaves, textures
from vision.evaluate.figures import auc
from vision.occupancy import prepare
from vision.region import RECTIFIED, VIEW_HEIGHT, VIEW_WIDTH, outline


@pytest.fixture(scope="module")
def one_home() -> Pictures:
    """The pictures of the first home."""
    rows = list(pictures_of_home(1))
    return Pictures(**{field.name: np.array([row[field.name] for row in rows]) for field in fields(Pictures)})


def sample_of(pictures: Pictures, i: int) -> Sample:
    """One picture as restyling takes it."""
    return Sample(pictures.views[i], pictures.corners[i], pictures.masks[i], bool(pictures.rectified[i]))


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
    monkeypatch.setattr("models.training.pictures.HOMES_A_FILE", 2)
    assert render_file(tmp_path, 0) > 0
    assert render_file(tmp_path, 0) == 0
    assert set(load(tmp_path).home) == {1}


def test_training_without_pictures_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"run python -m models\.training\.pictures"):
        load(tmp_path)


def test_restyling_keeps_the_size_and_where_the_bed_is(one_home: Pictures) -> None:
    rng = np.random.default_rng(0)
    for i in range(0, len(one_home), 3):
        sample = sample_of(one_home, i)
        changed = restyled(rng, sample, one_home.views[1], Strength())
        corners = changed.corners
        assert changed.view.shape == (VIEW_HEIGHT, VIEW_WIDTH)
        assert changed.view.dtype == np.uint8
        assert changed.masks.shape == sample.masks.shape
        assert np.abs(corners.mean(0) - sample.corners.mean(0)).max() < 30
        sides = np.roll(corners, -1, axis=0) - corners
        following = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
        assert (turns > 0).sum() >= 3


def test_masks_move_with_the_view() -> None:
    view = np.zeros((VIEW_HEIGHT, VIEW_WIDTH), np.uint8)
    view[48:80, 32:64] = 255
    masks = np.repeat(view[::4, ::4, None], 4, axis=2)
    unchanged = Strength(0, 0, 0, 0, 0, 0, 0, 0)
    for seed in range(20):
        sample = Sample(view, RECTIFIED, masks, rectified=True)
        changed = restyled(np.random.default_rng(seed), sample, view, unchanged)
        there = cv2.resize(changed.masks[:, :, 0], (VIEW_WIDTH, VIEW_HEIGHT)) > 127
        inside, outside = changed.view[there].mean(), changed.view[~there].mean()
        assert inside > outside + 60


def test_masks_show_the_person_in_occupied_beds_alone(one_home: Pictures) -> None:
    body = one_home.masks[..., MASKS.index("body")].reshape(len(one_home), -1).max(1)
    assert (body[one_home.occupied == 0] == 0).all()
    assert (body[one_home.occupied == 1] > 100).mean() > 0.9


def test_a_bed_among_another_homes_things_keeps_its_middle() -> None:
    black, white = (
        np.zeros((VIEW_HEIGHT, VIEW_WIDTH), np.uint8),
        np.full((VIEW_HEIGHT, VIEW_WIDTH), 255, np.uint8),
    )
    only_elsewhere = Strength(0, 0, 0, 0, 0, 0, 0, elsewhere=1)
    crop = Sample(black, RECTIFIED, np.zeros((32, 24, 4), np.uint8), rectified=False)
    for seed in range(10):
        changed = restyled(np.random.default_rng(seed), crop, white, only_elsewhere).view.astype(float)
        assert changed[:2].mean() > changed[60:68, 44:52].mean()


def test_textures_are_different_and_repeat_seamlessly() -> None:
    bank = textures(5)
    assert bank.min() >= 0
    assert bank.max() <= 1
    assert all(one.std() > 0.01 for one in bank)
    leaves = dead_leaves(np.random.default_rng(3))
    seam = np.abs(leaves[:, 0] - leaves[:, -1]).mean()
    inside = np.abs(leaves[:, 1:] - leaves[:, :-1]).mean()
    assert seam < 4 * inside + 0.05


def test_views_and_mirror_images_of_a_shot_are_averaged(one_home: Pictures) -> None:
    asked = []

    def answer(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        asked.append(len(batch))
        return np.asarray(batch[:, 0, :, 0].mean(1), np.float32)

    answers, shots = answers_by_shot(answer, one_home)
    assert sum(asked) == 2 * len(one_home)
    assert list(shots.shot) == sorted(set(one_home.shot))
    first = [i for i in range(len(one_home)) if one_home.shot[i] == shots.shot[0]]
    prepared = [prepare(one_home.views[i], outline(one_home.corners[i]))[0] for i in first]
    by_hand = np.mean([(one[:, 0].mean() + one[:, -1].mean()) / 2 for one in prepared])
    assert answers[0] == pytest.approx(by_hand, abs=1e-4)


def test_false_answers_are_counted_where_98_of_100_are_found() -> None:
    chances = np.concatenate([np.linspace(0.5, 1, 100), np.full(5, 0.9), np.full(95, 0.1)])
    occupied = np.concatenate([np.ones(100), np.zeros(100)])
    assert false_at_recall(chances, occupied) == pytest.approx(0.05)


def test_figures_tell_of_every_group(one_home: Pictures) -> None:
    _, shots = answers_by_shot(lambda batch: np.zeros(len(batch), np.float32), one_home)
    told = figures(np.where(shots.occupied > 0.5, 0.9, 0.2), shots)
    assert told["auc"] == 1
    assert told["false_at_0.98_recall"] == 0
    assert told["pictures"] == len(shots)
    said = told["said_occupied"]
    assert isinstance(said, dict)
    assert set(said) == set(shots.state)


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
