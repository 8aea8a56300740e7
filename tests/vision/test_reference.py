"""The reference of the empty bed: what is kept, and what it tells about a moved camera."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, WIDTH, Bedroom
from vision.capture import Frame
from vision.correction import Correction
from vision.moved import Landmarks, Stance, stance, together
from vision.reference import (
    Learnt,
    ReferenceRefused,
    load_reference,
    packed,
    reference_of,
    unpacked,
    write_reference,
)

EMPTY = Bedroom(bed_level=60)


def frame(picture: object, *, coloured: bool = False) -> Frame:
    return Frame(np.asarray(picture, np.uint8), 0.0, coloured)


def test_a_camera_in_its_place_is_found_in_its_place_whatever_the_bed_looks_like() -> None:
    reference = reference_of(frame(EMPTY.picture()), BED)
    stance = reference.stance(frame(Bedroom(bed_level=170).picture(gain=0.6, noise=5.0)))
    assert stance.shift == pytest.approx(0.0, abs=0.003)
    assert not stance.moved


@pytest.mark.parametrize(("degrees", "across"), [(0.0, 16.0), (3.0, 10.0), (8.0, 40.0), (0.0, 120.0)])
def test_a_camera_that_was_moved_is_seen_to_be_moved(degrees: float, across: float) -> None:
    reference = reference_of(frame(EMPTY.picture()), BED)
    assert reference.stance(frame(EMPTY.turned(degrees, across))).moved


def test_another_room_is_unknown_and_not_called_in_place() -> None:
    reference = reference_of(frame(EMPTY.picture()), BED)
    assert reference.stance(frame(Bedroom(seed=9).picture())).shift is None


def test_a_wall_without_features_gives_no_moved_test() -> None:
    bare = np.clip(np.full((HEIGHT, WIDTH), 90.0), 0, 255)
    assert not reference_of(frame(bare), BED).has_landmarks(frame(bare))


def test_one_stance_that_errs_does_not_move_the_camera() -> None:
    seen = [Stance(0.001, 0.5), Stance(0.12, 0.3), Stance(0.002, 0.5), Stance(None, 0.1)]
    assert not together(seen).moved
    assert together([Stance(None, 0.1), Stance(None, 0.1), Stance(0.0, 0.3)]).shift is None


def test_a_moved_camera_is_told_only_if_the_last_stances_agree() -> None:
    in_place, there, elsewhere = Stance(0.001, 0.5), Stance(0.05, 0.5), Stance(0.2, 0.4)
    assert together([there]).moved  # a picture, or a test of one second
    assert together([there, there, there]).moved
    assert together([in_place, there, there, there]).moved
    for others in ([there, elsewhere, there], [in_place, there, there], [there, Stance(None, 0.1), there]):
        assert together(others).shift is None or not together(others).moved


def test_a_picture_without_anything_is_not_a_moved_camera() -> None:
    reference = reference_of(frame(EMPTY.picture()), BED)
    for level in (0, 60, 255):
        assert reference.stance(frame(np.full((HEIGHT, WIDTH), level))).shift is None


def test_few_landmarks_do_not_move_a_camera() -> None:
    marks = reference_of(frame(EMPTY.picture()), BED).seen["infrared"].landmarks
    moved = EMPTY.turned(0.0, 30.0)
    assert stance(marks, moved, BED).moved
    assert stance(Landmarks(marks.points[:8], marks.patches[:8]), moved, BED).shift is None


def test_the_empty_bed_is_recognised_and_an_occupied_one_is_not_like_it() -> None:
    reference = reference_of(frame(EMPTY.picture()), BED)
    assert reference.likeness(frame(EMPTY.picture(gain=0.8))) > 0.9
    assert reference.likeness(frame(Bedroom(seed=5).picture())) < 0.5


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    learnt = Learnt(net="0" * 64, shift=-0.5, scale=0.9, quiet=0.1, empty=(-1.0, 0.5), occupied=(2.0,))
    written = replace(reference_of(frame(EMPTY.picture(), coloured=True), BED), learnt=learnt)
    write_reference(written, tmp_path / "reference")
    read = load_reference(tmp_path / "reference")
    assert (read.size, read.bed, read.learnt) == ((WIDTH, HEIGHT), BED, learnt)
    assert set(read.seen) == {"day"}
    assert np.array_equal(read.seen["day"].empty_bed, written.seen["day"].empty_bed)
    assert np.array_equal(read.seen["day"].landmarks.patches, written.seen["day"].landmarks.patches)


def test_each_light_is_compared_with_its_own_picture(tmp_path: Path) -> None:
    by_night, by_day = EMPTY.picture(), Bedroom(bed_level=60, seed=7).picture()
    infrared = reference_of(frame(by_night), BED)
    assert not infrared.same_light(frame(by_day, coloured=True))
    write_reference(infrared, tmp_path)
    write_reference(
        load_reference(tmp_path).with_other(reference_of(frame(by_day, coloured=True), BED)), tmp_path
    )
    both = load_reference(tmp_path)
    for picture, coloured in ((by_night, False), (by_day, True)):
        assert both.same_light(frame(picture, coloured=coloured))
        assert both.likeness(frame(picture, coloured=coloured)) > 0.9
        assert both.stance(frame(picture, coloured=coloured)).shift == pytest.approx(0, abs=0.003)


def test_a_light_of_another_bed_cannot_be_added() -> None:
    aside = tuple((x + 5, y) for x, y in BED)
    with pytest.raises(ValueError, match="another bed"):
        reference_of(frame(EMPTY.picture()), BED).with_other(
            reference_of(frame(EMPTY.picture()), (aside[0], aside[1], aside[2], aside[3]))
        )


def test_a_light_renewed_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    write_reference(reference_of(frame(EMPTY.picture()), BED), tmp_path)
    old = arrays_in(tmp_path)
    (tmp_path / "torn.npz.new").write_bytes(b"of a power cut")
    write_reference(reference_of(frame(Bedroom(bed_level=60, seed=3).picture()), BED), tmp_path)
    assert arrays_in(tmp_path) != old
    assert len(list(tmp_path.iterdir())) == 2


def test_what_was_learnt_holds_for_its_net_alone() -> None:
    learnt = Learnt(net="a" * 64, shift=-0.5)
    reference = replace(reference_of(frame(EMPTY.picture()), BED), learnt=learnt)
    assert reference.correction_for("a" * 64) == Correction(shift=-0.5)
    assert not reference.correction_for("b" * 64).corrects
    assert not reference_of(frame(EMPTY.picture()), BED).correction_for("a" * 64).corrects


def test_the_picture_of_the_room_is_not_kept(tmp_path: Path) -> None:
    write_reference(reference_of(frame(EMPTY.picture()), BED), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"reference.json", arrays_in(tmp_path).name}
    with np.load(arrays_in(tmp_path)) as kept:
        assert {name: kept[name].shape[1:] for name in kept} == {
            "empty_bed": (96,),
            "points": (2,),
            "patches": (20, 20),
            "fine": (16,),
            "middle": (16,),
            "light": (8,),
        }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("*.json", b"{"),
        ("*.json", b'{"version": 1}'),
        ("*.json", b'{"version": 2}'),
        (
            "*.json",
            b'{"version": 2, "width": 9, "height": 9, "bed": [[0,0],[9,0],[9,9],[0,9]], "lights": {}}',
        ),
        ("*.npz", b""),
        ("*.npz", b"PK\x03\x04 torn"),
    ],
)
def test_a_torn_reference_is_refused_with_a_remedy(tmp_path: Path, name: str, content: bytes) -> None:
    write_reference(reference_of(frame(EMPTY.picture()), BED), tmp_path)
    next(tmp_path.glob(name)).write_bytes(content)
    with pytest.raises(ReferenceRefused, match="write it anew"):
        load_reference(tmp_path)


def test_a_reference_of_the_version_before_is_still_read(tmp_path: Path) -> None:
    now = reference_of(frame(EMPTY.picture()), BED)
    seen = {light: replace(each, parts=None) for light, each in now.seen.items()}
    write_reference(replace(now, seen=seen), tmp_path)
    told = tmp_path / "reference.json"
    told.write_text(told.read_text().replace('"version": 3', '"version": 2'))
    old = load_reference(tmp_path)
    assert old.seen["infrared"].parts is None
    assert old.stance(frame(EMPTY.picture())).shift == pytest.approx(0.0, abs=0.003)


def test_parts_of_the_room_come_back_as_they_were(tmp_path: Path) -> None:
    written = reference_of(frame(EMPTY.picture()), BED)
    write_reference(written, tmp_path)
    before, after = (each.seen["infrared"].parts for each in (written, load_reference(tmp_path)))
    assert before is not None
    assert after is not None
    for name in ("fine", "middle", "light"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


def test_parts_of_other_shapes_are_refused() -> None:
    seen = reference_of(frame(EMPTY.picture()), BED).seen["infrared"]
    assert seen.parts is not None
    odd = replace(seen, parts=replace(seen.parts, light=np.zeros((3, 3), np.float32)))
    with pytest.raises(ValueError, match="shapes"):
        unpacked(packed(odd))


def test_a_missing_reference_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match="lacks"):
        load_reference(tmp_path / "nowhere")


def test_arrays_of_other_shapes_are_refused() -> None:
    written = io.BytesIO()
    np.savez(written, empty_bed=np.zeros(3), points=np.zeros(3), patches=np.zeros(3))
    with pytest.raises(ValueError, match="shapes"):
        unpacked(written.getvalue())


def arrays_in(folder: Path) -> Path:
    return next(folder.glob("*.npz"))
