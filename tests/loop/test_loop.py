"""The loop: decided, made durable, and only then done; a store that fails silences nothing."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from agent.core import events as ev
from agent.core.actions import AnyAction, StartLook, StopLook
from agent.core.core import Core
from agent.core.orders import Command, SetSchedule, TestCheck
from agent.core.state import decode
from agent.journal import EVENTS
from agent.loop import IDLE_SECONDS, MARK_AGAIN_SECONDS
from agent.store import MARK, Store
from tests.loop.surroundings import Surroundings


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path / "state").begin()


def journalled(around: Surroundings) -> list[str]:
    rows = around.store._connection.execute("SELECT first FROM journal WHERE kind = 'event' ORDER BY seq")
    return [type(EVENTS.decode(first)).__name__ for (first,) in rows]


def test_nothing_is_done_before_what_was_decided_is_durable(around: Surroundings) -> None:
    around.deeds.clear()
    around.reach_the_window()
    assert around.deeds.index("commit") < around.deeds.index("lamp on")
    assert around.deeds.index("lamp on") < around.deeds.index("start 2026-11-21T23:00/1")


def test_closing_the_camera_does_not_wait_for_a_disk_that_takes_its_time(around: Surroundings) -> None:
    around.reach_the_window()
    around.deeds.clear()
    around.loop.step(ev.ConsentWithdrawn("the person"))
    assert around.deeds.index("stop 2026-11-21T23:00/1") < around.deeds.index("commit")
    assert around.deeds.count("stop 2026-11-21T23:00/1") == 1


def test_a_look_that_one_event_begins_and_ends_is_not_left_open(around: Surroundings) -> None:
    around.deeds.clear()
    begins_and_ends: list[AnyAction] = [StartLook("test/1", 10.0, deadline=500.0), StopLook("test/1")]
    with patch.object(around.loop.core, "handle", return_value=begins_and_ends):
        around.loop.step(ev.CameraAppeared())
    assert around.deeds == ["commit", "start test/1", "stop test/1"]


def test_a_withdrawal_does_not_wait_behind_what_came_before_it(around: Surroundings) -> None:
    around.reach_the_window()
    flood: list[ev.AnyEvent] = [ev.CommandUnreadable("pause", "not JSON") for _ in range(30)]
    for event in (*flood, ev.ConsentWithdrawn("the person"), ev.Stopping()):
        around.inbox.put(event)
    around.deeds.clear()
    around.loop.run(around.inbox)
    assert around.deeds[0] == "stop 2026-11-21T23:00/1"
    assert journalled(around)[-32:-30] == ["ConsentWithdrawn", "CommandUnreadable"]


def test_the_mark_of_consent_is_tried_again_until_the_disk_takes_it(around: Surroundings) -> None:
    around.loop.step(ev.ConsentWithdrawn("the person"))
    around.disk_full = True
    around.loop.step(ev.ConsentGranted("form-2", "2026-11-21", person=True))
    mark = around.store.directory / MARK
    assert not mark.exists()
    around.disk_full = False
    steps = 0

    def progress() -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            around.inbox.put(ev.Stopping())

    around.progress = progress  # type: ignore[method-assign]
    before = around.boot
    around.loop.run(around.inbox)
    assert mark.exists()
    assert around.boot - before <= 3 * MARK_AGAIN_SECONDS


def test_the_messenger_is_woken_after_the_commit_and_only_if_there_is_something_to_send(
    around: Surroundings,
) -> None:
    around.deeds.clear()
    around.loop.step(ev.BrokerConnected())
    assert around.deeds.index("commit") < around.deeds.index("wake")
    around.deeds.clear()
    around.loop.step(ev.LookOpened("unknown"))
    assert around.deeds == ["commit"]


def test_the_broker_may_forget_a_command_only_when_it_is_committed(around: Surroundings) -> None:
    around.deeds.clear()
    around.loop.step(ev.CommandUnreadable("pause", "not a command"))
    assert around.deeds.index("commit") < around.deeds.index("handled CommandUnreadable")


def test_a_full_disk_does_not_let_commands_pile_up_at_the_broker_before_a_withdrawal(
    around: Surroundings,
) -> None:
    around.disk_full = True
    around.deeds.clear()
    for _ in range(30):
        around.loop.step(ev.CommandUnreadable("pause", "not a command"))
    assert around.deeds.count("handled CommandUnreadable") == 30


@pytest.mark.parametrize("order", [SetSchedule(times=("02:00",)), TestCheck(minutes=5)])
def test_what_unlocks_is_refused_by_a_disk_that_is_found_full_as_it_is_ordered(
    around: Surroundings, order: SetSchedule | TestCheck
) -> None:
    agreed = around.loop.core.state.times
    around.disk_full = True
    around.order("c1", order)
    replies = [row.payload for row in around.undurable if b'"command":"c1"' in row.payload]
    assert len(replies) == 1
    assert b'"outcome":"refused"' in replies[0]
    assert b"cannot store" in replies[0]
    assert around.loop.core.state.times == agreed


def test_what_unlocks_is_done_once_the_disk_takes_it_again(around: Surroundings) -> None:
    around.disk_full = True
    around.order("c1", SetSchedule(times=("02:00",)))
    around.disk_full = False
    around.order("c2", SetSchedule(times=("02:00",)))
    around.order("c3", SetSchedule(times=("03:00",)))
    assert around.loop.core.state.times == ("03:00",)


def test_every_event_is_one_transaction_and_one_entry_of_the_journal(around: Surroundings) -> None:
    around.deeds.clear()
    before = len(journalled(around))
    around.loop.step(ev.CameraAppeared())
    around.loop.step(ev.BrokerLost("x"))
    assert around.deeds.count("commit") == 2
    assert journalled(around)[before:] == ["CameraAppeared", "BrokerLost"]


def test_what_follows_at_once_is_an_event_of_its_own(around: Surroundings) -> None:
    assert journalled(around)[:2] == ["Started", "HealthRead"]


def test_a_step_of_the_clock_is_noticed_before_the_event_that_shows_it(around: Surroundings) -> None:
    around.utc_error += 3600
    around.loop.step(ev.CameraAppeared())
    assert journalled(around)[-2:] == ["ClockStepped", "CameraAppeared"]
    around.utc_error -= 1.5
    around.loop.step(ev.CameraAppeared())
    assert journalled(around)[-2:] == ["CameraAppeared", "CameraAppeared"]


def test_a_change_of_trust_is_noticed(around: Surroundings) -> None:
    around.trusted = False
    around.loop.step(ev.CameraAppeared())
    assert journalled(around)[-2:] == ["ClockTrustChanged", "CameraAppeared"]


def test_consent_leaves_its_mark_outside_the_database_and_a_withdrawal_takes_it_away(
    around: Surroundings,
) -> None:
    assert (around.store.directory / "commissioned").exists()
    around.loop.step(ev.ConsentWithdrawn("resident"))
    assert not (around.store.directory / "commissioned").exists()


def test_a_withdrawal_after_a_loss_takes_the_mark_away_so_that_the_next_loss_is_none(
    around: Surroundings, tmp_path: Path
) -> None:
    mark = tmp_path / "state" / "commissioned"
    around.loop.step(ev.Started("boot-1", "q", "e2", "lost", False, "1.0.0"))
    assert mark.exists()
    around.loop.step(ev.ConsentWithdrawn("the person"))
    assert not mark.exists()


def test_a_withdrawal_that_a_full_disk_could_not_take_holds_after_a_power_cut(around: Surroundings) -> None:
    around.disk_full = True
    around.loop.step(ev.ConsentWithdrawn("resident"))
    around.store.close(clean=False)
    store = Store.open(around.store.directory)
    assert store.loaded.snapshot is not None
    core = Core(around.loop.core.policy, decode(store.loaded.snapshot))
    assert decode(store.loaded.snapshot).consent.state == "given", "the disk took no more than this"
    started = ev.Started(
        "boot-2",
        "q",
        store.loaded.epoch,
        "resumed",
        False,
        "1.0.0",
        consent_marked=store.loaded.consent_marked,
    )
    core.handle(started, around.now())
    assert core.state.consent.state == "withdrawn"
    store.close(clean=False)


# ---- a full disk


def sent(around: Surroundings, kind: str) -> list[dict[str, object]]:
    said = [msgspec.json.decode(row.payload) for row in around.undurable]
    return [{"durable": one["durable"], **one["fact"]} for one in said if one["fact"]["type"] == kind]


def test_an_answer_and_its_alarm_are_sent_although_the_store_fails_and_a_fault_is_raised(
    around: Surroundings,
) -> None:
    around.reach_the_window()
    around.disk_full = True
    around.loop.step(ev.PrivacySwitchTurned(locked=True))
    (answer,) = sent(around, "check")
    assert (answer["status"], answer["durable"]) == ("missed", False)
    assert [alarm["state"] for alarm in sent(around, "alarm")] == ["raised"]
    assert [fault["kind"] for fault in sent(around, "fault")] == ["store_failed"]


def test_the_camera_is_closed_although_the_store_fails(around: Surroundings) -> None:
    around.reach_the_window()
    around.disk_full = True
    around.loop.step(ev.ConsentWithdrawn("the person"))
    assert around.deeds[-1] == "stop 2026-11-21T23:00/1"


def test_what_could_not_be_stored_is_stored_when_the_disk_has_room_again(around: Surroundings) -> None:
    around.reach_the_window()
    around.disk_full = True
    around.loop.step(ev.PrivacySwitchTurned(locked=True))
    around.loop.step(ev.CameraAppeared())
    lost = [row.message for row in around.undurable]
    around.disk_full = False
    around.loop.step(ev.CameraAppeared())
    assert set(lost) <= set(around.waiting_messages())
    assert journalled(around)[-5:] == [
        "PrivacySwitchTurned",
        "StoreFailed",
        "CameraAppeared",
        "CameraAppeared",
        "StoreRecovered",
    ]


def test_what_could_not_be_stored_is_tried_again_though_nothing_happens(around: Surroundings) -> None:
    around.disk_full = True
    around.loop.step(ev.PrivacySwitchTurned(locked=True))
    around.disk_full = False
    steps = 0

    def progress() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            around.inbox.put(ev.Stopping())

    around.progress = progress  # type: ignore[method-assign]
    around.loop.run(around.inbox)
    assert journalled(around)[-4:] == ["PrivacySwitchTurned", "StoreFailed", "StoreRecovered", "Stopping"]


@pytest.mark.parametrize(("clean", "told"), [(False, 1), (True, 0)])
def test_a_life_after_one_that_died_without_a_word_says_that_it_can_store(
    around: Surroundings, clean: bool, told: int
) -> None:
    around.loop.step(ev.Started("boot-1", "q", "e1", "resumed", clean, "1.0.0"))
    assert journalled(around).count("StoreRecovered") == told


def test_what_arrived_while_the_store_failed_is_not_stored_to_be_sent_again(around: Surroundings) -> None:
    around.reach_the_window()
    around.disk_full = True
    around.loop.step(ev.PrivacySwitchTurned(locked=True))
    first, *others = [row.message for row in around.undurable]
    around.loop.step(ev.Published(first))
    around.disk_full = False
    around.loop.step(ev.Published(others[0]))
    assert not {first, others[0]} & set(around.waiting_messages())


def test_no_power_is_cut_by_an_order_that_could_not_be_counted(around: Surroundings) -> None:
    """The process might die, and the next one exceed the caps."""
    order = {
        "id": "r1",
        "expires": f"{datetime.fromtimestamp(around.now().utc + 600, UTC).isoformat()}",
        "requested_by": "patrol",
        "order": {"type": "restart-router"},
    }
    around.disk_full = True
    around.loop.step(ev.CommandReceived(msgspec.convert(order, Command)))
    assert "pulse router" not in around.deeds
    outcomes = [said["outcome"] for said in sent(around, "reply")]
    assert outcomes == ["accepted", "failed"]


def test_a_worker_that_nothing_else_ends_has_its_power_cut_on_a_full_disk_too(around: Surroundings) -> None:
    around.reach_the_window()
    around.disk_full = True
    around.loop.step(ev.LookStuck(around.loop.core.state.camera.open_look or ""))
    assert "pulse camera" in around.deeds


def test_what_only_memory_holds_is_taken_back_when_a_newer_word_takes_its_place(around: Surroundings) -> None:
    around.disk_full = True
    around.loop.step(ev.BrokerConnected())
    first = {row.message for row in around.undurable}
    around.loop.step(ev.BrokerLost("gone"))
    around.disk_full = False
    around.loop.step(ev.BrokerConnected())
    assert around.withdrawn
    assert set(around.withdrawn) <= first


def test_what_is_replaced_in_the_same_breath_is_not_left_in_memory_to_be_said_last(
    around: Surroundings,
) -> None:
    """A withdrawal in an open window changes the schedule twice: consent is gone, and the check is answered."""
    around.reach_the_window()
    around.disk_full = True
    around.loop.step(ev.ConsentWithdrawn("the person"))
    assert [schedule["consent"] for schedule in sent(around, "schedule")] == ["withdrawn"]


def test_a_store_that_fails_for_long_is_reported_once_and_memory_stays_bounded(around: Surroundings) -> None:
    around.disk_full = True
    for _ in range(3000):
        around.loop.step(ev.CommandUnreadable("pause", "not JSON"))
        around.boot += 2.1
    assert len(sent(around, "fault")) == 1
    unsaved = around.loop._unsaved
    assert len(unsaved.rows) + len(unsaved.entries) + len(unsaved.forget) <= 3100


# ---- run


def test_it_runs_until_it_is_asked_to_stop_and_tells_the_watchdog_of_every_step(around: Surroundings) -> None:
    around.deeds.clear()
    for event in (ev.CameraAppeared(), ev.CameraVanished(), ev.Stopping(), ev.CameraAppeared()):
        around.inbox.put(event)
    thread = threading.Thread(target=around.loop.run, args=(around.inbox,), daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert around.deeds.count("progress") == 3
    assert journalled(around)[-1] == "Stopping"


def test_waiting_with_nothing_to_do_is_progress_too(around: Surroundings) -> None:
    around.deeds.clear()
    steps = 0

    def progress() -> None:
        nonlocal steps
        steps += 1
        if steps == 5:
            around.inbox.put(ev.Stopping())

    around.progress = progress  # type: ignore[method-assign]
    around.loop.run(around.inbox)
    assert steps >= 6


def test_what_follows_from_a_clock_that_changed_in_an_idle_while_does_not_wait_for_the_next_event(
    around: Surroundings,
) -> None:
    heartbeat = around.loop.core.state.heartbeat_boot
    assert heartbeat is not None
    around.boot = heartbeat - 2 * IDLE_SECONDS
    around.loop.step(ev.CameraAppeared())
    steps = 0

    def progress() -> None:
        nonlocal steps
        steps += 1
        around.trusted = False
        if steps == 2:
            around.inbox.put(ev.Stopping())

    around.progress = progress  # type: ignore[method-assign]
    around.loop.run(around.inbox)
    assert journalled(around)[-3:] == ["ClockTrustChanged", "HealthRead", "Stopping"]


def test_it_wakes_for_the_window_by_itself(around: Surroundings) -> None:
    def progress() -> None:
        if any(deed.startswith("start") for deed in around.deeds):
            around.inbox.put(ev.Stopping())

    around.progress = progress  # type: ignore[method-assign]
    around.loop.run(around.inbox)
    assert "start 2026-11-21T23:00/1" in around.deeds
    assert around.now().utc - 1795298400.0 < 1.0
