"""Agreed times become instants, also on the two nights that have 23 and 25 hours."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.core.facts import Answer, Schedule
from agent.core.schedule import DAY, local_day, slots, start_on
from tests.core.bench import Night

STOCKHOLM, MELBOURNE, LORD_HOWE = "Europe/Stockholm", "Australia/Melbourne", "Australia/Lord_Howe"


def utc_of(day: str, agreed: str, zone: str) -> str:
    instant = start_on(date.fromisoformat(day), agreed, ZoneInfo(zone))
    return datetime.fromtimestamp(instant, ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("day", "agreed", "zone", "expected"),
    [
        ("2026-11-21", "23:30", STOCKHOLM, "2026-11-21T22:30"),
        ("2026-06-21", "23:30", STOCKHOLM, "2026-06-21T21:30"),
        # spring: 02:00-02:59 do not exist, the first instant after the gap is 03:00 = 01:00 UTC
        ("2027-03-28", "01:59", STOCKHOLM, "2027-03-28T00:59"),
        ("2027-03-28", "02:00", STOCKHOLM, "2027-03-28T01:00"),
        ("2027-03-28", "02:30", STOCKHOLM, "2027-03-28T01:00"),
        ("2027-03-28", "02:59", STOCKHOLM, "2027-03-28T01:00"),
        ("2027-03-28", "03:00", STOCKHOLM, "2027-03-28T01:00"),
        ("2027-03-28", "03:01", STOCKHOLM, "2027-03-28T01:01"),
        # autumn: 02:00-02:59 exist twice, the first of the two counts
        ("2026-10-25", "01:59", STOCKHOLM, "2026-10-24T23:59"),
        ("2026-10-25", "02:00", STOCKHOLM, "2026-10-25T00:00"),
        ("2026-10-25", "02:30", STOCKHOLM, "2026-10-25T00:30"),
        ("2026-10-25", "03:00", STOCKHOLM, "2026-10-25T02:00"),
        # the other half of the world: spring in October, autumn in April
        ("2026-10-04", "02:30", MELBOURNE, "2026-10-03T16:00"),
        ("2027-04-04", "02:30", MELBOURNE, "2027-04-03T15:30"),
        # a gap and a repetition of half an hour
        ("2026-10-04", "02:15", LORD_HOWE, "2026-10-03T15:30"),
        ("2026-10-04", "02:30", LORD_HOWE, "2026-10-03T15:30"),
        ("2026-10-04", "02:45", LORD_HOWE, "2026-10-03T15:45"),
        ("2027-04-04", "01:45", LORD_HOWE, "2027-04-03T14:45"),
        ("2027-04-04", "02:00", LORD_HOWE, "2027-04-03T15:30"),
    ],
)
def test_an_agreed_time_starts_at(day: str, agreed: str, zone: str, expected: str) -> None:
    assert utc_of(day, agreed, zone) == expected


@pytest.mark.parametrize("zone", [STOCKHOLM, MELBOURNE, LORD_HOWE, "Asia/Kathmandu", "Pacific/Apia"])
def test_every_day_of_two_years_has_each_slot_once(zone: str) -> None:
    begin = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    end = datetime(2028, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    found = slots(("02:15", "23:30"), zone, begin, end)
    assert len(found) == len({slot.id for slot in found}) == 2 * 730
    assert [slot.start for slot in found] == sorted(slot.start for slot in found)


def test_neighbouring_stretches_of_time_share_no_slot_and_lose_none() -> None:
    begin = datetime(2027, 3, 27, tzinfo=ZoneInfo(STOCKHOLM)).timestamp()
    whole = slots(("02:30", "03:00"), STOCKHOLM, begin, begin + 3 * DAY)
    pieces = [
        slot
        for hour in range(72)
        for slot in slots(("02:30", "03:00"), STOCKHOLM, begin + hour * 3600, begin + (hour + 1) * 3600)
    ]
    assert pieces == whole


def test_a_local_day_begins_at_local_midnight() -> None:
    midnight = datetime(2026, 11, 22, tzinfo=ZoneInfo(STOCKHOLM)).timestamp()
    assert local_day(midnight - 1, STOCKHOLM) == "2026-11-21"
    assert local_day(midnight, STOCKHOLM) == "2026-11-22"


def test_on_the_spring_night_the_skipped_time_is_checked_at_the_first_instant_after_the_gap() -> None:
    night = Night(times=("02:30", "06:00"), start="2027-03-27 22:00").until("07:00")
    assert night.clock_at(night.answer("28T02:30")) == "03:00:20"
    assert night.clock_at(night.answer("28T06:00")) == "06:00:20"


def test_times_that_the_spring_night_pushes_together_still_get_an_answer_each() -> None:
    night = Night(times=("02:00", "02:30", "03:00"), start="2027-03-27 22:00")
    night.sees(otherwise="not_in_bed").until("05:00")
    answers = [(answer.check[-5:], answer.status, answer.late) for answer in night.said(Answer)]
    assert answers[0] == ("02:00", "not_in_bed", False)
    assert [check for check, _, late in answers if not late] == ["02:00", "02:30", "03:00"]


def test_on_the_autumn_night_the_repeated_time_is_checked_once() -> None:
    night = Night(times=("02:30",), start="2026-10-24 22:00").until("06:00")
    (answer,) = night.said(Answer)
    assert answer.window_start.isoformat() == "2026-10-25T00:30:00+00:00"


def test_checks_after_the_autumn_night_are_at_their_usual_wall_time() -> None:
    night = Night(times=("02:30", "06:00"), start="2026-10-24 22:00").until("07:00")
    assert night.clock_at(night.answer("25T06:00")) == "06:00:20"


def test_the_schedule_tells_a_monitor_the_coming_windows_and_their_ids() -> None:
    night = Night(times=("23:00", "03:00"))
    schedule = night.said(Schedule)[-1]
    assert schedule.consent == "given"
    assert [window.check for window in schedule.windows] == [
        "2026-11-21T23:00",
        "2026-11-22T03:00",
        "2026-11-22T23:00",
        "2026-11-23T03:00",
    ]
    assert all((window.end - window.start).total_seconds() == 1800 for window in schedule.windows)


def test_the_schedule_goes_on_from_window_to_window() -> None:
    night = Night(times=("23:00",)).until("23:10").wait(4 * DAY)
    announced = {window.check for schedule in night.said(Schedule) for window in schedule.windows}
    assert {answer.check for answer in night.said(Answer)} <= announced
    assert night.said(Schedule)[-1].windows[-1].check >= "2026-11-26T23:00"
