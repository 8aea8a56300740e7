"""The rules of the verdict, for any evidence that a look can bring."""

import math
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vision.protocol import Stakes
from vision.verdict import (
    EARLIEST,
    EMPTY_BELOW,
    MOVES_FROM,
    Evidence,
    chance_of,
    empty_to,
    judge,
    logit,
    occupied_from,
)

chances = st.lists(st.floats(0, 1), min_size=1, max_size=60).map(tuple)
faults = st.lists(st.sampled_from(["covered", "moved", "dark", "frozen"]), min_size=1, max_size=3).map(tuple)
doubts = st.lists(st.sampled_from(["low_contrast", "blurred", "view_unknown"]), max_size=2).map(tuple)
worth = st.none() | st.floats(-2.0, 2.5)
stakes = st.builds(
    Stakes,
    in_bed_share=st.floats(0.5, 0.999),
    wrong_in_bed=st.floats(20, 100_000),
    empty_from=st.floats(0.5, 0.999),
)


@st.composite
def evidence(
    draw: st.DrawFn,
    /,
    chances: st.SearchStrategy[tuple[float, ...]] = chances,
    **given_: st.SearchStrategy[object],
) -> Evidence:
    seen = draw(chances)
    fields: dict[str, Any] = {
        "seconds": draw(st.floats(0, 60)),
        "watched": draw(st.floats(0, 60)),
        "chances": seen,
        "latest": draw(st.integers(0, len(seen))),
        "settled": draw(st.floats(0, 60)),
        "restless": draw(st.booleans()),
        "movement": draw(worth),
        "likeness": draw(st.none() | st.floats(-2.0, 0.0)),
        "doubts": draw(doubts),
        "stakes": draw(stakes),
    }
    fields |= {name: draw(strategy) for name, strategy in given_.items()}
    return Evidence(**fields)


def looked(*seen: float, **more: object) -> Evidence:
    return Evidence(**{"seconds": 20.0, "watched": 20.0, "chances": seen, **more})  # type: ignore[arg-type]


@given(evidence(faults=faults))
def test_a_camera_that_cannot_see_is_a_fault_and_never_an_empty_bed(seen: Evidence) -> None:
    judgement = judge(seen)
    assert judgement.verdict == "camera_fault"
    assert judgement.p_occupied is None
    assert judgement.reasons == seen.faults


@given(evidence(doubts=st.just(("low_contrast",))))
def test_bedding_of_one_shade_is_never_called_an_empty_bed(seen: Evidence) -> None:
    assert judge(seen).verdict in ("in_bed", "uncertain")


@given(evidence(doubts=st.just(("low_contrast",)), movement=st.none() | st.floats(-2.0, MOVES_FROM - 0.01)))
def test_bedding_of_one_shade_takes_movement_to_be_called_occupied(seen: Evidence) -> None:
    assert judge(seen).verdict == "uncertain"


@given(
    evidence(
        chances=st.lists(st.floats(0, EMPTY_BELOW - 0.05), min_size=1, max_size=40).map(tuple),
        movement=st.floats(MOVES_FROM, 2.5),
        restless=st.just(False),
    )
)
def test_movement_in_a_bed_that_looks_empty_is_never_called_in_bed(seen: Evidence) -> None:
    assert judge(seen).verdict == "uncertain"


@given(evidence(chances=st.lists(st.floats(0, 0.5), min_size=1, max_size=40).map(tuple), movement=worth))
def test_movement_alone_never_makes_an_answer_of_in_bed(seen: Evidence) -> None:
    assert judge(seen).verdict != "in_bed"


@given(evidence())
def test_every_judgement_is_well_formed_and_says_why(seen: Evidence) -> None:
    judgement = judge(seen)
    assert judgement.reasons
    assert judgement.p_occupied is None or 0 < judgement.p_occupied < 1
    if judgement.verdict in ("in_bed", "not_in_bed"):
        assert judgement.p_occupied is not None


@given(stakes, st.floats(0.001, 0.999))
def test_in_bed_is_said_where_a_needless_visit_would_cost_more(at: Stakes, chance: float) -> None:
    p = chance_of(logit(chance) + logit(at.in_bed_share))
    said_in_bed, a_visit = (1 - p) * at.wrong_in_bed, p
    if not math.isclose(said_in_bed, a_visit):
        assert (logit(chance) >= occupied_from(at)) == (said_in_bed < a_visit)


@given(stakes, st.floats(0.001, 0.999))
def test_a_bed_is_called_empty_where_it_is_as_likely_empty_as_the_site_demands(
    at: Stakes, chance: float
) -> None:
    p = chance_of(logit(chance) + logit(at.in_bed_share))
    if not math.isclose(1 - p, at.empty_from):
        assert (logit(chance) <= empty_to(at)) == (1 - p > at.empty_from)


@given(stakes)
def test_no_evidence_is_enough_for_both_answers(at: Stakes) -> None:
    assert empty_to(at) < occupied_from(at)


def test_by_default_a_wrong_in_bed_costs_200_visits_and_95_of_100_are_in_bed() -> None:
    assert math.isclose(chance_of(occupied_from(Stakes()) + logit(0.95)), 200 / 201)
    assert math.isclose(chance_of(empty_to(Stakes()) + logit(0.95)), 0.5)


