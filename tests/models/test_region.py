"""The bed's corners: what is refused, how steeply the camera looks, and the views that the net gets."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.scene.camera import Camera, aimed
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.room import Bed
from vision.region import LEAST_TILT, VIEW_HEIGHT, VIEW_WIDTH, BedRegion, RegionError, outline

SIZE = (640, 480)
BED = Bed(0.9, 2.0, 0.55, 0.18)
FROM_ABOVE = [[262.0, 120.0], [381.0, 120.0], [420.0, 400.0], [220.0, 400.0]]


def camera_at(x: float, y: float, z: float, field: float = 0.75) -> Camera:
    middle = floats([BED.width / 2, BED.length / 2, BED.top])
    return aimed(floats([x, y, z]), middle, 0.0, field * SIZE[0], *SIZE)


def region_from(camera: Camera) -> BedRegion:
    corners, _ = camera.project(BED.corners)
    return BedRegion(corners, *SIZE)


def region_or_refusal(corners: list[list[float]]) -> BedRegion | str:
    try:
        return BedRegion(corners, *SIZE)
    except RegionError as refusal:
        return str(refusal)


def painted(region: BedRegion, head: int, foot: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A picture in which the head half of the bed has one grey and the foot half another."""
    picture = np.full((SIZE[1], SIZE[0]), 60, np.uint8)
    head_left, head_right, foot_right, foot_left = region.corners
    left, right = (head_left + foot_left) / 2, (head_right + foot_right) / 2
    for corners, grey in (
        ([head_left, head_right, right, left], head),
        ([left, right, foot_right, foot_left], foot),
    ):
        cv2.fillConvexPoly(picture, np.round(corners).astype(np.int32), grey)
    return picture


def test_corners_in_the_agreed_order_are_taken() -> None:
    region = BedRegion(FROM_ABOVE, *SIZE)
    assert not region.low
    assert region.advice() is None


@pytest.mark.parametrize(
    ("corners", "text"),
    [
        ([FROM_ABOVE[i] for i in (1, 0, 3, 2)], "left and right are swapped"),
        ([FROM_ABOVE[i] for i in (0, 2, 1, 3)], "convex"),
        (FROM_ABOVE[:3], "four corners"),
        ([["a", "b"]] * 4, "no numbers"),
        ([[float("nan"), 1.0], *FROM_ABOVE[1:]], "finite"),
        ([[-300.0, 120.0], *FROM_ABOVE[1:]], "head-left corner .* far outside"),
        ([[10.0, 10.0], [20.0, 10.0], [20.0, 25.0], [10.0, 25.0]], "nearer or higher"),
        ([[300.0, 200.0]] * 4, "convex"),
    ],
)
def test_corners_that_cannot_be_a_bed_are_refused_with_the_way_to_mend_it(corners: object, text: str) -> None:
    with pytest.raises(RegionError, match=text):
        BedRegion(corners, *SIZE)  # type: ignore[arg-type]  # the configuration may hold anything


@given(st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2), min_size=4, max_size=4))
def test_any_numbers_make_a_bed_or_a_clear_refusal(corners: list[list[float]]) -> None:
    made = region_or_refusal(corners)
    if isinstance(made, str):
        assert len(made) > 20
        return
    views = made.views(np.zeros((SIZE[1], SIZE[0]), np.uint8))
    assert all(view.picture.shape == (VIEW_HEIGHT, VIEW_WIDTH) for view in views)
    assert 0 <= made.tilt <= 90


@pytest.mark.parametrize("spot", [(1.9, -0.7, 2.1), (-1.0, 0.3, 2.3), (0.5, -1.4, 1.6), (0.45, 0.9, 2.6)])
def test_the_corners_tell_how_steeply_the_camera_looks_down(spot: tuple[float, float, float]) -> None:
    camera = camera_at(*spot)
    truth = camera.tilt_to(floats([BED.width / 2, BED.length / 2, BED.top]))
    assert region_from(camera).tilt == pytest.approx(truth, abs=6)


def test_a_camera_on_the_bedside_table_is_advised_against() -> None:
    region = region_from(camera_at(-2.0, 0.2, 1.05))
    assert region.tilt < LEAST_TILT
    advice = region.advice()
    assert advice is not None
    assert "Mount it higher" in advice


def test_seen_edge_on_the_bed_is_cropped_and_not_rectified() -> None:
    low, high = region_from(camera_at(-1.6, 1.0, 0.75)), region_from(camera_at(1.9, -0.7, 2.1))
    blank = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    assert low.low
    assert len(low.views(blank)) == 1
    assert not high.low
    assert len(high.views(blank)) == 2


@pytest.mark.parametrize("spot", [(1.9, -0.7, 2.1), (-1.0, 2.3, 2.3), (0.5, 3.2, 2.2), (2.2, 1.0, 1.7)])
def test_every_view_has_the_head_end_up(spot: tuple[float, float, float]) -> None:
    region = region_from(camera_at(*spot))
    for view in region.views(painted(region, head=220, foot=20)):
        along = view.outline()[1]
        assert view.picture[along > 0.3].mean() > 180
        assert view.picture[along < -0.3].mean() < 60
        assert view.corners[:2, 1].mean() < view.corners[2:, 1].mean()


def test_the_outline_is_one_inside_the_bed_and_minus_one_outside() -> None:
    corners = floats([[20, 30], [70, 25], [80, 100], [15, 95]])
    inside, along = outline(corners)
    assert inside[60, 48] == 1
    assert inside[2, 2] == -1
    assert along[2, 2] == 0
    assert along[32, 45] > 0.7
    assert along[92, 45] < -0.7


def test_a_picture_of_another_size_than_the_bed_was_marked_in_is_refused() -> None:
    with pytest.raises(RegionError, match="640x480 pixels, this one has 320x240"):
        BedRegion(FROM_ABOVE, *SIZE).views(np.zeros((240, 320), np.uint8))
