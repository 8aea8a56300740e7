"""Clock readings of a night, also of the two in which the clocks are changed."""

from datetime import datetime

import pytest

from firmware_sim.local_time import LocalTimeError, NightClock
from firmware_sim.windows import first_instant

HOUR = 3600.0


def _night(start: datetime) -> NightClock:
    return NightClock("Europe/Stockholm", start)


AUTUMN = _night(datetime(2026, 10, 24, 21, 0))  # noqa: DTZ001  # local time of the site
SPRING = _night(datetime(2027, 3, 27, 21, 0))  # noqa: DTZ001


def test_a_reading_is_the_next_one_after_the_start() -> None:
    assert AUTUMN.elapsed("21:00") == 0
    assert AUTUMN.elapsed("23:30:15") == 2.5 * HOUR + 15
    assert AUTUMN.elapsed("20:59") == 25 * HOUR - 60  # the night is an hour longer


def test_of_a_reading_that_occurs_twice_the_first_is_meant_and_an_offset_names_the_second() -> None:
    assert AUTUMN.elapsed("02:30") == 5.5 * HOUR
    assert AUTUMN.local(AUTUMN.elapsed("+06:30")).strftime("%H:%M") == "02:30"


def test_a_reading_that_the_spring_night_skips_is_the_next_day_s() -> None:
    assert SPRING.local(SPRING.elapsed("02:30")).day == 29


@pytest.mark.parametrize("text", ["24:00", "2:30", "half past two", "+1:75", "2027-13-01 02:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(LocalTimeError):
        SPRING.elapsed(text)


def test_the_observer_s_own_calendar_knows_both_nights() -> None:
    gap = first_instant(datetime(2027, 3, 28, 2, 30), SPRING.zone)  # noqa: DTZ001
    assert SPRING.local(gap - SPRING.start_utc).strftime("%H:%M") == "03:00"
    twice = first_instant(datetime(2026, 10, 25, 2, 30), AUTUMN.zone)  # noqa: DTZ001
    assert twice - AUTUMN.start_utc == 5.5 * HOUR
