"""What else moves in a bedroom at night: where it shows, where it must not, and that it is the same every time."""

import itertools

import numpy as np
import pytest

from firmware_sim.scene.camera import aimed
from firmware_sim.scene.courses import flickering, swinging, wandering
from firmware_sim.scene.disturbance import Disturbance, Together
from firmware_sim.scene.disturbances import KINDS, disturb
from firmware_sim.scene.film import Shoot, Stage
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Bytes, Floats, floats
from firmware_sim.scene.light import Light
from firmware_sim.scene.sensor import Sensor
from firmware_sim.scene.states import Scene, arrange

SECONDS = 6.0
FRAMES = 60


@pytest.fixture(scope="module")
def made() -> Scene:
    return arrange(np.random.default_rng(42), _home().bed, "made", tidy=True)


@pytest.fixture(scope="module")
def stage(made: Scene) -> Stage:
    home = _home()
    target = floats([home.bed.width / 2, home.bed.length / 2, home.bed.top])
    camera = aimed(floats([home.bed.width + 0.7, -0.6, 2.1]), target, 0.0, 115.0, 160, 120)
    light = Light("infrared", 2.5, 2.0, 0.0, 0.0, (0.0, 0.0, -1.0), 0.0)
    return Stage(home, camera, light, Sensor(), made)


def _home() -> Home:
    return Home.draw(np.random.default_rng(41))


def _film(kind: str, stage: Stage, scene: Scene, seed: int = 7) -> tuple[Floats, list[Bytes], list[int]]:
    """Seen, delivered, and qualities; a sensor's noise is the same each time."""
    disturbance = disturb(kind, np.random.default_rng(seed), stage, scene, SECONDS)
    still, noise = stage.picture(scene), np.random.default_rng(1)
    seen, delivered, qualities = [], [], []
    for frame in range(FRAMES):
        picture = disturbance.seen(frame, still)
        seen.append(picture)
        delivered.append(disturbance.delivered(frame, stage.sensor.read_out(noise, picture)))
        qualities.append(disturbance.quality(frame, 80))
    return np.stack(seen), delivered, qualities


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_seed_disturbs_alike_and_stays_a_picture(kind: str, stage: Stage, made: Scene) -> None:
    (first, sent, _), (second, again, _) = _film(kind, stage, made), _film(kind, stage, made)
    assert np.array_equal(first, second)
    assert np.array_equal(sent, again)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 255


def test_all_that_is_named_disturbs_something(stage: Stage, made: Scene) -> None:
    still = stage.picture(made)
    noise = np.random.default_rng(1)
    plain = [stage.sensor.read_out(noise, still) for _ in range(FRAMES)]
    for kind in KINDS:
        films = [_film(kind, stage, made, seed) for seed in range(4)]
        assert any(not np.array_equal(sent, plain) or set(quality) != {80} for _, sent, quality in films), (
            kind
        )


def test_nothing_that_disturbs_goes_by_another_name(stage: Stage, made: Scene) -> None:
    with pytest.raises(KeyError, match="known: bystander"):
        disturb("earthquake", np.random.default_rng(1), stage, made, SECONDS)


@pytest.mark.parametrize("kind", ["cat_asleep", "fan"])
def test_what_is_small_leaves_most_of_the_picture_alone(kind: str, stage: Stage, made: Scene) -> None:
    seen, _, _ = _film(kind, stage, made)
    assert (np.ptp(seen, axis=0) > 0.5).mean() < 0.2


def test_a_cat_breathes_by_less_than_a_grey_level_or_two_and_only_where_it_lies(
    stage: Stage, made: Scene
) -> None:
    seen, _, _ = _film("cat_asleep", stage, made)
    assert 0 < np.abs(np.diff(seen, axis=0)).max() < 10


def test_frames_that_never_come_repeat_the_one_before(stage: Stage, made: Scene) -> None:
    _, sent, _ = _film("repeats", stage, made)
    repeated = sum(np.array_equal(one, next_one) for one, next_one in itertools.pairwise(sent))
    assert 3 <= repeated <= 40


def test_a_codec_holds_blocks_that_hardly_change(stage: Stage, made: Scene) -> None:
    _, sent, _ = _film("codec", stage, made)
    held = [(one == next_one).mean() for one, next_one in itertools.pairwise(sent)]
    assert np.median(held) > 0.3


def test_several_disturb_one_after_another(stage: Stage, made: Scene) -> None:
    twice = Together([_Brighter(), _Brighter()])
    assert np.array_equal(twice.seen(0, np.full((2, 2), 10, np.float32)), np.full((2, 2), 12, np.float32))
    assert twice.quality(0, 80) == 60


def test_a_film_is_shot_with_what_disturbs_it(stage: Stage, made: Scene) -> None:
    walks = disturb("walker", np.random.default_rng(7), stage, made, 2.0)
    film = Shoot(stage, 1).still(made, 2.0, disturbance=walks).film
    plain = Shoot(stage, 1).still(made, 2.0).film
    assert len(film.pictures) == len(plain.pictures) == 20
    assert film.pictures != plain.pictures


def test_a_swing_keeps_its_rate_and_chance_its_band() -> None:
    rng = np.random.default_rng(3)
    for course, low, high in (
        (swinging(rng, 600, 0.3), 0.2, 0.4),
        (wandering(rng, 600, 0.2, 0.5), 0.15, 0.55),
    ):
        power = np.abs(np.fft.rfft(course - course.mean())) ** 2
        frequencies = np.fft.rfftfreq(600, 0.1)
        assert power[(frequencies > low) & (frequencies < high)].sum() > 0.8 * power.sum()


def test_what_a_television_shows_stays_for_a_while() -> None:
    shown = flickering(np.random.default_rng(3), 600, 0.5)
    assert 10 < np.count_nonzero(np.diff(shown)) < 60


class _Brighter(Disturbance):
    def seen(self, _frame: int, picture: Floats) -> Floats:
        return floats(picture + 1)

    def quality(self, _frame: int, usual: int) -> int:
        return usual - 10
