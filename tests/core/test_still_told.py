"""What the broker still holds of a life that could not store it, or lost its store: gone on with, or taken back."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.facts import Alarm, Answer, Fault, Text
from agent.core.moment import at
from agent.core.orders import Acknowledge
from tests.core.bench import Night

CHECK = "2026-11-21T23:00"
WORDS = Text(sv="", en="")


def alarm(night: Night, kind: str = "not_in_bed", acknowledged_by: str | None = None) -> Alarm:
    return Alarm(
        alarm=f"{CHECK}/{kind}",
        kind=kind,  # type: ignore[arg-type]
        state="acknowledged" if acknowledged_by else "raised",
        check=CHECK,
        reason="",
        raised_at=at(night.true),
        repeat=2,
        acknowledged_by=acknowledged_by,
        text=WORDS,
    )


def fault(night: Night, kind: str = "camera_covered") -> Fault:
    return Fault(kind=kind, state="present", since=at(night.true), text=WORDS)  # type: ignore[arg-type]


def test_an_alarm_that_nobody_remembers_is_repeated_until_somebody_takes_care_of_it() -> None:
    night = Night(times=())
    night.post(ev.StillTold(alarm(night)))
    night.wait(310)
    assert [(told.alarm, told.repeat) for told in night.said(Alarm)] == [(f"{CHECK}/not_in_bed", 3)]
    assert night.command(Acknowledge(f"{CHECK}/not_in_bed")).outcome == "done"
    assert len(night.wait(3600).said(Alarm)) == 2


def test_an_alarm_that_nobody_remembers_is_cleared_when_the_person_is_seen_in_bed() -> None:
    night = Night().until("23:00:05")
    night.post(ev.StillTold(alarm(night)))
    night.until("23:05")
    assert night.answer("23:00").status == "in_bed"
    assert [(told.alarm, told.state) for told in night.said(Alarm)] == [(f"{CHECK}/not_in_bed", "cleared")]


def test_an_alarm_before_the_person_was_seen_in_bed_is_over_when_it_is_heard_of() -> None:
    night = Night().until("23:00:05")
    raised = alarm(night)
    night.until("23:05")
    assert night.answer("23:00").status == "in_bed"
    night.post(ev.StillTold(raised))
    assert [(told.state, told.reason) for told in night.said(Alarm)] == [("cleared", "in_bed")]
    assert night.state.alarms == {}


@pytest.mark.parametrize(
    ("check", "over"), [("2026-11-21T22:00", True), (CHECK, True), ("2026-11-22T03:00", False)]
)
def test_what_an_earlier_life_has_seen_ends_no_alarm_of_a_later_check(check: str, over: bool) -> None:
    """By a clock that was set back the alarm bears an earlier time than what was seen."""
    night = Night().until("23:00:05")
    raised = msgspec.structs.replace(alarm(night), check=check)
    night.until("23:05").restart()
    assert night.answer("23:00").status == "in_bed"
    night.post(ev.StillTold(raised))
    assert (night.state.alarms == {}) is over


def test_an_alarm_that_another_life_has_raised_for_the_same_answer_is_not_another_one() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:00:05")
    night.post(ev.StillTold(alarm(night)))
    night.until("23:25")
    assert night.answer("23:00").status == "not_in_bed"
    assert {told.state for told in night.said(Alarm)} == {"raised"}
    assert {told.alarm for told in night.said(Alarm)} == {f"{CHECK}/not_in_bed"}


def test_an_alarm_that_is_gone_on_with_says_why_this_life_raises_it() -> None:
    night = Night().trust(False).until("23:00:05")
    night.post(ev.StillTold(alarm(night, "missed")))
    night.until("23:35")
    assert night.said(Alarm)[-1].reason == "clock"


def test_an_acknowledged_alarm_stays_acknowledged() -> None:
    night = Night(times=())
    night.post(ev.StillTold(alarm(night, acknowledged_by="night-team")))
    assert night.wait(3600).said(Alarm) == []
    night.disconnect(targets_answer=True).wait(60).connect()
    assert {told.state for told in night.said(Alarm)} == {"acknowledged"}


def test_what_is_open_here_is_known_best_here() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:25")
    before = night.state.alarms["not_in_bed"]
    night.post(ev.StillTold(alarm(night)))
    assert night.state.alarms["not_in_bed"] == before


def test_an_alarm_whose_end_is_on_its_way_is_over() -> None:
    night = Night(times=("23:00", "03:00")).sees(otherwise="not_in_bed").until("23:25")
    raised = night.said(Alarm)[-1]
    night.sees(otherwise="in_bed").disconnect(targets_answer=True).until("03:05")
    assert night.said(Alarm)[-1].state == "cleared"
    said = len(night.said(Alarm))
    night.connect()
    night.post(ev.StillTold(raised))
    assert len(night.wait(600).said(Alarm)) == said


def test_a_fault_that_is_not_there_is_taken_back_once_and_no_other() -> None:
    night = Night(times=())
    night.online = False
    for _ in range(2):
        night.post(ev.StillTold(fault(night)))
    assert night.faults() == [("camera_covered", "cleared")]


def test_a_fault_that_is_there_stays() -> None:
    night = Night().sees(otherwise="camera_fault:covered").until("23:35")
    night.post(ev.StillTold(fault(night)))
    assert night.faults() == [("camera_covered", "present")]


def test_what_this_process_has_seen_is_newer_than_an_alarm_of_an_earlier_one_whatever_its_clock_showed() -> (
    None
):
    night = Night().until("23:00:05")
    raised = msgspec.structs.replace(alarm(night, "missed"), raised_at=at(night.true + 5 * 3600))
    night.until("23:05")
    assert night.answer("23:00").status == "in_bed"
    night.post(ev.StillTold(raised))
    assert [(told.state, told.reason) for told in night.said(Alarm)] == [("cleared", "in_bed")]


def test_a_check_whose_alarm_is_heard_of_gets_no_second_answer_when_it_is_over() -> None:
    night = Night(trusted=False, store="lost", consent=False)
    night.post(ev.StillTold(alarm(night, "missed")))
    night.until("23:35").clock_is_synchronised()
    assert night.said(Answer) == []
    assert {told.alarm for told in night.wait(600).said(Alarm)} == {f"{CHECK}/missed"}
