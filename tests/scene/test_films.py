"""Films: people who breathe, turn, get up and come back; cameras that are covered, moved, dark or frozen."""

import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware_sim.scene.acts import Sleeper
from firmware_sim.scene.body import Build
from firmware_sim.scene.camera import aimed
from firmware_sim.scene.film import Shoot, Stage, breathing, cloth_over_lens, lamp_dead
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.light import Light
from firmware_sim.scene.sensor import Sensor, decoded
from firmware_sim.scene.states import arrange

SIZE = (160, 120)
BREATH = 6.0


@pytest.fixture(scope="module")
def stage() -> Stage:
    home = Home.draw(np.random.default_rng(41))
    bed = home.bed
    target = floats([bed.width / 2, bed.length / 2, bed.top])
    camera = aimed(floats([bed.width + 0.7, -0.6, 2.1]), target, 0.0, 115.0, *SIZE)
    light = Light("infrared", 2.5, 2.0, 0.0, 0.0, (0.0, 0.0, -1.0), 0.0)
    made = arrange(np.random.default_rng(42), bed, "made", tidy=True)
    return Stage(home, camera, light, Sensor(), made)


@pytest.fixture
def sleeper(stage: Stage) -> Sleeper:
    return Sleeper.put_to_bed(43, stage.home.bed, Build(1.7, 1.0), "supine")


def test_a_breath_lifts_the_duvet_over_the_chest_by_as_many_millimetres(sleeper: Sleeper) -> None:
    asleep = sleeper.lies()
    out, inhaled = (asleep.all_meshes(breath)[-1].vertices for breath in (0.0, BREATH))
    lifted = 1000 * (inhaled - out)[:, 2]
    feet = out[:, 1] < 0.3
    assert lifted.max() == pytest.approx(BREATH, rel=0.1)
    assert lifted[feet].max() < 0.1
    assert np.abs((inhaled - out)[:, :2]).max() == 0


def test_people_breathe_twelve_to_eighteen_times_a_minute_and_one_deep() -> None:
    depths = breathing(np.random.default_rng(1), 60)
    rises = int(((depths[:-1] < 0.5) & (depths[1:] >= 0.5)).sum())
    assert 10 <= rises <= 20
    assert 0.7 < np.ptp(depths) <= 1.2


def test_breath_is_hardly_seen_in_a_single_picture_but_is_there(stage: Stage, sleeper: Sleeper) -> None:
    asleep = sleeper.lies()
    change = np.abs(stage.picture(asleep, BREATH) - stage.picture(asleep))
    assert change.max() > 0.5
    assert change.mean() < 0.5


def test_getting_up_is_told_step_by_step_and_leaves_the_bed_empty(stage: Stage, sleeper: Sleeper) -> None:
    rising = sleeper.gets_up(1, (2.6, -1.6))
    occupied = [scene.occupied for scene in rising]
    told = list(dict.fromkeys(scene.detail for scene in rising))
    assert told == ["throwing_the_duvet_back", "sitting_up", "on_edge", "standing_up", "walking_away"]
    assert occupied == sorted(occupied, reverse=True)
    (body, _), bed = rising[-1].bodies[0], stage.home.bed
    assert body.starts[:, 0].min() > bed.width
    left = sleeper.left_behind()
    assert not left.occupied
    assert left.bodies == []


def test_the_duvet_stays_on_the_bed_when_its_sleeper_leaves(stage: Stage, sleeper: Sleeper) -> None:
    sleeper.gets_up(1, (2.6, -1.6))
    points = sleeper.left_behind().meshes[-1].vertices
    on_bed = (points[:, 2] > stage.home.bed.top - 0.05).mean()
    assert on_bed > 0.3


def test_turning_over_keeps_the_sleeper_in_bed_and_ends_in_the_other_posture(sleeper: Sleeper) -> None:
    turning = sleeper.turns_over(5, "side")
    assert all(scene.occupied for scene in turning)
    assert turning[-1].detail == "covered_side"
    assert len(turning) == 31


def test_a_frozen_camera_delivers_the_same_bytes_again_and_again(stage: Stage, sleeper: Sleeper) -> None:
    asleep = sleeper.lies()
    film = Shoot(stage, 1).still(asleep, 1.0, BREATH).frozen(asleep, 2.0).film
    assert len(set(film.pictures[:10])) == 10
    assert len(set(film.pictures[9:])) == 1
    assert [(fault.what, fault.start, fault.end) for fault in film.faults] == [("frozen", 1.0, 3.0)]


def test_a_towel_over_the_lens_hides_everything(stage: Stage, sleeper: Sleeper) -> None:
    picture = stage.picture(sleeper.lies())
    hidden = cloth_over_lens(SIZE, 1)(picture)
    assert np.abs(hidden - cloth_over_lens(SIZE, 1)(np.zeros_like(picture))).max() < 8
    assert hidden.mean() > 150


def test_a_dead_lamp_leaves_next_to_nothing(stage: Stage, sleeper: Sleeper) -> None:
    assert np.percentile(lamp_dead(stage.picture(sleeper.lies())), 95) < 10


def test_a_moved_camera_sees_the_bed_elsewhere_but_was_marked_where_it_stood(stage: Stage) -> None:
    moved = stage.seen_by(stage.camera.nudged(9, (0.3, 1.0, 0.2)))
    now, _ = moved.camera.project(stage.home.bed.corners)
    assert np.array_equal(moved.corners, stage.corners)
    assert np.linalg.norm(now - stage.corners, axis=1).min() > 8
    assert moved.gain == stage.gain


def test_the_same_seed_shoots_the_same_film(stage: Stage, sleeper: Sleeper) -> None:
    first, second = (Shoot(stage, 7).still(sleeper.lies(), 0.5, BREATH).film.pictures for _ in range(2))
    assert first == second


def test_a_written_film_decodes_and_its_side_file_tells_the_truth(
    stage: Stage, sleeper: Sleeper, tmp_path: Path
) -> None:
    shoot = Shoot(stage, 3).still(sleeper.lies(), 0.7, BREATH)
    film = shoot.moving(sleeper.gets_up(1, (2.6, -1.6))[-5:]).film
    film.write(tmp_path / "short.avi", "A short film.")
    capture = cv2.VideoCapture(str(tmp_path / "short.avi"))
    assert capture.get(cv2.CAP_PROP_FPS) == 10
    good, pixels = capture.read()
    assert good
    assert np.abs(pixels[..., 0].astype(int) - decoded(film.pictures[0])).max() <= 2
    assert sum(1 for _ in iter(lambda: capture.read()[0], False)) == 11
    told = tomllib.loads((tmp_path / "short.toml").read_text(encoding="utf-8"))
    assert np.allclose(told["bed"], stage.corners, atol=0.06)
    assert [(span["from"], span["to"], span["state"]) for span in told["truth"]] == [
        (0.0, 0.7, "occupied"),
        (0.7, 1.2, "empty"),
    ]
