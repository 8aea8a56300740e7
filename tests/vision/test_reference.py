"""The reference of the empty bed: what is kept, and what it tells about a moved camera."""

from pathlib import Path

import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, WIDTH, Bedroom
from vision.capture import Frame
from vision.moved import Stance, together
from vision.reference import ReferenceRefused, load_reference, reference_of, write_reference

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
    assert not reference_of(frame(bare), BED).landmarks.enough


def test_one_stance_that_errs_does_not_move_the_camera() -> None:
    seen = [Stance(0.001, 0.5), Stance(0.12, 0.3), Stance(0.002, 0.5), Stance(None, 0.1)]
    assert not together(seen).moved
    assert together([Stance(None, 0.1), Stance(None, 0.1), Stance(0.0, 0.3)]).shift is None


def test_the_empty_bed_is_recognised_and_an_occupied_one_is_not_like_it() -> None:
    reference = reference_of(frame(EMPTY.picture()), BED)
    assert reference.likeness(frame(EMPTY.picture(gain=0.8))) > 0.9
    assert reference.likeness(frame(Bedroom(seed=5).picture())) < 0.5


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    written = reference_of(frame(EMPTY.picture(), coloured=True), BED)
    write_reference(written, tmp_path / "reference")
    read = load_reference(tmp_path / "reference")
    assert read.description == written.description
    assert read.description.light == "day"
    assert np.array_equal(read.empty_bed, written.empty_bed)
    assert np.array_equal(read.landmarks.patches, written.landmarks.patches)


def test_the_picture_of_the_room_is_not_kept(tmp_path: Path) -> None:
    write_reference(reference_of(frame(EMPTY.picture()), BED), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"reference.json", "reference.npz"}
    with np.load(tmp_path / "reference.npz") as kept:
        assert {name: kept[name].shape[1:] for name in kept} == {
            "empty_bed": (96,),
            "points": (2,),
            "patches": (20, 20),
        }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("reference.json", b"{"),
        ("reference.json", b'{"version": 2}'),
        ("reference.npz", b""),
        ("reference.npz", b"PK\x03\x04 torn"),
    ],
)
def test_a_torn_reference_is_refused_with_a_remedy(tmp_path: Path, name: str, content: bytes) -> None:
    write_reference(reference_of(frame(EMPTY.picture()), BED), tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReferenceRefused, match="write it anew"):
        load_reference(tmp_path)


def test_a_missing_reference_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match="lacks"):
        load_reference(tmp_path / "nowhere")


def test_a_reference_of_other_shapes_is_refused(tmp_path: Path) -> None:
    write_reference(reference_of(frame(EMPTY.picture()), BED), tmp_path)
    np.savez(tmp_path / "reference.npz", empty_bed=np.zeros(3), points=np.zeros(3), patches=np.zeros(3))
    with pytest.raises(ReferenceRefused, match="shapes"):
        load_reference(tmp_path)
