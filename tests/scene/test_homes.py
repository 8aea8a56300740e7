"""Rendered homes: the same from the same seed, and true to what they say about the bed."""

import cv2
import numpy as np
import pytest

from firmware_sim.scene import postures
from firmware_sim.scene.body import Build, Part, pose_body
from firmware_sim.scene.camera import Camera, aimed, place
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Bytes, floats
from firmware_sim.scene.light import Light
from firmware_sim.scene.materials import Material, Property, one_shade
from firmware_sim.scene.sensor import Sensor
from firmware_sim.scene.states import EMPTY, OCCUPIED, arrange

SIZE = (160, 120)


def foot_end_camera(home: Home, size: tuple[int, int] = SIZE) -> Camera:
    bed, clear_of_the_wall = home.bed, max(-1.6, home.room.near + 0.1)
    target = floats([bed.width / 2, bed.length / 2, bed.top])
    return aimed(floats([bed.width / 2, clear_of_the_wall, 2.2]), target, 0.0, 0.5 * size[0], *size)


def picture(seed: int, state: str = "covered") -> Bytes:
    rng = np.random.default_rng(seed)
    home = Home.draw(rng)
    scene = arrange(rng, home.bed, state)
    light = Light.draw(rng, "infrared")
    sensor = Sensor.draw(rng, light.kind)
    linear = home.light(scene, foot_end_camera(home), light)
    return sensor.shoot(rng, linear, sensor.gain_for(linear))


def test_the_same_seed_gives_the_same_picture_to_the_last_grey_level() -> None:
    assert np.array_equal(picture(11), picture(11))


def test_another_seed_gives_another_home() -> None:
    assert not np.array_equal(picture(11), picture(12))


def test_the_marked_corners_outline_the_mattress() -> None:
    home = Home.draw(np.random.default_rng(5))
    camera = foot_end_camera(home, (320, 240))
    scene = arrange(np.random.default_rng(5), home.bed, "bare", tidy=True)
    scene.meshes = []
    buffer = home.view(scene, camera)
    top = (buffer.material == Material.MATTRESS) & (buffer.normal[..., 2] > 0.9)
    corners, _ = camera.project(home.bed.corners)
    marked = np.zeros(top.shape, np.uint8)
    cv2.fillConvexPoly(marked, np.round(corners).astype(np.int32), 1)
    both = float((top & (marked > 0)).sum())
    assert both / float((top | (marked > 0)).sum()) > 0.85


def test_corners_come_in_the_order_of_somebody_at_the_foot_end() -> None:
    home = Home.draw(np.random.default_rng(3))
    (head_left, head_right, foot_right, foot_left), _ = foot_end_camera(home).project(home.bed.corners)
    assert head_left[0] < head_right[0]
    assert foot_left[0] < foot_right[0]
    assert head_left[1] < foot_left[1]


@pytest.mark.parametrize("state", [*OCCUPIED, *EMPTY])
def test_every_state_tells_the_truth_and_shows_it(state: str) -> None:
    home = Home.draw(np.random.default_rng(21))
    scene = arrange(np.random.default_rng(22), home.bed, state, tidy=True)
    seen = home.view(scene, foot_end_camera(home)).material
    body = (seen >= Material.SKIN) & (seen <= Material.SOCKS)
    assert scene.occupied == (state in OCCUPIED)
    assert scene.detail.startswith(state)
    if state in EMPTY:
        assert not body.any()
    if state in ("uncovered", "sitting_up", "on_edge", "half_out"):
        assert body.any()


def test_a_state_nobody_knows_is_refused_with_those_that_are_known() -> None:
    home = Home.draw(np.random.default_rng(1))
    with pytest.raises(KeyError, match=r"no state of the bed is called 'levitating'; known: .*covered.*made"):
        arrange(np.random.default_rng(1), home.bed, "levitating")


def test_somebody_lying_rests_on_the_mattress_and_not_in_it() -> None:
    bed = Home.draw(np.random.default_rng(4)).bed
    for seed, posture in enumerate(postures.LYING):
        build = Build(1.7, 1.0)
        body = pose_body(build, postures.lying(np.random.default_rng(seed), bed, build, posture, 0.1))
        lowest = np.minimum(body.starts[:, 2] - body.start_radii, body.ends[:, 2] - body.end_radii)
        trunk_and_legs = np.isin(body.parts, (Part.TOP, Part.TROUSERS))
        assert lowest[trunk_and_legs].min() > bed.top - 0.1
        assert body.starts[:, 2].max() < bed.top + 0.65


def test_a_larger_person_makes_a_longer_body() -> None:
    bed = Home.draw(np.random.default_rng(4)).bed

    def length(height: float) -> float:
        build = Build(height, 1.0)
        body = pose_body(build, postures.lying(np.random.default_rng(0), bed, build, "supine", 0.1))
        return float(body.ends[:, 1].max() - body.ends[:, 1].min())

    assert 0.15 < length(1.85) - length(1.55) < 0.4


def test_infrared_light_falls_off_with_the_square_of_the_distance() -> None:
    home = Home.draw(np.random.default_rng(6))
    home = home.repainted(one_shade(home.materials, 0.6))
    home.materials[:, [Property.BUMP_DEPTH, Property.SHEEN]] = 0
    scene = arrange(np.random.default_rng(6), home.bed, "bare", tidy=True)
    scene.meshes = []
    light = Light("infrared", 2.5, 0.0, 0.0, 0.0, (0.0, 0.0, -1.0), 0.0)
    middle = floats([home.bed.width / 2, home.bed.length / 2, home.bed.top])

    def brightness(distance: float) -> float:
        above = aimed(floats([middle[0], middle[1] - 0.02, middle[2] + distance]), middle, 0.0, 120.0, *SIZE)
        return float(home.light(scene, above, light)[SIZE[1] // 2, SIZE[0] // 2])

    assert brightness(1.0) / brightness(1.8) == pytest.approx(1.8**2, rel=0.15)


def test_a_camera_is_placed_where_the_whole_bed_is_in_view() -> None:
    room = Home.draw(np.random.default_rng(8)).room
    camera = place(np.random.default_rng(8), room)
    assert camera is not None
    corners, depths = camera.project(room.bed.corners)
    assert (depths > 0.3).all()
    assert ((corners > -21) & (corners < np.array([661, 501]))).all()
