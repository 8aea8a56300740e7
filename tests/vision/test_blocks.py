"""What the blocks of a look say: a chest's breadth that moves slowly in the bed and nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.blocks import Surroundings, excess

ROWS, COLUMNS, RATE = 30, 40, 10
Ways = NDArray[np.float32]


def surroundings() -> Surroundings:
    bed = np.zeros((ROWS, COLUMNS), np.bool_)
    bed[8:22, 14:26] = True
    room = np.ones((ROWS, COLUMNS), np.bool_)
    room[5:25, 11:29] = False
    return Surroundings(bed, room)


def noise(seconds: float = 30, seed: int = 1, rate: int = RATE) -> Ways:
    shape = (round(seconds * rate), ROWS, COLUMNS, 2)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def swing(count: int, hertz: float = 0.25, rate: int = RATE) -> Ways:
    return np.sin(2 * np.pi * hertz * np.arange(count) / rate).astype(np.float32)[:, None, None, None]


def at(ways: Ways, rate: int = RATE) -> NDArray[np.float64]:
    return np.arange(len(ways)) / rate


def with_chest(ways: Ways, strength: float, hertz: float = 0.25) -> Ways:
    moving = ways.copy()
    moving[:, 11:17, 17:23] += strength * swing(len(ways), hertz)
    return moving


def heard(ways: Ways, where: Surroundings | None = None) -> float | None:
    where = where or surroundings()
    return excess(where.chosen(ways), at(ways), where)


def score(ways: Ways) -> float:
    found = heard(ways)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_noise_says_next_to_nothing(seed: int) -> None:
    assert abs(score(noise(seed=seed))) < 0.6


@pytest.mark.parametrize("seconds", [12, 30, 50])
def test_a_chest_that_moves_as_much_as_its_noise_stands_out(seconds: float) -> None:
    assert score(with_chest(noise(seconds), 1.0)) > 1.5


def test_a_single_block_is_no_chest() -> None:
    ways = noise()
    ways[:, 13, 20] += 20 * swing(len(ways))[:, 0, 0]
    assert score(ways) < 0.6


def test_what_a_cat_moves_counts_for_much_less_than_a_chest() -> None:
    ways, small = noise(), noise()
    small[:, 12:15, 18:21] += 3 * swing(len(small))
    assert score(small) < score(with_chest(ways, 3.0)) - 0.5


def test_a_light_that_moves_over_the_bed_counts_for_much_less_than_a_chest() -> None:
    chest, light = with_chest(noise(), 3.0), noise()
    light[:, 11:17, 17:23, :1] += 5 * swing(len(light))
    assert score(light) < score(chest) - 2
    assert score(light) < 0.6


def test_what_half_a_body_does_not_feel_is_no_chest() -> None:
    cat, chest = noise(), noise()
    cat[:, 10:16, 17:21] += 8 * swing(len(cat))
    chest[:, 9:20, 15:25] += 2 * swing(len(chest))
    assert score(cat) < score(chest)


def test_what_the_whole_room_does_is_taken_out_of_the_bed() -> None:
    ways = noise()
    shaken = ways + 5 * swing(len(ways), 0.3)
    assert abs(score(shaken)) < 0.6
    assert score(with_chest(shaken, 1.5)) > 1.0


def test_fast_movement_is_noise() -> None:
    assert abs(score(with_chest(noise(), 3.0, hertz=2.0))) < 0.6


def test_a_room_in_which_all_move_as_they_like_hides_the_bed() -> None:
    rng, ways = np.random.default_rng(3), noise()
    hertz, begin = rng.uniform(0.15, 0.4, (2, ROWS, COLUMNS))
    turns = hertz * np.arange(len(ways))[:, None, None] / RATE + 50 * begin
    ways += 6 * np.sin(2 * np.pi * turns).astype(np.float32)[..., None]
    assert heard(ways) is None


def test_too_few_blocks_or_too_slow_a_camera_say_nothing() -> None:
    where = surroundings()
    ways = noise()
    nowhere = np.zeros((ROWS, COLUMNS), np.bool_)
    assert heard(ways, where.telling(nowhere)) is None
    slow = noise(30, rate=2)
    assert excess(where.chosen(slow), at(slow, 2), where) is None
    short = noise(2)
    assert heard(short) is None


def test_frames_that_are_missing_here_and_there_do_no_harm() -> None:
    ways = with_chest(noise(), 1.0)
    kept = np.random.default_rng(4).random(len(ways)) > 0.3
    found = excess(surroundings().chosen(ways[kept]), at(ways)[kept], surroundings())
    assert found is not None
    assert found > 1.0
