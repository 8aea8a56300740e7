"""The check protocol: looks, extensions, waits, and the one answer in time."""

from itertools import product

import pytest

from agent.core import events as ev
from agent.core.actions import ExtendLook, SetLamp, StartLook, StopLook
from agent.core.answers import conclude
from agent.core.facts import Answer
from agent.core.orders import ExtraCheck
from agent.core.policy import CheckPolicy, Policy
from tests.core.bench import Night, report

LOOKS = ("in_bed", "not_in_bed", "uncertain", "fails:stalled")


def starts(night: Night) -> list[float]:
    """Minutes since the first look at which each look began."""
    first, *_ = begun = [look.deadline - 1740 for look in night.asked(StartLook)]
    return [round((begin - first) / 60, 1) for begin in begun]


def look_times(answer: Answer) -> list[str]:
    return [look.at.strftime("%H:%M:%S") for look in answer.looks]


def test_a_person_in_bed_is_answered_after_the_first_look() -> None:
    night = Night().until("23:05")
    answer = night.answer("23:00")
    assert (answer.status, answer.kind, answer.late) == ("in_bed", "agreed", False)
    assert night.clock_at(answer) == "23:00:20"
    assert night.alarms() == []


def test_the_camera_is_closed_after_each_look_and_the_lamp_goes_out() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:35")
    assert len(night.asked(StartLook)) == len(night.asked(StopLook)) == 3
    assert [lamp.lit for lamp in night.asked(SetLamp)] == [False] + [True, False] * 3


def test_an_empty_bed_raises_an_alarm_after_two_more_looks_ten_minutes_apart() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:25")
    answer = night.answer("23:00")
    assert answer.status == "not_in_bed"
    assert look_times(answer) == ["22:00:00", "22:10:20", "22:20:41"]
    assert night.alarms() == [("not_in_bed", "raised")]


def test_back_by_the_second_look_ends_the_check_without_an_alarm() -> None:
    night = Night().sees("not_in_bed", "in_bed").until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, len(answer.looks)) == ("in_bed", 2)
    assert night.alarms() == []


def test_an_unsure_look_is_extended_once_with_the_same_evidence() -> None:
    night = Night().sees("uncertain", "in_bed").until("23:05")
    (more,) = night.asked(ExtendLook)
    (look,) = night.asked(StartLook)
    assert (more.look, more.seconds) == (look.look, 30)
    (summary,) = night.answer("23:00").looks
    assert (summary.result, summary.extended) == ("in_bed", True)


def test_each_look_is_extended_once_and_no_more() -> None:
    night = Night().sees(otherwise="uncertain:low_contrast").until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("uncertain", "low_contrast")
    assert len(night.asked(ExtendLook)) == len(answer.looks) == 3
    assert answer.answered_at < answer.window_end


def test_a_sure_look_is_not_extended() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:35")
    assert night.asked(ExtendLook) == []


def test_unsure_and_not_seen_together_are_uncertain_and_the_looks_are_listed() -> None:
    night = Night().sees("not_in_bed", "uncertain", "uncertain", "not_in_bed").until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("uncertain", "mixed_looks")
    assert [look.result for look in answer.looks] == ["not_in_bed", "uncertain", "not_in_bed"]


def test_another_site_makes_one_further_look_after_fifteen_minutes() -> None:
    check = CheckPolicy(further_looks=1, further_look_after_minutes=15)
    night = Night(Policy(device="d", times=("23:00",), check=check)).sees(otherwise="not_in_bed")
    answer = night.until("23:35").answer("23:00")
    assert look_times(answer) == ["22:00:00", "22:15:20"]


def test_a_site_without_further_looks_answers_after_the_first() -> None:
    night = Night(Policy(device="d", times=("23:00",), check=CheckPolicy(further_looks=0)))
    answer = night.sees(otherwise="not_in_bed").until("23:35").answer("23:00")
    assert night.clock_at(answer) == "23:00:20"


def test_a_site_without_extension_counts_an_unsure_look_as_it_is() -> None:
    check = CheckPolicy(extension_seconds=0)
    night = (
        Night(Policy(device="d", times=("23:00",), check=check)).sees(otherwise="uncertain").until("23:35")
    )
    assert night.asked(ExtendLook) == []
    assert night.answer("23:00").status == "uncertain"


def test_a_camera_seen_covered_twice_is_answered_at_once_and_nothing_is_restarted() -> None:
    night = Night().sees(otherwise="camera_fault:covered").until("23:35")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("camera_fault", "covered")
    assert night.clock_at(answer) == "23:00:50"
    assert night.promises.restarts == []
    assert night.alarms() == [("camera_fault", "raised")]


@pytest.mark.parametrize("reason", ["covered", "moved", "dark"])
def test_a_fault_that_the_second_half_does_not_confirm_is_not_believed(reason: str) -> None:
    night = Night().sees(f"camera_fault:{reason}", "in_bed").until("23:35")
    assert night.answer("23:00").status == "in_bed"
    assert night.faults() == []


def test_a_silent_worker_leaves_an_answer_before_the_window_ends() -> None:
    night = Night().sees(otherwise="silence").until("23:35")
    answer = night.answer("23:00")
    assert answer.answered_at < answer.window_end
    assert answer.status in ("camera_fault", "missed")
    assert night.state.camera.open_look is None