@given(st.floats(0.02, 0.98), st.integers(2, 600))
def test_many_frames_of_one_scene_say_no_more_than_one_of_them(chance: float, frames: int) -> None:
    one, many = judge(looked(chance)), judge(looked(*[chance] * frames))
    assert one.verdict == many.verdict
    assert one.p_occupied is not None
    assert many.p_occupied is not None
    assert math.isclose(one.p_occupied, many.p_occupied, abs_tol=1e-9)


def test_frames_that_disagree_make_it_less_sure() -> None:
    assert judge(looked(0.97, 0.97, 0.97, movement=MOVES_FROM)).verdict == "in_bed"
    assert judge(looked(0.9999, 0.2, 0.9999, movement=MOVES_FROM)).verdict == "uncertain"


def test_the_look_of_a_sleeper_without_any_movement_is_for_a_human_to_judge() -> None:
    judgement = judge(looked(0.9999, movement=0.0))
    assert (judgement.verdict, judgement.reasons) == ("uncertain", ("no_movement_seen",))


@given(evidence())
def test_a_film_in_which_nothing_moves_is_never_in_bed(seen: Evidence) -> None:
    still = replace(seen, movement=min(seen.movement or 0.0, MOVES_FROM - 0.01), still=False)
    assert judge(still).verdict != "in_bed"


def test_a_clear_sleeper_is_told_as_soon_as_movement_can_be_trusted() -> None:
    early, in_time = EARLIEST - 0.1, EARLIEST
    assert not judge(looked(0.999, movement=1.0, seconds=early, watched=early)).sure
    assert judge(looked(0.999, movement=1.0, seconds=in_time, watched=in_time)).sure


@given(evidence())
def test_an_empty_bed_is_never_told_early(seen: Evidence) -> None:
    judgement = judge(seen)
    assert not (judgement.sure and judgement.verdict in ("not_in_bed", "uncertain"))


def test_a_clearly_empty_bed_without_movement_is_not_in_bed() -> None:
    assert judge(looked(0.01, 0.02, movement=-0.3)).verdict == "not_in_bed"


def test_a_bed_like_the_empty_one_of_the_installation_is_called_empty_sooner() -> None:
    assert judge(looked(0.2)).verdict == "uncertain"
    assert judge(looked(0.2, likeness=-2.0)).verdict == "not_in_bed"


def test_movement_tips_a_likely_sleeper() -> None:
    assert judge(looked(0.85)).verdict == "uncertain"
    assert judge(looked(0.85, movement=2.0)).verdict == "in_bed"


def test_too_few_good_frames_are_uncertain() -> None:
    assert judge(looked(0.99, seconds=1.0)).reasons == ("too_short",)
    assert judge(looked(seconds=0.0)).verdict == "uncertain"


def test_who_gets_up_in_mid_look_is_not_in_bed_once_the_bed_has_settled() -> None:
    before, after = (0.98,) * 20, (0.01,) * 24
    gone = looked(*before, *after, latest=24, settled=12.0, restless=True)
    assert judge(gone).verdict == "not_in_bed"
    just_gone = looked(*before, *after[:4], latest=4, settled=2.0, restless=True)
    assert judge(just_gone).verdict == "uncertain"


TOWARDS_BED = {"not_in_bed": 0, "uncertain": 1, "in_bed": 2}


@given(evidence(), st.floats(0.01, 6.0))
def test_a_bed_that_looks_emptier_is_never_answered_more_occupied(seen: Evidence, less: float) -> None:
    if seen.chances:
        alike = replace(seen, chances=(seen.chances[0],) * len(seen.chances))
        emptier = replace(
            alike, chances=tuple(chance_of(logit(min(max(c, 1e-6), 1 - 1e-6)) - less) for c in alike.chances)
        )
        assert TOWARDS_BED[judge(emptier).verdict] <= TOWARDS_BED[judge(alike).verdict]


@given(evidence(), st.floats(0, 2.5))
def test_a_bed_that_moves_less_is_never_answered_more_occupied(seen: Evidence, less: float) -> None:
    if seen.movement is not None:
        calmer = replace(seen, movement=seen.movement - less)
        assert TOWARDS_BED[judge(calmer).verdict] <= TOWARDS_BED[judge(seen).verdict]


@given(evidence(), st.floats(0, 2.0))
def test_a_bed_more_like_the_empty_one_is_never_answered_more_occupied(seen: Evidence, more: float) -> None:
    likelier = replace(seen, likeness=(seen.likeness or 0.0) - more)
    assert TOWARDS_BED[judge(likelier).verdict] <= TOWARDS_BED[judge(seen).verdict]


@given(evidence(movement=st.floats(MOVES_FROM, 2.5)))
def test_a_bed_in_which_something_moves_is_never_called_empty(seen: Evidence) -> None:
    assert judge(seen).verdict != "not_in_bed"


@given(evidence(doubts=st.sampled_from([("blurred",), ("view_unknown", "low_contrast")])))
def test_doubts_never_leave_an_answer_of_an_empty_bed(seen: Evidence) -> None:
    assert judge(seen).verdict != "not_in_bed"


@given(evidence(movement=st.floats(MOVES_FROM, 2.5)), st.sampled_from(["view_unknown", "partly_covered"]))
def test_whoever_is_seen_in_a_room_that_is_not_recognised_may_be_anywhere(seen: Evidence, doubt: str) -> None:
    assert judge(replace(seen, doubts=(doubt,))).verdict != "in_bed"
