"""Something hides a part of the room: seen by the room's landmarks, of which nothing is left."""

import cv2
import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, WIDTH, Bedroom, Grey
from vision.capture import Frame
from vision.moved import hidden_share, landmarks_of
from vision.observer import HIDDEN_FROM, Observer
from vision.reference import reference_of

CLEAR, BRIGHT, DARK = 0.0, 190.0, 12.0


def behind(picture: Grey, share: float, level: float) -> Grey:
    """The left part of the picture is hidden by something close, out of focus."""
    x = np.arange(WIDTH, dtype=np.float32)
    mask = 1 / (1 + np.exp(np.clip((x - share * WIDTH) / 6, -30, 30)))
    grain = np.random.default_rng(5).standard_normal((HEIGHT, WIDTH)) * 2
    return np.clip(picture * (1 - mask) + (level + grain) * mask, 0, 255).astype(np.uint8)


def test_a_sound_picture_shows_all_landmarks() -> None:
    room = Bedroom()
    marks = landmarks_of(room.picture(), BED)
    assert hidden_share(marks, room.picture(gain=0.5, noise=4.0)) < 0.1
    assert hidden_share(marks, room.picture(gain=1.3)) < 0.1


@pytest.mark.parametrize("level", [BRIGHT, DARK])
def test_what_is_hidden_shows_in_the_landmarks(level: float) -> None:
    room = Bedroom()
    marks = landmarks_of(room.picture(), BED)
    left = float((marks.points[:, 0] < 0.6 * 320).mean())
    assert hidden_share(marks, behind(room.picture(), 0.6, level)) == pytest.approx(left, abs=0.15)


def test_a_room_without_landmarks_tells_nothing() -> None:
    bare = cv2.GaussianBlur(Bedroom().picture(), (0, 0), 80)
    assert hidden_share(landmarks_of(np.asarray(bare, np.uint8), BED), Bedroom().picture()) == 0.0


def test_a_look_past_something_that_hides_half_the_room_is_doubted() -> None:
    room = Bedroom()
    reference = reference_of(Frame(room.picture(), 0.0), BED)
    observer = Observer(BED, (WIDTH, HEIGHT), None, reference)
    for number in range(8):
        observer.see(Frame(behind(room.picture(), 0.7, DARK), number * 1.0))
    assert observer.cues()["hidden"] >= HIDDEN_FROM
    assert "partly_covered" in observer.evidence().doubts
