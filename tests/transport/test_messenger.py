"""The messenger against a real mosquitto: order, outages, denials, commands, the last will."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core.events import BrokerLost, CommandReceived, CommandUnreadable, StillTold
from agent.core.facts import Status
from tests.brokers import (
    LOCALHOST,
    Mosquitto,
    Subscriber,
    await_that,
    embedded_broker,
    mosquitto,
)
from tests.transport.facts import alarm, answer, heartbeat
from tests.transport.homes import ADDRESS, RESUME, Home, fault
from transport.backoff import Backoff
from transport.broker import BrokerConfig
from transport.messages import decode


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running


def plain(port: int, **more: object) -> BrokerConfig:
    return BrokerConfig(host=LOCALHOST, port=port, plain=True, home_assistant="", **more)  # type: ignore[arg-type]


@pytest.fixture(params=["5", "3.1.1"])
def home(request: pytest.FixtureRequest, tmp_path: Path, broker: Mosquitto) -> Iterator[Home]:
    home = Home(tmp_path, plain(broker.port, protocol=request.param))
    yield home
    home.stop()


def ids(subscriber: Subscriber, topic: str) -> list[str]:
    """Message ids on a topic in the order of their first coming: what is left after de-duplication."""
    return list(dict.fromkeys(decode(each).id for each in subscriber.on(topic) if each))


def test_rows_that_waited_arrive_in_order_and_leave_the_outbox(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/#")
    said = [home.say(answer(check=f"c-{number}")) for number in range(60)]
    home.start()
    await_that(lambda: home.outbox.depth() == 0, what="an empty outbox")
    await_that(lambda: len(ids(subscriber, "nattro/v1/north/n-4711/check")) == 60)
    assert ids(subscriber, "nattro/v1/north/n-4711/check") == said
    subscriber.close()


def test_a_cleared_alarm_is_said_once_more_and_then_its_topic_is_empty(home: Home, broker: Mosquitto) -> None:
    listener = Subscriber(broker.port, "nattro/v1/+/+/alarm/+")
    home.start()
    for state in ("raised", "acknowledged", "cleared"):
        home.say(alarm(state))
    heard = [each.payload for each in listener.await_count(4)]
    assert [decode(each).data.state for each in heard[:3]] == ["raised", "acknowledged", "cleared"]  # type: ignore[union-attr]
    assert heard[3] == b""
    newcomer = Subscriber(broker.port, "nattro/v1/+/+/alarm/+", "nattro/v1/+/+/check")
    home.say(answer())
    newcomer.await_count(1)
    assert [each.topic for each in newcomer.heard] == ["nattro/v1/north/n-4711/check"]
    listener.close()
    newcomer.close()


def test_a_broker_restarted_in_mid_flush_gets_everything_in_order(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/#", lasting=True)
    said = [home.say(answer(check=f"c-{number}")) for number in range(300)]
    home.start()
    subscriber.await_count(40)
    broker.stop()
    said += [home.say(answer(check=f"later-{number}")) for number in range(20)]
    broker.start()
    await_that(lambda: home.outbox.depth() == 0, what="an empty outbox")
    await_that(lambda: len(ids(subscriber, "nattro/v1/north/n-4711/check")) == len(said))
    assert ids(subscriber, "nattro/v1/north/n-4711/check") == said
    assert any(isinstance(each, BrokerLost) for each in home.events)
    assert set(home.published()) == set(said)
    subscriber.close()


def test_a_killed_broker_costs_nothing_that_it_had_not_acknowledged(home: Home, broker: Mosquitto) -> None:
    said = [home.say(answer(check=f"c-{number}")) for number in range(200)]
    home.start()
    await_that(lambda: len(home.published()) > 30)
    broker.kill()
    broker.start()
    await_that(lambda: home.outbox.depth() == 0, what="an empty outbox")
    assert set(home.published()) == set(said)


def test_the_broker_says_offline_for_a_device_that_vanished(tmp_path: Path, broker: Mosquitto) -> None:
    home = Home(tmp_path, plain(broker.port))
    subscriber = Subscriber(broker.port, f"{ADDRESS.root}/status")
    home.start()
    home.say(Status(state="online"))
    subscriber.await_count(1)
    home.messenger._stopping.set()  # the thread ends here without a word, as a killed process does
    home.messenger._say_goodbye = lambda connection: connection._client._sock_close()  # type: ignore[method-assign]
    home.messenger.wake()
    will = decode(subscriber.await_count(2)[1].payload)
    assert isinstance(will.data, Status)
    assert (will.data.state, will.time) == ("offline", None)
    newcomer = Subscriber(broker.port, f"{ADDRESS.root}/status")
    assert newcomer.await_count(1)[0].retained
    home.stop()
    newcomer.close()
    subscriber.close()


def test_stopped_in_good_order_it_empties_the_outbox_and_says_offline(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/#")
    home.start()
    home.await_connection()
    last = home.say(answer(check="last"))
    home.messenger.stop()
    heard = subscriber.await_count(2)
    assert decode(heard[0].payload).id == last
    assert decode(heard[1].payload).data == Status(state="offline", reason="stopped", version="1.0")
    subscriber.close()


def test_an_expired_heartbeat_is_not_sent(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/#")
    home.say(heartbeat(1), ttl=0.0)
    home.say(heartbeat(2), ttl=600.0)
    home.start()
    heard = subscriber.await_count(1)
    assert [decode(each.payload).id for each in heard] == ["e-2"]
    subscriber.close()


def test_what_no_store_could_hold_is_sent_all_the_same(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/#")
    home.messenger.send_undurable([home.compose(answer()), home.compose(alarm())])
    home.start()
    heard = subscriber.await_count(2)
    assert [decode(each.payload).type for each in heard] == ["check", "alarm"]
    await_that(lambda: set(home.published()) == {"e-1", "e-2"})
    subscriber.close()


def test_what_no_store_could_hold_comes_behind_what_was_stored_before(home: Home, broker: Mosquitto) -> None:
    """On a retained topic the last to come is the one that stays: it must be the newest."""
    subscriber = Subscriber(broker.port, "nattro/v1/+/+/alarm/+")
    home.say(alarm("raised"))
    home.messenger.send_undurable([home.compose(alarm("acknowledged"))])
    home.start()
    heard = subscriber.await_count(2)
    assert [decode(each.payload).data.state for each in heard] == ["raised", "acknowledged"]  # type: ignore[union-attr]
    subscriber.close()


def test_what_was_taken_back_is_not_sent_from_memory(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/+/+/alarm/+")
    old, new = home.compose(alarm("raised")), home.compose(alarm("acknowledged"))
    home.messenger.send_undurable([old])
    home.messenger.withdraw([old.message])
    home.messenger.send_undurable([new])
    home.start()
    heard = subscriber.await_count(1)
    await_that(lambda: set(home.published()) == {new.message})
    assert [decode(each.payload).id for each in heard] == [new.message]
    subscriber.close()


def test_what_the_store_holds_at_last_comes_in_its_place_and_once(home: Home, broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, "nattro/v1/+/+/alarm/+")
    row = home.compose(alarm("raised"))
    home.messenger.send_undurable([row])
    home.keep(row)
    home.say(alarm("acknowledged"))
    home.start()
    await_that(lambda: home.outbox.depth() == 0, what="an empty outbox")
    states = [decode(each.payload).data.state for each in subscriber.await_count(2)]  # type: ignore[union-attr]
    assert states == ["raised", "acknowledged"]
    assert len(subscriber.heard) == 2
    subscriber.close()


def test_commands_come_in_and_garbage_comes_as_a_refusal(home: Home, broker: Mosquitto) -> None:
    home.start()
    home.await_connection()
    operator = Subscriber(broker.port)
    operator.say(f"{ADDRESS.root}/cmd/resume", RESUME)
    operator.say(f"{ADDRESS.root}/cmd/resume", RESUME, retain=True)
    operator.say(f"{ADDRESS.root}/cmd/resume", b"\xff\x00")
    operator.say(f"{ADDRESS.root}/cmd/open-the-door", RESUME)

    def told() -> list[object]:
        return [each for each in list(home.events) if isinstance(each, CommandReceived | CommandUnreadable)]

    await_that(lambda: len(told()) == 4)
    assert isinstance(told()[0], CommandReceived)
    assert (
        sum(isinstance(each, CommandReceived) for each in told()) == 2
    )  # live, the retain flag does not show
    assert sum(isinstance(each, CommandUnreadable) for each in told()) == 2
    operator.close()


def test_a_retained_command_that_waits_at_the_broker_is_refused(home: Home, broker: Mosquitto) -> None:
    operator = Subscriber(broker.port)
    operator.say(f"{ADDRESS.root}/cmd/resume", RESUME, retain=True)
    home.start()
    await_that(lambda: any(isinstance(each, CommandUnreadable) for each in home.events))
    refusal = next(each for each in home.events if isinstance(each, CommandUnreadable))
    assert (refusal.name, refusal.id) == ("resume", "c-1")
    assert "retain" in refusal.reason
    operator.close()


def test_a_command_sent_while_the_device_was_away_still_comes(
    home: Home, broker: Mosquitto, tmp_path: Path
) -> None:
    home.start()
    home.await_connection()
    home.messenger.stop()
    operator = Subscriber(broker.port)
    order = (
        '{"id":"w","expires":"2020-01-01T00:00:00Z","requested_by":"op","order":{"type":"withdraw-consent"}}'
    )
    operator.say(f"{ADDRESS.root}/cmd/withdraw-consent", order)
    home.messenger = home._new_messenger()
    home.start()
    await_that(lambda: any(isinstance(each, CommandReceived) for each in home.events))
    operator.close()


def test_a_command_that_the_device_died_over_comes_again_but_not_for_ever(
    home: Home, broker: Mosquitto
) -> None:
    operator = Subscriber(broker.port)
    home.alive = False  # nothing is handled: the process dies before it commits
    home.start()
    home.await_ears()
    operator.say(f"{ADDRESS.root}/cmd/resume", RESUME)
    for life in (1, 2):
        home.await_commands(life)
        home.restart()
    operator.say(f"{ADDRESS.root}/cmd/resume", RESUME.replace("c-1", "c-2"))
    home.await_commands(3)
    assert home.commands() == ["c-1", "c-1", "c-2"]
    operator.close()


def test_a_command_that_was_handled_does_not_come_again(home: Home, broker: Mosquitto) -> None:
    operator = Subscriber(broker.port)
    home.start()
    home.await_ears()
    for number in (1, 2):
        operator.say(f"{ADDRESS.root}/cmd/resume", RESUME.replace("c-1", f"c-{number}"))
        home.await_commands(number)
        home.restart()
    assert home.commands() == ["c-1", "c-2"]
    operator.close()


def test_what_the_broker_holds_of_an_earlier_life_is_heard_at_the_connection(
    home: Home, broker: Mosquitto
) -> None:
    home.start()
    home.say(alarm("raised"))
    home.say(fault())
    await_that(lambda: home.outbox.depth() == 0)
    home.restart()
    await_that(lambda: sum(isinstance(each, StillTold) for each in home.events) == 2)
    told = [each.fact for each in home.events if isinstance(each, StillTold)]
    assert {type(each).__name__: each.state for each in told} == {"Alarm": "raised", "Fault": "present"}


def test_a_storm_of_commands_is_bounded_and_a_withdrawal_of_consent_still_gets_through(
    home: Home, broker: Mosquitto
) -> None:
    home.start()
    home.await_connection()
    operator = Subscriber(broker.port)
    for _ in range(300):
        operator._client.publish(f"{ADDRESS.root}/cmd/pause", b"{" * 5000, qos=1)
    order = (
        '{"id":"w","expires":"2030-01-01T00:00:00Z","requested_by":"op","order":{"type":"withdraw-consent"}}'
    )
    operator.say(f"{ADDRESS.root}/cmd/withdraw-consent", order)
    await_that(lambda: any(isinstance(each, CommandReceived) for each in home.events))
    refusals = [each for each in home.events if isinstance(each, CommandUnreadable)]
    assert len(refusals) == 31
    assert "ignored" in refusals[-1].reason
    assert home.messenger._gate.ignored == 270
    operator.close()


def test_it_works_with_the_embedded_broker_too(tmp_path: Path) -> None:
    with embedded_broker() as port:
        subscriber = Subscriber(port, "nattro/v1/#")
        home = Home(tmp_path, plain(port, protocol="3.1.1"))
        home.start()
        said = [home.say(answer(check=f"c-{number}")) for number in range(25)]
        await_that(lambda: len(ids(subscriber, f"{ADDRESS.root}/check")) == 25)
        assert ids(subscriber, f"{ADDRESS.root}/check") == said
        subscriber.say(f"{ADDRESS.root}/cmd/resume", b"{}")
        await_that(lambda: any(isinstance(each, CommandUnreadable) for each in home.events))
        home.stop()
        subscriber.close()


def test_no_broker_is_told_once_and_never_blocks(tmp_path: Path) -> None:
    home = Home(tmp_path, plain(1))
    home.start()
    home.say(answer())
    await_that(lambda: home.messenger._backoff._failures > 3)
    losses = [each for each in home.events if isinstance(each, BrokerLost)]
    assert losses == [BrokerLost("127.0.0.1:1: connection refused")]
    home.stop()


def test_something_new_to_say_shortens_the_wait_for_a_broker_that_was_gone(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transport.mqtt.HURRY_SECONDS", (0.1, 0.2))
    broker.stop()
    home = Home(tmp_path, plain(broker.port))
    home.messenger._backoff = Backoff(first=1000.0, longest=1000.0)
    home.start()
    await_that(lambda: any(isinstance(each, BrokerLost) for each in home.events))
    broker.start()
    waiting = home.say(alarm())
    await_that(lambda: waiting in home.published())
    home.stop()


def test_a_line_that_is_dead_without_hanging_up_is_noticed(tmp_path: Path, broker: Mosquitto) -> None:
    home = Home(tmp_path, plain(broker.port, keepalive=1))
    home.start()
    home.await_connection()
    broker.freeze()
    last = home.say(answer())
    await_that(lambda: BrokerLost("keep alive timeout") in home.events)
    broker.thaw()
    await_that(lambda: last in home.published())
    home.stop()


def test_that_nobody_listens_is_passed_on(tmp_path: Path, broker: Mosquitto) -> None:
    home = Home(tmp_path, plain(broker.port))
    home.start()
    unheard = home.say(answer())
    await_that(lambda: unheard in home.published())
    assert home.published()[unheard] == 16
    home.stop()


def test_home_assistant_is_introduced_to_the_device(tmp_path: Path, broker: Mosquitto) -> None:
    observer = Subscriber(broker.port, "homeassistant/#")
    home = Home(tmp_path, BrokerConfig(host=LOCALHOST, port=broker.port, plain=True))
    home.start()
    (heard,) = observer.await_count(1)
    assert heard.topic == "homeassistant/device/n-4711/config"
    home.stop()
    observer.close()
