"""What staff confirm afterwards makes nattro more careful in this home: within bounds, until it is taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.actions import ExtendLook, StartLook
from agent.core.confirmations import ANSWERS_REMEMBERED, CONFIRMED_REMEMBERED, MOST_STEPS, STEP
from agent.core.facts import Answer, AnswerStatus, ConfirmedWrong, Heartbeat
from agent.core.orders import AnyOrder, Confirm, ForgetConfirmations, Outcome
from agent.core.state import Confirmed
from tests.core.bench import Night
from vision.protocol import Doubt

TODAY = "2026-11-21T23:00"


def answered(seen: str = "in_bed") -> Night:
    """A night whose check at 23:00 has its answer."""
    return Night(times=("23:00", "01:00")).sees(otherwise=seen).until("23:40")


def nights(*seen: str) -> Night:
    """One check a night, with these answers; each is confirmed to have been wrong on the next day."""
    night = Night(start="2026-11-21 12:00")
    for verdict in seen:
        night.sees(otherwise=verdict).until("12:00")
        otherwise: Outcome = "not_in_bed" if verdict == "in_bed" else "in_bed"
        assert night.command(Confirm(night.said(Answer)[-1].check, otherwise)).outcome == "done"
    return night


def asked_for(night: Night) -> tuple[float, float]:
    """The evidence beyond the usual that the last look was asked to have."""
    look = night.asked(StartLook)[-1]
    return round(look.doubt_in_bed / STEP, 6), round(look.doubt_not_in_bed / STEP, 6)


def test_nothing_is_asked_for_beyond_the_usual_until_an_answer_was_wrong() -> None:
    night = answered("in_bed")
    assert night.command(Confirm(TODAY, "in_bed")).outcome == "done"
    night.until("01:40")
    assert asked_for(night) == (0, 0)


def test_a_wrong_in_bed_raises_what_is_asked_for_before_in_bed_is_said_again() -> None:
    night = answered("in_bed")
    night.command(Confirm(TODAY, "not_in_bed"))
    night.until("01:40")
    assert asked_for(night) == (1, 0)


def test_a_needless_not_in_bed_raises_what_is_asked_for_before_not_in_bed_and_leaves_in_bed_alone() -> None:
    night = answered("not_in_bed")
    night.command(Confirm(TODAY, "in_bed"))
    night.until("01:40")
    assert asked_for(night) == (0, 1)


@pytest.mark.parametrize("seen", ["uncertain", "camera_fault:covered", "fails:gone"])
def test_an_answer_that_claimed_nothing_was_not_wrong(seen: str) -> None:
    night = answered(seen)
    assert night.command(Confirm(TODAY, "not_in_bed")).outcome == "done"
    night.sees(otherwise="in_bed").until("01:40")
    assert asked_for(night) == (0, 0)


def test_the_care_has_a_ceiling_that_the_worker_accepts() -> None:
    night = nights(*["in_bed"] * (MOST_STEPS + 2), *["not_in_bed"] * (MOST_STEPS + 2))
    night.until("23:40")
    assert asked_for(night) == (MOST_STEPS, MOST_STEPS)
    Doubt(in_bed=MOST_STEPS * STEP, not_in_bed=MOST_STEPS * STEP)


def test_a_check_that_nobody_knows_of_cannot_be_confirmed() -> None:
    reply = answered().command(Confirm("2026-11-21T04:00", "in_bed"))
    assert reply.outcome == "refused"
    assert "no answer to such a check" in reply.reason


def test_a_check_under_way_cannot_be_confirmed() -> None:
    night = Night().until("23:00:10")
    assert night.command(Confirm(TODAY, "in_bed")).reason == "that check is not answered yet"


def test_another_outcome_is_refused_unless_it_corrects_the_first() -> None:
    night = answered("in_bed")
    night.command(Confirm(TODAY, "not_in_bed"))
    reply = night.command(Confirm(TODAY, "in_bed"))
    assert (reply.outcome, "correction" in reply.reason) == ("refused", True)
    assert night.command(Confirm(TODAY, "in_bed", correction=True)).outcome == "done"
    night.until("01:40")
    assert asked_for(night) == (0, 0)


def test_the_same_outcome_twice_counts_once() -> None:
    night = answered("in_bed")
    for _ in range(3):
        assert night.command(Confirm(TODAY, "not_in_bed")).outcome == "done"
    night.until("01:40")
    assert asked_for(night) == (1, 0)


def test_what_was_confirmed_is_known_after_a_power_cut() -> None:
    night = answered("in_bed")
    night.command(Confirm(TODAY, "not_in_bed"))
    night.power_cut(30).until("01:40")
    assert asked_for(night) == (1, 0)


def test_the_operator_can_have_it_forgotten() -> None:
    night = nights("in_bed", "not_in_bed")
    assert night.command(ForgetConfirmations()).outcome == "done"
    night.until("23:40")
    assert asked_for(night) == (0, 0)


def test_the_heartbeat_tells_how_many_answers_were_wrong() -> None:
    night = nights("in_bed", "in_bed", "not_in_bed").wait(3700)
    assert night.said(Heartbeat)[-1].confirmed_wrong == ConfirmedWrong(in_bed=2, not_in_bed=1)


def test_a_doubted_absence_gives_in_bed_no_more_chances_than_there_were_without_the_doubt() -> None:
    night = Night().sees(otherwise="uncertain:not_in_bed_was_wrong_here").until("23:40")
    assert night.asked(ExtendLook) == []
    assert (night.answer("23:00").status, night.alarms()) == ("uncertain", [("uncertain", "raised")])


def test_a_doubted_in_bed_is_looked_at_for_longer() -> None:
    night = Night().sees("uncertain:in_bed_was_wrong_here", "in_bed").until("23:05")
    assert len(night.asked(ExtendLook)) == 1
    assert night.answer("23:00").status == "in_bed"


def test_answers_are_remembered_within_bounds_and_the_oldest_cannot_be_confirmed_any_more() -> None:
    night = answered()
    night.state.told = {f"older-{number}": "in_bed" for number in range(ANSWERS_REMEMBERED)}
    night.until("01:40")
    assert len(night.state.told) == ANSWERS_REMEMBERED
    assert night.command(Confirm("older-0", "not_in_bed")).outcome == "refused"
    assert night.command(Confirm("older-1", "not_in_bed")).outcome == "done"


def test_a_flood_of_harmless_confirmations_does_not_wash_away_that_an_answer_was_wrong() -> None:
    night = answered("in_bed")
    night.command(Confirm(TODAY, "not_in_bed"))
    harmless = Confirmed("in_bed", "in_bed")
    night.state.confirmed |= {f"right-{number}": harmless for number in range(CONFIRMED_REMEMBERED - 1)}
    night.state.told["new"] = "in_bed"
    assert night.command(Confirm("new", "in_bed")).outcome == "done"
    assert len(night.state.confirmed) == CONFIRMED_REMEMBERED
    night.until("01:40")
    assert asked_for(night) == (1, 0)


def test_a_check_that_is_old_can_still_be_corrected() -> None:
    night = answered("in_bed")
    night.command(Confirm(TODAY, "not_in_bed"))
    night.state.told.clear()
    assert night.command(Confirm(TODAY, "in_bed", correction=True)).outcome == "done"
    assert night.state.confirmed[TODAY] == Confirmed("in_bed", "in_bed")


CHECKS = [f"check-{number}" for number in range(6)]
orders: st.SearchStrategy[AnyOrder] = st.one_of(
    st.builds(
        Confirm, st.sampled_from(CHECKS), st.sampled_from(["in_bed", "not_in_bed"]), correction=st.booleans()
    ),
    st.builds(ForgetConfirmations),
)
statuses = st.sampled_from(["in_bed", "not_in_bed", "uncertain", "camera_fault", "missed", "paused"])


@given(told=st.fixed_dictionaries(dict.fromkeys(CHECKS, statuses)), sent=st.lists(orders, max_size=12))
def test_whatever_is_confirmed_the_doubts_stay_within_bounds_and_can_be_taken_back(
    told: dict[str, AnswerStatus], sent: list[AnyOrder]
) -> None:
    night = Night(times=("23:00",))
    night.state.told = told
    for order in sent:
        night.command(order)
    night.until("23:01")
    look = night.asked(StartLook)[-1]
    assert 0 <= look.doubt_in_bed <= MOST_STEPS * STEP
    assert 0 <= look.doubt_not_in_bed <= MOST_STEPS * STEP
    wrong = [check for check, each in night.state.confirmed.items() if each.was_wrong]
    assert (look.doubt_in_bed + look.doubt_not_in_bed > 0) == bool(wrong)
    for check in wrong:
        status = night.state.told[check]
        assert night.command(Confirm(check, status, correction=True)).outcome == "done"  # type: ignore[arg-type]
    assert not any(each.was_wrong for each in night.state.confirmed.values())
