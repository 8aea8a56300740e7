"""A policy that cannot be kept is refused with the arithmetic and how to mend it."""

import msgspec
import pytest

from agent.core.core import Core
from agent.core.policy import CheckPolicy, LimitPolicy, Policy, PolicyError, demand_schedule, demand_sense


def refusal(policy: Policy) -> str:
    with pytest.raises(PolicyError) as refused:
        demand_sense(policy)
    return str(refused.value)


def test_the_defaults_make_sense() -> None:
    demand_sense(Policy(device="d", times=("22:30", "01:00", "04:00")))


def test_three_looks_at_fifteen_minutes_do_not_fit_half_an_hour_and_the_arithmetic_is_told() -> None:
    text = refusal(Policy(device="d", check=CheckPolicy(further_look_after_minutes=15)))
    assert "3 looks of 20+30 s" in text
    assert "2 waits of 15 min" in text
    assert "33.8 min" in text
    assert "the window has 30" in text


@pytest.mark.parametrize(("minutes", "fits"), [(12, True), (13, True), (14, False)])
def test_the_longest_spacing_that_fits(minutes: int, fits: bool) -> None:
    policy = Policy(device="d", check=CheckPolicy(further_look_after_minutes=minutes))
    if fits:
        demand_sense(policy)
    else:
        refusal(policy)


@pytest.mark.parametrize(
    ("times", "overlap"),
    [
        (("22:00", "22:30"), False),
        (("22:00", "22:29"), True),
        (("23:45", "00:15"), False),
        (("23:45", "00:14"), True),
        (("03:00", "22:00", "02:31"), True),
        (("22:00",), False),
        ((), False),
    ],
)
def test_windows_must_not_overlap_also_not_over_midnight(times: tuple[str, ...], overlap: bool) -> None:
    policy = Policy(device="d", times=times)
    if overlap:
        assert "overlap" in refusal(policy)
    else:
        demand_sense(policy)


def test_more_times_than_the_caps_allow_are_refused() -> None:
    times = tuple(f"{hour:02}:00" for hour in range(5))
    assert "windows_per_day" in refusal(
        Policy(device="d", times=times, limits=LimitPolicy(windows_per_day=4))
    )
    limits = LimitPolicy(unlocked_minutes_per_day=149)
    assert "150 min" in refusal(Policy(device="d", times=times, limits=limits))


@pytest.mark.parametrize("zone", ["Europe/Stokholm", "", "../etc/passwd", "Europe"])
def test_an_unknown_timezone_is_refused_with_an_example(zone: str) -> None:
    assert "Europe/Stockholm" in refusal(Policy(device="d", timezone=zone))


def test_a_core_is_not_made_with_a_policy_that_cannot_be_kept() -> None:
    with pytest.raises(PolicyError):
        Core(Policy(device="d", times=("22:00", "22:10")))


def test_a_new_schedule_is_judged_like_the_configured_one() -> None:
    with pytest.raises(PolicyError, match="overlap"):
        demand_schedule(Policy(device="d"), ("22:00", "22:10"))


@pytest.mark.parametrize(
    "text",
    [
        '{"device":"d","times":["25:00"]}',
        '{"device":"d","times":["7:30"]}',
        '{"device":"d","check":{"window_minutes":31}}',
        '{"device":"d","check":{"look_seconds":9}}',
        '{"device":"d","check":{"look_seconds":31}}',
        '{"device":"d","check":{"further_looks":3}}',
        '{"device":"d","limits":{"router_restarts_per_day":4}}',
        '{"device":"d","recovery":{"router_off_seconds":61}}',
        '{"device":"d","colour":"green"}',
        "{}",
    ],
)
def test_values_beyond_the_routines_are_refused_when_read(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Policy)


def test_the_time_that_a_worker_takes_to_start_is_counted() -> None:
    """Looks that fit to the second leave no time to start: the last one would not be begun."""
    to_the_second = CheckPolicy(
        window_minutes=5,
        look_seconds=10,
        extension_seconds=0,
        further_looks=2,
        further_look_after_minutes=2,
        answer_margin_seconds=30,
    )
    with pytest.raises(PolicyError, match="5 s to start"):
        demand_sense(Policy(device="n-1", check=to_the_second))
