"""What mistakes cost at a site: from its configuration to the worker's verdict."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.config import example, parse
from agent.fittings import camera_settings
from tests.vision.bedroom import BED
from tests.vision.test_verdict import evidence, looked, stakes
from tests.vision.test_worker import Started, start, wish
from vision.protocol import Judged, Look, Stakes, ToWorker, Unpacker, pack
from vision.verdict import Evidence, judge

__all__ = ["start"]  # the fixture


def test_what_the_site_wrote_is_what_the_worker_is_told() -> None:
    text = example().replace("# wrong_in_bed = 200.0", "wrong_in_bed = 1000.0")
    settings = camera_settings(parse(text))
    assert settings.stakes == Stakes(wrong_in_bed=1000.0)


def test_a_site_that_fears_a_wrong_in_bed_more_is_told_in_bed_later() -> None:
    seen = looked(0.9, movement=1.5)
    assert judge(seen).verdict == "in_bed"
    assert judge(replace(seen, stakes=Stakes(wrong_in_bed=2000.0))).verdict == "uncertain"


def test_a_site_whose_people_are_often_up_is_told_of_an_empty_bed_sooner() -> None:
    seen = looked(0.12)
    assert judge(seen).verdict == "uncertain"
    assert judge(replace(seen, stakes=Stakes(in_bed_share=0.6))).verdict == "not_in_bed"


@given(evidence(), stakes, st.floats(1, 50))
def test_costlier_mistakes_never_make_an_answer_of_in_bed(seen: Evidence, at: Stakes, more: float) -> None:
    dearer = Stakes(
        in_bed_share=at.in_bed_share, wrong_in_bed=at.wrong_in_bed * more, empty_from=at.empty_from
    )
    if judge(replace(seen, stakes=at)).verdict != "in_bed":
        assert judge(replace(seen, stakes=dearer)).verdict != "in_bed"


def test_a_look_without_stakes_gets_the_usual_ones() -> None:
    sent = Look(look="l", source="device:only", bed=BED, seconds=20.0, deadline=1.0)
    (received,) = Unpacker(ToWorker).feed(pack(sent))
    assert isinstance(received, Look)
    assert received.stakes == Stakes()


def test_the_worker_weighs_by_the_stakes_it_is_told(start: Started, films: Path) -> None:
    careful = start()
    careful.say(wish(films / "sleeper.avi", stakes=Stakes(wrong_in_bed=100_000.0, in_bed_share=0.5)))
    judged = careful.hear_until(Judged)
    assert isinstance(judged, Judged)
    assert judged.verdict == "uncertain"
