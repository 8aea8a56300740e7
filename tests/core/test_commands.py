"""Commands: judged by time and sense, obeyed once, always answered; refused ones change nothing."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.actions import Say, StartLook
from agent.core.facts import Answer, Reply, Schedule
from agent.core.ledger import ENTRIES, REMEMBERED_SECONDS
from agent.core.moment import at
from agent.core.orders import (
    Acknowledge,
    AnyOrder,
    Command,
    Confirm,
    ExtraCheck,
    ForgetConfirmations,
    Pause,
    RestartCamera,
    RestartRouter,
    Resume,
    SetSchedule,
    TestCheck,
    WithdrawConsent,
)
from agent.core.policy import LimitPolicy, Policy
from agent.core.schedule import DAY
from agent.core.state import State
from tests.core.bench import EVENING, Night

FAR = at(2_000_000_000)
ORDERS: list[AnyOrder] = [
    Pause(end=FAR),
    Resume(),
    Acknowledge("a"),
    TestCheck(),
    ExtraCheck(),
    RestartCamera(),
    RestartRouter(),
    SetSchedule(("22:30",)),
    Confirm("2026-11-21T23:00", "in_bed"),
    ForgetConfirmations(),
    WithdrawConsent(),
]
REFUSABLE = ORDERS[:-1]


def memory(state: State) -> dict[str, object]:
    """What a refused command must not touch: everything but the ledger and the message counter."""
    whole: dict[str, object] = msgspec.to_builtins(state)
    return {
        key: value for key, value in whole.items() if key not in ("commands", "sequence", "latest", "last")
    }


def name(order: AnyOrder) -> str:
    return type(order).__name__


@pytest.mark.parametrize("order", REFUSABLE, ids=name)
def test_an_expired_command_is_refused_and_changes_nothing(order: AnyOrder) -> None:
    night = Night()
    before = memory(night.state)
    reply = night.command(order, lasts=-1)
    assert (reply.outcome, reply.reason) == ("refused", "the command has expired")
    assert memory(night.state) == before


@pytest.mark.parametrize("order", REFUSABLE, ids=name)
def test_a_command_is_refused_while_the_clock_cannot_tell_whether_it_has_expired(order: AnyOrder) -> None:
    night = Night().trust(False)
    before = memory(night.state)
    reply = night.command(order)
    assert reply.outcome == "refused"
    assert "clock" in reply.reason
    assert memory(night.state) == before


@pytest.mark.parametrize("order", REFUSABLE, ids=name)
def test_a_command_that_would_hold_for_more_than_a_day_is_refused(order: AnyOrder) -> None:
    assert "24 hours" in Night().command(order, lasts=90000).reason


@pytest.mark.parametrize("order", ORDERS, ids=name)
def test_a_repeated_command_has_no_second_effect_and_the_same_answer(order: AnyOrder) -> None:
    night = Night()
    first = night.command(order, id="same")
    before = memory(night.state)
    again = night.command(order, id="same")
    assert (again.command, again.outcome, again.reason) == (first.command, first.outcome, first.reason)
    assert memory(night.state) == before


@pytest.mark.parametrize(("lasts", "trusted"), [(-86400.0, True), (600.0, False), (10 * 86400.0, True)])
def test_a_withdrawal_of_consent_is_obeyed_even_when_late(lasts: float, trusted: bool) -> None:
    night = Night().trust(trusted)
    assert night.command(WithdrawConsent(), lasts=lasts).outcome == "done"
    assert night.state.consent.state == "withdrawn"


def test_a_repeated_command_is_known_after_a_restart() -> None:
    night = Night(start="2026-11-21 12:00")
    night.command(RestartCamera(), id="same")
    night.power_cut(30).wait(120)
    night.command(RestartCamera(), id="same")
    night.wait(120)
    assert [what for what, _ in night.promises.restarts] == ["camera"]


def test_the_ledger_of_commands_is_bounded_and_so_is_what_waits_for_the_broker() -> None:
    night = Night(online=False)
    for number in range(3 * ENTRIES):
        night.command(Resume(), id=f"c-{number}")
    assert len(night.state.commands) <= ENTRIES
    assert len(night.state.latest) <= ENTRIES + 20


def test_a_command_that_expired_long_ago_is_forgotten_but_a_withdrawal_is_not() -> None:
    night = Night(times=())
    night.command(Resume(), id="old")
    night.command(WithdrawConsent(), id="withdrawn")
    night.wait(REMEMBERED_SECONDS + DAY)
    night.grant()
    night.command(Resume(), id="new")
    assert set(night.state.commands) == {"withdrawn", "new"}
    assert night.command(WithdrawConsent(), id="withdrawn").outcome == "done"
    assert night.state.consent.state == "given"


def test_a_storm_of_garbage_is_answered_thirty_times_a_minute_and_otherwise_counted() -> None:
    night = Night()
    night.actions.clear()
    for _ in range(1000):
        night.post(ev.CommandUnreadable("pause", "not JSON"))
        night.wait(0.01)
    replies = [say for say in night.asked(Say) if isinstance(say.fact, Reply)]
    assert len(replies) == 30
    assert night.state.commands_ignored == 970
    night.wait(61).post(ev.CommandUnreadable("pause", "not JSON", id="c9"))
    assert (night.said(Reply)[-1].command, night.said(Reply)[-1].outcome) == ("c9", "refused")
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_a_storm_before_a_power_cut_leaves_no_command_after_it_unanswered() -> None:
    night = Night().wait(120)
    for _ in range(30):
        night.post(ev.CommandUnreadable("pause", "not JSON"))
    night.power_cut(300).wait(200).post(ev.CommandUnreadable("pause", "not JSON", id="c9"))
    assert (night.said(Reply)[-1].command, night.said(Reply)[-1].outcome) == ("c9", "refused")


# ---- set-schedule


def test_a_new_schedule_holds_from_now_on_and_is_published() -> None:
    night = Night(times=("23:00",))
    assert night.command(SetSchedule(("23:30", "04:00"))).outcome == "done"
    assert night.said(Schedule)[-1].times == ("23:30", "04:00")
    night.until("04:35")
    assert [answer.check[-5:] for answer in night.said(Answer)] == ["23:30", "04:00"]


def test_times_that_passed_before_they_were_agreed_are_not_missed() -> None:
    night = Night(times=("23:00",))
    night.command(SetSchedule(("21:00", "21:50", "03:00")))
    night.until("03:05")
    assert [answer.check[-5:] for answer in night.said(Answer)] == ["03:00"]


def test_a_new_schedule_leaves_the_check_under_way_alone() -> None:
    night = Night().until("23:00:10")
    night.command(SetSchedule(("03:00",)))
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_a_new_schedule_does_not_swallow_a_window_that_waits_for_its_turn() -> None:
    night = (
        Night(times=("02:00", "02:30"), start="2027-03-27 22:00").sees(otherwise="not_in_bed").until("03:05")
    )
    night.command(SetSchedule(("12:00",)))
    night.until("05:00")
    assert sorted(answer.check[-5:] for answer in night.said(Answer)) == ["02:00", "02:30"]


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (("23:00", "23:10"), "overlap"),
        (("23:50", "00:05"), "overlap"),
        (("22:00", "22:00"), "overlap"),
        (tuple(f"{hour:02}:00" for hour in range(9)), "windows_per_day"),
    ],
)
def test_a_schedule_beyond_the_local_caps_is_refused_and_the_old_one_holds(
    times: tuple[str, ...], words: str
) -> None:
    night = Night()
    reply = night.command(SetSchedule(times))
    assert reply.outcome == "refused"
    assert words in reply.reason
    assert night.until("23:05").answer("23:00").status == "in_bed"


def test_a_schedule_without_times_is_allowed_and_checks_nothing() -> None:
    night = Night()
    night.command(SetSchedule(()))
    assert night.until("06:00").said(Answer) == []


def test_a_new_schedule_survives_restarts() -> None:
    night = Night()
    night.command(SetSchedule(("23:30",)))
    night.power_cut(60).until("23:35")
    assert night.answer("23:30").status == "in_bed"


# ---- test checks


def test_a_test_check_is_marked_as_a_test_throughout_and_raises_no_alarm() -> None:
    night = Night().sees(otherwise="not_in_bed")
    assert night.command(TestCheck(minutes=5), id="t1").outcome == "done"
    night.wait(300)
    answer = night.answer("test-t1")
    assert (answer.kind, answer.status, len(answer.looks)) == ("test", "not_in_bed", 1)
    assert night.alarms() == []


def test_a_test_check_has_a_window_of_its_own_and_no_longer() -> None:
    night = Night().sees(otherwise="silence")
    night.command(TestCheck(minutes=1), id="t1")
    (look,) = night.asked(StartLook)
    night.wait(61)
    answer = night.answer("test-t1")
    assert (answer.window_end - answer.window_start).total_seconds() == 60
    assert look.deadline <= night.now.boot
    assert night.state.camera.open_look is None


def test_a_test_that_sees_the_person_clears_no_alarm() -> None:
    night = Night().sees(otherwise="not_in_bed").until("23:35").sees(otherwise="in_bed")
    night.command(TestCheck())
    night.wait(60)
    assert night.alarms() == [("not_in_bed", "raised")]


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        ("22:56", "an agreed window opens before the test would be over"),
        ("23:00", "an agreed window opens before the test would be over"),
        ("23:00:10", "a check is under way"),
    ],
)
def test_a_test_check_gives_way_to_agreed_checks(clock: str, reason: str) -> None:
    assert Night().until(clock).command(TestCheck(minutes=5)).reason == reason


def test_a_test_check_needs_consent() -> None:
    assert Night(consent=False).command(TestCheck()).reason == "locked: no_consent"


def test_test_checks_use_up_the_caps_of_a_day_and_not_more() -> None:
    policy = Policy(device="d", limits=LimitPolicy(windows_per_day=3))
    night = Night(policy, start="2026-11-21 12:00")
    outcomes = []
    for _ in range(5):
        outcomes.append(night.command(TestCheck(minutes=1)).outcome)
        night.wait(120)
    assert outcomes == ["done", "done", "done", "refused", "refused"]
    night.until("00:01")
    assert night.command(TestCheck(minutes=1)).outcome == "done"


def test_test_checks_never_take_the_room_of_the_agreed_ones() -> None:
    limits = LimitPolicy(windows_per_day=3)
    night = Night(Policy(device="d", times=("22:00", "23:00"), limits=limits), start="2026-11-21 12:00")
    outcomes = []
    for _ in range(3):
        outcomes.append(night.command(TestCheck(minutes=1)).outcome)
        night.wait(120)
    assert outcomes == ["done", "refused", "refused"]
    night.until("23:35")
    assert [night.answer(time).status for time in ("22:00", "23:00")] == ["in_bed", "in_bed"]


def test_an_agreed_window_beyond_the_cap_is_missed_and_its_extra_check_refused() -> None:
    policy = Policy(device="d", times=("23:00",), limits=LimitPolicy(windows_per_day=1))
    night = Night(policy, start=EVENING)
    night.command(SetSchedule(("22:10",)))
    night.until("22:45")
    night.command(SetSchedule(("23:00",)))
    night.until("23:05")
    answer = night.answer("23:00")
    assert (answer.status, answer.reason) == ("missed", "cap")
    assert night.command(ExtraCheck()).outcome == "refused"


def test_a_command_says_its_name_on_the_wire() -> None:
    command = Command("c1", FAR, "x", RestartCamera())
    assert command.name == "restart-camera"
