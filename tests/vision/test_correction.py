"""What a few pictures of a home may change of the net's answer: little, never without need, hardly ever upwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.correction import (
    CLEARLY_EMPTY,
    DOWN,
    LEAST_SCALE,
    NOTHING,
    UP,
    Correction,
    TooFew,
    fitted,
    unguarded,
)

odds = st.floats(-8, 8)
three = st.lists(odds, min_size=3, max_size=3)


def test_a_net_that_is_right_is_left_alone() -> None:
    assert fitted([-3.0, -2.0, -3.0], [3.0, 2.0, 4.0]) == NOTHING


def test_a_home_that_looks_occupied_when_empty_is_believed_less() -> None:
    learnt = fitted([1.0, 0.5, 1.5], [3.0, 3.0, 4.0])
    assert learnt.corrected(1.0) < 0.5
    assert learnt.corrected(3.5) > 1.5


def test_a_net_that_cannot_tell_here_is_believed_less_in_both_directions() -> None:
    learnt = fitted([1.5, 2.0, -1.0], [0.0, 1.0, -2.0])
    assert learnt.scale < 0.8
    assert abs(learnt.corrected(3.0)) < 3.0


def test_it_makes_quicker_to_say_in_bed_by_little_at_most() -> None:
    learnt = fitted([-4.0, -4.0, -4.0], [-2.0, -2.0, -2.0])
    assert 0 <= learnt.shift <= UP


def test_one_strange_picture_changes_nothing() -> None:
    assert fitted([-3.0, -3.0, 2.0], [3.0, 3.0, 3.0]) == NOTHING


@pytest.mark.parametrize(("empty", "occupied"), [([1.0, 2.0], [1.0] * 3), ([1.0] * 3, [])])
def test_fewer_than_three_of_each_teach_nothing(empty: list[float], occupied: list[float]) -> None:
    with pytest.raises(TooFew, match="3 of each"):
        fitted(empty, occupied)


@given(three, three, odds, odds)
def test_it_is_bounded_and_keeps_the_order(
    empty: list[float], occupied: list[float], x: float, y: float
) -> None:
    learnt = unguarded(empty, occupied)
    assert -DOWN <= learnt.shift <= UP
    assert LEAST_SCALE - 1e-9 <= learnt.scale <= 1
    assert (learnt.corrected(x) <= learnt.corrected(y)) or x > y


@given(three, three)
def test_no_recorded_empty_bed_is_pushed_towards_occupied(empty: list[float], occupied: list[float]) -> None:
    learnt = unguarded(empty, occupied)
    highest = max(min(max(x, -4.0), 4.0) for x in empty)
    if learnt.shift > 0 and highest > CLEARLY_EMPTY:
        assert learnt.scale * highest + learnt.shift <= max(CLEARLY_EMPTY, highest) + 1e-3


def test_a_chance_is_corrected_as_its_odds_are() -> None:
    assert Correction(shift=-1.0).chance(0.5) == pytest.approx(0.2689, abs=1e-4)
    assert Correction().chance(0.987654) == 0.987654
    assert Correction(shift=-1.0).chance(1.0) < 1
