"""What hides, veils, blurs or lights the room otherwise: each part of it is compared with the installation."""

import cv2
import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, WIDTH, Bedroom, Grey
from vision.capture import Frame
from vision.integrity import measure
from vision.moved import hidden_share, landmarks_of
from vision.observer import Observer
from vision.parts import COVERED_FROM, HIDDEN_FROM, Change, change, parts_of, usual
from vision.reference import Reference, Seen, reference_of

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


# ---- part by part


def changed(picture: Grey, *, room: Bedroom | None = None) -> Change:
    before = parts_of((room or Bedroom()).picture())
    return change(before, parts_of(picture), BED, (WIDTH, HEIGHT))


@pytest.mark.parametrize(("gain", "noise"), [(1.0, 2.0), (0.45, 5.0), (1.3, 1.0)])
def test_a_room_is_the_same_whatever_the_gain_and_the_noise(gain: float, noise: float) -> None:
    found = changed(Bedroom().picture(gain=gain, noise=noise))
    assert found.none
    assert found.doubts() == found.faults() == ()


def test_a_bed_that_is_made_otherwise_does_not_change_the_room() -> None:
    assert changed(Bedroom(bed_level=60).picture(), room=Bedroom(bed_level=170)).doubts() == ()


@pytest.mark.parametrize("level", [BRIGHT, DARK])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_as_much_is_hidden_as_is_covered(share: float, level: float) -> None:
    found = changed(behind(Bedroom().picture(), share, level))
    assert found.hidden == pytest.approx(share, abs=0.12)
    assert "partly_covered" in found.doubts()


def test_more_than_half_covered_is_a_fault_and_a_third_is_a_doubt() -> None:
    most, third = (changed(behind(Bedroom().picture(), share, DARK)) for share in (0.8, 0.33))
    assert most.faults() == ("covered",)
    assert most.hidden is not None
    assert most.hidden >= COVERED_FROM
    assert third.faults() == ()


def test_a_veiled_room_is_hazed_and_one_out_of_focus_is_blurred() -> None:
    clear = Bedroom().picture().astype(np.float32)
    grain = np.random.default_rng(5).standard_normal(clear.shape) * 2
    veiled = np.clip(0.25 * clear + 0.75 * 110 + grain, 0, 255).astype(np.uint8)
    assert "hazed" in changed(veiled).doubts()
    soft = np.clip(cv2.GaussianBlur(clear, (0, 0), 3.0) + grain, 0, 255).astype(np.uint8)
    assert changed(soft).doubts() == ("blurred",)


def test_light_from_elsewhere_is_not_the_lamps() -> None:
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)
    from_left, from_right = (
        np.clip(Bedroom().picture() * (1 + side * 0.9 * x), 0, 255).astype(np.uint8) for side in (-1, 1)
    )
    found = change(parts_of(from_left), parts_of(from_right), BED, (WIDTH, HEIGHT))
    assert "lit_otherwise" in found.doubts()


def test_a_bare_room_tells_nothing() -> None:
    bare = np.full((HEIGHT, WIDTH), 90, np.uint8)
    found = change(parts_of(bare), parts_of(Bedroom().picture()), BED, (WIDTH, HEIGHT))
    assert (found.hidden, found.veil, found.blur) == (None, None, None)
    assert not found.none


def test_in_another_light_nothing_is_told() -> None:
    reference = reference_of(Frame(Bedroom().picture(), 0.0), BED)
    by_day = Frame(behind(Bedroom().picture(), 0.9, DARK), 0.0, coloured=True)
    assert reference.change(by_day) == Change()


def test_by_daylight_no_lamp_is_missed() -> None:
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)
    morning, evening = (
        Frame(np.clip(Bedroom().picture() * (1 + s * 0.9 * x), 0, 255).astype(np.uint8), 0.0, coloured=True)
        for s in (-1, 1)
    )
    assert "lit_otherwise" not in reference_of(morning, BED).change(evening).doubts()


def test_a_reference_without_parts_tells_by_its_landmarks() -> None:
    room = Bedroom()
    now = reference_of(Frame(room.picture(), 0.0), BED)
    seen = now.seen["infrared"]
    old = Reference(now.width, now.height, BED, {"infrared": Seen(seen.empty_bed, seen.landmarks)})
    assert old.change(Frame(room.picture(), 0.0)).doubts() == ()
    assert old.change(Frame(behind(room.picture(), 0.8, DARK), 0.0)).doubts() == ("partly_covered",)


def test_one_moment_in_which_somebody_stands_before_the_lens_hides_nothing() -> None:
    moments = [Change(hidden=share, veil=0.0) for share in (0.02, 0.7, 0.03)]
    assert usual(moments).doubts() == usual(moments).faults() == ()
    assert usual([]) == Change()


def test_a_dim_picture_that_shows_the_room_is_a_doubt_and_no_fault() -> None:
    room = Bedroom(bed_level=100)
    reference = reference_of(Frame(room.picture(), 0.0), BED)
    known, unknown = (Observer(BED, (WIDTH, HEIGHT), None, each) for each in (reference, None))
    for number in range(8):
        for observer in (known, unknown):
            observer.see(Frame(room.picture(gain=0.2, noise=0.5), number * 1.0))
    assert set(unknown.evidence().faults) & {"dark", "lamp_dead"}
    assert known.evidence().faults == ()
    assert set(known.evidence().doubts) & {"dark", "lamp_dead"}


def test_over_exposure_that_leaves_the_bed_is_a_doubt_and_no_fault() -> None:
    picture = Bedroom(bed_level=100).picture()
    wall = picture.copy()
    wall[:, :200] = wall[:, 520:] = 255
    burnt = np.full_like(picture, 255)
    assert (measure(wall, BED).faults(), measure(wall, BED).doubts()) == ((), ("over_exposed",))
    assert measure(burnt, BED).faults() == ("over_exposed",)