def test_what_the_first_half_saw_counts_when_the_second_never_comes() -> None:
    night = Night().sees("uncertain:low_contrast", "silence").until("23:35")
    answer = night.answer("23:00")
    assert answer.status in ("uncertain", "camera_fault")
    assert answer.looks[0].result == "uncertain"


def test_words_of_other_looks_change_nothing() -> None:
    night = Night().sees(otherwise="silence").until("23:01")
    before = night.state
    for foreign in ("2026-11-20T23:00/1", "blind-test/1", ""):
        night.post(ev.LookReported(foreign, report("not_in_bed")))
        night.post(ev.LookFailed(foreign, "crashed"))
        night.post(ev.LookClosed(foreign))
    assert night.state.check == before.check
    assert night.state.camera == before.camera


def test_a_report_that_comes_after_its_look_was_closed_is_not_counted() -> None:
    night = Night().sees("not_in_bed").until("23:05")
    (look,) = night.asked(StartLook)
    night.post(ev.LookReported(look.look, report("in_bed")))
    night.sees(otherwise="not_in_bed").until("23:35")
    assert night.answer("23:00").status == "not_in_bed"


def test_no_look_begins_before_the_one_before_is_closed_for_certain() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:00:15")
    (look,) = night.asked(StartLook)
    night._coming.clear()
    night.post(ev.LookReported(look.look, report("not_in_bed")))
    night._coming.clear()  # the worker does not end
    night.until("23:12")
    assert len(night.asked(StartLook)) == 1
    night.post(ev.LookClosed(look.look))
    assert len(night.asked(StartLook)) == 2


def test_a_worker_that_ends_without_a_word_is_a_failed_look_and_is_tried_again() -> None:
    night = Night().sees("silence", "in_bed").until("23:00:10")
    (look,) = night.asked(StartLook)
    night._nothing_more_of(look.look)
    night.post(ev.LookClosed(look.look))
    night.until("23:35")
    answer = night.answer("23:00")
    assert answer.status == "in_bed"
    assert [(look.result, look.reasons) for look in answer.looks] == [
        ("failed", ("crashed",)),
        ("in_bed", ()),
    ]


@pytest.mark.parametrize(
    ("early", "told"), [(0.0001, ("missed", "no_time")), (1.0, ("camera_fault", "crashed"))]
)
def test_a_worker_that_goes_a_hair_before_its_deadline_has_not_crashed(
    early: float, told: tuple[str, str]
) -> None:
    night = Night().sees("silence").until("23:00:10")
    (look,) = night.asked(StartLook)
    night._nothing_more_of(look.look)
    night.wait(look.deadline - night.now.boot - early)
    night.post(ev.LookClosed(look.look))
    answer = night.until("23:35").answer("23:00")
    assert (answer.status, answer.reason) == told
    assert (("worker_failed", "present") in night.faults()) is (told[0] == "camera_fault")


@pytest.mark.parametrize("looks", list(product(LOOKS, repeat=3)), ids=" then ".join)
def test_any_three_looks_end_in_the_answer_that_the_table_says_and_in_time(looks: tuple[str, ...]) -> None:
    """Uncertain looks are extended and stay so; a stalled camera is reopened, and the next look is made at once."""
    script = [seen for look in looks for seen in ([look] * 2 if look == "uncertain" else [look])]
    answer = Night().sees(*script, otherwise="uncertain").until("23:35").answer("23:00")
    made = [look.result for look in answer.looks]
    wanted = ["failed" if look.startswith("fails") else look for look in looks]
    assert made[:3] == wanted[: len(made)]
    assert answer.status == conclude(list(answer.looks), "").status
    assert answer.answered_at < answer.window_end
    if "in_bed" in looks:
        assert made == wanted[: looks.index("in_bed") + 1]


# ---- the extra check


def test_the_extra_check_has_an_id_and_an_answer_of_its_own() -> None:
    night = Night().until("23:05")
    assert night.command(ExtraCheck()).outcome == "done"
    night.until("23:10")
    assert night.answer("23:00").kind == "agreed"
    assert (night.answer("23:00+extra").kind, night.answer("23:00+extra").status) == ("extra", "in_bed")


def test_a_window_has_one_extra_check() -> None:
    night = Night().until("23:05")
    night.command(ExtraCheck())
    night.until("23:10")
    reply = night.command(ExtraCheck())
    assert (reply.outcome, reply.reason) == ("refused", "this window's extra check was used already")


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        ("22:50", "no agreed window is open"),
        ("23:00:10", "a check is under way"),
        ("23:28:50", "too little of the window is left for a look"),
        ("23:31", "no agreed window is open"),
    ],
)
def test_an_extra_check_is_refused(clock: str, reason: str) -> None:
    night = Night().until(clock)
    assert night.command(ExtraCheck()).reason == reason
    assert night.until("23:40").answer("23:00").status == "in_bed"


def test_the_extra_check_ends_with_the_window_of_its_check() -> None:
    night = Night().until("23:25")
    night.sees(otherwise="not_in_bed")
    night.command(ExtraCheck())
    answer = night.until("23:35").answer("+extra")
    assert answer.answered_at < answer.window_end
    assert answer.window_end.strftime("%H:%M") == "22:30"


def test_an_extra_check_that_sees_the_person_clears_the_alarm_of_the_check() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:22")
    night.sees(otherwise="in_bed")
    night.command(ExtraCheck())
    night.until("23:35")
    assert night.alarms() == [("not_in_bed", "raised"), ("not_in_bed", "cleared")]
