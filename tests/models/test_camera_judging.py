"""The measuring of camera faults measures what it says: in a made-up room, without rendering."""

from itertools import islice

import numpy as np
import pytest

from firmware_sim.scene.kernel import floats
from firmware_sim.scene.sensor import Sensor
from models.training.camera_faults import FAULTS
from models.training.camera_judging import Looked, Noise, Spot, looks_at
from models.training.camera_report import TOLD, area
from models.training.camera_scenes import Watched
from tests.vision.bedroom import BED, Bedroom
from vision.capture import Frame
from vision.reference import reference_of
from vision.words import CUES, REASONS

PLAIN = Sensor(gamma=0.7, noise=0.008, blur=0.0, vignette=0.0, quality=90)


def looked(fault: str = "sound", strength: float = 0.0) -> Looked:
    rng = np.random.default_rng(4)
    picture = Bedroom().picture()
    light = floats((picture.astype(np.float32) / 255) ** (1 / PLAIN.gamma))
    reference = reference_of(Frame(picture, 0.0), BED)
    spot = Spot(1, BED, "infrared", reference, Noise(rng, picture.shape), rng)
    return spot.look(light, PLAIN, 1.0, fault, strength)


def test_a_sound_look_has_no_fault() -> None:
    assert looked().faults == ()


@pytest.mark.parametrize("fault", ["dark", "capped", "glare", "cloth", "over-exposed", "hazed", "torn"])
def test_each_fault_at_its_strongest_is_told_by_its_own_words(fault: str) -> None:
    look = looked(fault, FAULTS[fault].strengths[-1])
    assert set(FAULTS[fault].told) & {*look.faults, *look.doubts}, look


def test_each_word_and_each_cue_is_one_that_people_can_read() -> None:
    for cue, _, words, _ in TOLD.values():
        assert cue in CUES
        assert set(words) <= set(REASONS)


def test_the_area_under_the_curve_counts_ties_half() -> None:
    assert area(np.array([1.0, 2.0]), np.array([0.0, 1.0])) == pytest.approx(0.875)
    assert area(np.array([5.0]), np.array([0.0, 1.0])) == 1.0


def a_home(picture: np.ndarray) -> Watched:
    """A made-up home that always looks like this."""
    light = (picture.astype(np.float32) / 255)[None].astype(np.float16)
    corners = floats(np.array(BED))
    return Watched(7, corners, "infrared", "dim", light[0], light, light, light, light, light)


def test_a_home_whose_installation_would_be_refused_is_not_judged() -> None:
    seen = Bedroom().picture()
    featureless = np.full_like(seen, 120)
    assert list(islice(looks_at(a_home(seen), nights=1), 1))
    assert not list(looks_at(a_home(featureless), nights=1))
