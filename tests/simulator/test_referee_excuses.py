"""What excuses the agent does so exactly as far as its cause reaches: a wider excuse would hide a bug."""

import pytest

from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record
from tests.simulator.doctored import Plant, again, change, drop, judged, look, reports, see

AWAY = "away-at-second-check"
SECOND: dict[str, object] = {"id": "00000001-9999999"}
NEW_LIFE: dict[str, object] = {"id": "00000002-5000"}


def _blamed(said: str, *plants: Plant) -> bool:
    return any(said in violation.text for violation in judged(AWAY, *plants))


def _answered_anew(**instead: object) -> Plant:
    """The check of 22:30, answered at 22:30:11, is answered once more ten minutes later."""
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-20T21:40:11Z"}
    return again("check", {"check": "22:30"}, 600.0, later, **instead)


def _only(message: str) -> Plant:
    """Of all answers to the check of 22:30 only this message came."""

    def plant(_: Scenario, record: Record) -> None:
        record.arrivals = [
            each
            for each in record.arrivals
            if each.content.get("type") != "check"
            or not each.content["data"]["check"].endswith("22:30")
            or each.content["id"] == message
        ]

    return plant


LOST = {"status": "missed", "reason": "state_lost", "looks": []}


@pytest.mark.parametrize(("when", "blamed"), [("22:35", False), ("22:20", True), ("22:50", True)])
def test_a_second_answer_is_forgiven_to_who_lost_the_first(when: str, blamed: bool) -> None:
    plants = (see((when, "store", "lost")), _answered_anew(**LOST))
    assert _blamed("answered 2 times", *plants) is blamed


def test_who_lost_its_memory_says_so() -> None:
    assert _blamed("answered 2 times", see(("22:35", "store", "lost")), _answered_anew(status="uncertain"))


@pytest.mark.parametrize(("dies", "blamed"), [("22:35", False), ("22:45", True)])
def test_an_answer_that_could_not_be_stored_is_given_again_after_a_death_only(
    dies: str, blamed: bool
) -> None:
    undurable = again("check", {"check": "22:30"}, 0.0, {"durable": False, "id": "00000001-5"})
    death = see((dies, "device", "down"), (f"{dies}:05", "device", "up"))
    found = _blamed("answered 2 times", undurable, _only("00000001-5"), death, _answered_anew())
    assert found is blamed


def test_a_worker_s_false_claim_is_not_the_agent_s() -> None:
    claimed = (change("check", {"check": "02:30"}, status="in_bed"), reports("02:30", not_in_bed="in_bed"))
    assert not _blamed("the bed was empty", *claimed)
    assert _blamed("the bed was empty", claimed[0])


@pytest.mark.parametrize(("power_goes", "blamed"), [("+02:00:00.001", False), ("+02:00:00", True)])
def test_who_stopped_in_good_order_before_the_power_went_has_lost_none(power_goes: str, blamed: bool) -> None:
    plants = see(
        ("23:00", "device", "down"),
        (power_goes, "mains", "off"),
        ("23:10", "mains", "on"),
        ("23:10:25", "device", "up"),
    )
    assert _blamed("nobody was told that it had gone", plants) is blamed


@pytest.mark.parametrize(("stuck_at", "blamed"), [("+01:30:10.500", False), ("+01:30:04", True)])
def test_a_driver_that_holds_the_camera_excuses_until_its_power_is_cut(stuck_at: str, blamed: bool) -> None:
    """The look ends at 22:30:11: within a second of giving the worker up the power must be off."""
    locked = see(("22:30:06", "switch", "locked"), ("22:31", "switch", "unlocked"))
    assert _blamed("privacy switch", locked, look(stuck_at, "2026-11-20T22:30/1", "stuck")) is blamed


@pytest.mark.parametrize(("device_off", "blamed"), [(("22:29", "22:50"), False), (("22:00", "22:20"), True)])
def test_a_power_cut_excuses_the_windows_that_it_touches(device_off: tuple[str, str], blamed: bool) -> None:
    off, on = device_off
    missed = change("check", {"check": "22:30"}, status="missed", reason="power", looks=[])
    assert _blamed("but that was not so", see((off, "mains", "off"), (on, "mains", "on")), missed) is blamed


@pytest.mark.parametrize(("line_down", "blamed"), [(("22:29", "22:59"), False), (("21:00", "22:00"), True)])
def test_a_dead_line_excuses_a_late_answer_and_not_for_long(line_down: tuple[str, str], blamed: bool) -> None:
    down, up = line_down
    late = again("check", {"check": "22:30"}, 2300.0, {"id": "00000001-5"})
    plants = (see((down, "line", "down"), (up, "line", "up")), late, _only("00000001-5"))
    assert _blamed("too late", *plants) is blamed


@pytest.mark.parametrize(("seconds", "blamed"), [("2", False), ("0.1", True)])
def test_a_slow_disk_excuses_what_waits_for_it(seconds: str, blamed: bool) -> None:
    lamp = see(
        ("23:29", "store", "slow", seconds),
        ("23:30", "lamp", "lit"),
        ("23:31:15", "lamp", "dark"),
        ("23:40", "store", "works"),
    )
    assert _blamed("lamp was lit", lamp) is blamed


@pytest.mark.parametrize(("store", "blamed"), [("works", True), ("lost", False)])
def test_an_alarm_is_still_due_when_the_device_is_back_unless_it_went_with_the_store(
    store: str, blamed: bool
) -> None:
    """The answer of 02:30 came at 02:51:03, then the device was away for five minutes."""
    away = see(
        ("02:51:20", "device", "down"),
        ("02:52", "store", store),
        ("02:56", "device", "up"),
    )
    never = drop("alarm", check="02:30")
    assert _blamed("no alarm was raised", away, never) is blamed


@pytest.mark.parametrize(("denied_until", "blamed"), [("06:59", False), ("02:00", True)])
def test_an_alarm_without_its_answer_is_forgiven_while_the_broker_denies_answers(
    denied_until: str, blamed: bool
) -> None:
    """Another life has answered the check of 22:30 before."""
    denied = see(("22:31", "broker", "up", "denies /check"), (denied_until, "broker", "up", "works"))
    lost = see(("22:33", "store", "lost"))
    raised = again(
        "alarm", {"check": "02:30"}, 0.0, NEW_LIFE, check="2026-11-20T22:30", alarm="x", kind="missed"
    )
    assert _blamed("asks for none", denied, lost, raised) is blamed
