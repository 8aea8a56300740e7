"""Alarms: raised, repeated until somebody takes care, cleared when the person is seen in bed."""

from agent.core import events as ev
from agent.core.actions import Forget, Say
from agent.core.facts import Alarm
from agent.core.orders import Acknowledge
from tests.core.bench import Night


def empty_bed() -> Night:
    """An empty bed at 23:00; the alarm was raised at 23:21."""
    return Night(times=("23:00", "03:00")).sees(otherwise="not_in_bed").until("23:22")


def raised(night: Night) -> list[Alarm]:
    return [alarm for alarm in night.said(Alarm) if alarm.state == "raised"]


def test_an_alarm_is_sent_again_every_five_minutes() -> None:
    night = empty_bed().until("23:47")
    assert [alarm.repeat for alarm in raised(night)] == [0, 1, 2, 3, 4, 5]
    assert len({alarm.alarm for alarm in raised(night)}) == 1
    assert [night.clock_at(alarm)[:5] for alarm in raised(night)] == [
        "23:21",
        "23:26",
        "23:31",
        "23:36",
        "23:41",
        "23:46",
    ]


def test_an_acknowledged_alarm_is_not_sent_again() -> None:
    night = empty_bed()
    alarm = raised(night)[0].alarm
    assert night.command(Acknowledge(alarm)).outcome == "done"
    night.until("02:59")
    assert [(a.state, a.acknowledged_by) for a in night.said(Alarm)] == [
        ("raised", None),
        ("acknowledged", "night-team"),
    ]


def test_a_second_acknowledgement_is_accepted_and_says_nothing_new() -> None:
    night = empty_bed()
    for _ in range(2):
        assert night.command(Acknowledge(raised(night)[0].alarm)).outcome == "done"
    assert [alarm.state for alarm in night.said(Alarm)] == ["raised", "acknowledged"]


def test_acknowledging_an_alarm_that_is_not_open_is_refused() -> None:
    reply = empty_bed().command(Acknowledge("2026-11-20T23:00/not_in_bed"))
    assert (reply.outcome, reply.reason) == ("refused", "no such alarm is open")


def test_a_later_in_bed_clears_every_alarm_under_its_own_id() -> None:
    night = empty_bed().sees(otherwise="in_bed").until("03:05")
    cleared = night.said(Alarm)[-1]
    assert (cleared.state, cleared.reason) == ("cleared", "in_bed")
    assert cleared.alarm == raised(night)[0].alarm
    count = len(night.said(Alarm))
    assert len(night.until("08:00").said(Alarm)) == count


def test_an_acknowledged_alarm_is_cleared_too() -> None:
    night = empty_bed()
    night.command(Acknowledge(raised(night)[0].alarm))
    night.sees(otherwise="in_bed").until("03:05")
    assert [alarm.state for alarm in night.said(Alarm)] == ["raised", "acknowledged", "cleared"]


def test_a_new_alarm_of_the_same_kind_supersedes_the_old() -> None:
    night = empty_bed().sees(otherwise="not_in_bed").until("03:22")
    states = [
        (a.check[-5:], a.state, a.reason) for a in night.said(Alarm) if a.repeat == 0 or a.state != "raised"
    ]
    assert states == [("23:00", "raised", ""), ("23:00", "cleared", "superseded"), ("03:00", "raised", "")]


def test_alarms_of_different_kinds_stand_side_by_side() -> None:
    night = empty_bed().sees(otherwise="uncertain").until("03:25")
    assert set(night.state.alarms) == {"not_in_bed", "uncertain"}


def test_a_repetition_replaces_one_that_still_waits_in_the_outbox() -> None:
    night = empty_bed()
    night.acknowledges = False
    night.disconnect(targets_answer=True)
    night.actions.clear()
    night.until("23:47")
    forgotten = {forget.message for forget in night.asked(Forget)}
    waiting = [
        say.message
        for say in night.asked(Say)
        if isinstance(say.fact, Alarm) and say.message not in forgotten
    ]
    assert len(waiting) == 1


def test_a_broker_that_comes_back_is_told_of_open_alarms_without_waiting() -> None:
    night = empty_bed().until("23:22:30")
    count = len(night.said(Alarm))
    night.post(ev.BrokerLost("gone"))
    night.connect()
    again = night.said(Alarm)[count:]
    assert [alarm.state for alarm in again] == ["raised"]


def test_a_broker_that_comes_back_is_told_that_an_alarm_was_acknowledged() -> None:
    night = empty_bed()
    night.command(Acknowledge(raised(night)[0].alarm))
    night.wait(1)
    night.post(ev.BrokerLost("gone"))
    night.connect()
    assert night.said(Alarm)[-1].state == "acknowledged"


def test_an_alarm_goes_on_after_a_restart_and_after_a_power_cut() -> None:
    night = empty_bed().restart().until("23:28")
    assert raised(night)[-1].repeat >= 1
    before = raised(night)[-1].repeat
    night.power_cut(3600).wait(1)
    assert raised(night)[-1].repeat > before
    assert len({alarm.alarm for alarm in raised(night)}) == 1
