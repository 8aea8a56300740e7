"""What staff confirmed of earlier answers makes the verdict more careful, and never otherwise."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.test_verdict import evidence, looked
from vision.protocol import MOST_DOUBT, Doubt, Look, ProtocolBreach, Stakes, ToWorker, Unpacker, pack
from vision.verdict import Evidence, empty_to, judge, logit, occupied_from

doubts = st.builds(Doubt, st.floats(0, MOST_DOUBT), st.floats(0, MOST_DOUBT))
OCCUPIED_FROM, EMPTY_TO = occupied_from(Stakes()), empty_to(Stakes())
BED = ((10.0, 10.0), (90.0, 10.0), (90.0, 90.0), (10.0, 90.0))


@given(evidence(), doubts)
def test_a_doubt_only_ever_makes_an_answer_uncertain(seen: Evidence, doubt: Doubt) -> None:
    without, doubted = judge(seen), judge(replace(seen, doubt=doubt))
    assert doubted.p_occupied == without.p_occupied
    assert doubted.verdict in (without.verdict, "uncertain")
    assert without.sure or not doubted.sure


@given(evidence(), st.floats(0, MOST_DOUBT))
def test_a_doubt_of_absence_leaves_every_other_verdict_as_it_was(seen: Evidence, doubt: float) -> None:
    without, doubted = judge(seen), judge(replace(seen, doubt=Doubt(not_in_bed=doubt)))
    if without.verdict != "not_in_bed":
        assert doubted == without


def test_in_bed_needs_so_much_more_where_it_was_wrong() -> None:
    just = looked(0.51, movement=OCCUPIED_FROM + 0.3)
    assert judge(just).verdict == "in_bed"
    doubted = judge(replace(just, doubt=Doubt(in_bed=0.7)))
    assert (doubted.verdict, doubted.reasons[0]) == ("uncertain", "in_bed_was_wrong_here")
    surely = looked(0.51, movement=OCCUPIED_FROM + 1.0, doubt=Doubt(in_bed=0.7))
    assert judge(surely).verdict == "in_bed"


def test_an_absence_needs_so_much_more_where_it_was_needless() -> None:
    just = looked(0.5, likeness=EMPTY_TO - 0.3)
    assert judge(just).verdict == "not_in_bed"
    doubted = judge(replace(just, doubt=Doubt(not_in_bed=0.7)))
    assert (doubted.verdict, doubted.reasons[0]) == ("uncertain", "not_in_bed_was_wrong_here")
    assert logit(doubted.p_occupied or 0.5) == pytest.approx(EMPTY_TO - 0.3)


@pytest.mark.parametrize("doubt", [{"in_bed": -0.1}, {"not_in_bed": -1.0}, {"in_bed": 2.2}, {"in_bed": 1e9}])
def test_the_worker_takes_no_doubt_that_would_make_it_quicker_or_knows_no_bounds(
    doubt: dict[str, float],
) -> None:
    look = msgspec.to_builtins(Look(look="l", source="device:only", bed=BED, seconds=20.0, deadline=1.0))
    body = msgspec.json.encode({**look, "doubt": doubt})
    with pytest.raises(ProtocolBreach):
        Unpacker(ToWorker).feed(len(body).to_bytes(4, "big") + body)


def test_a_doubt_travels_to_the_worker() -> None:
    sent = Look(look="l", source="device:only", bed=BED, seconds=20.0, deadline=1.0, doubt=Doubt(0.7, 1.4))
    assert Unpacker(ToWorker).feed(pack(sent)) == [sent]
