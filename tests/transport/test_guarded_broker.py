"""The messenger at the broker that docs/mosquitto describes: certificates, the access list, denials."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core.events import BrokerLost, CommandReceived
from tests.brokers import DOCUMENTED_ACL, Authority, Mosquitto, Subscriber, await_that, mosquitto
from tests.transport.facts import alarm, answer
from tests.transport.homes import ADDRESS, RESUME, Home, fault
from transport.broker import BrokerConfig

FAULTS = "pattern write nattro/v1/+/%u/fault/+\n"
ALARMS = "pattern write nattro/v1/+/%u/alarm/+\n"


def secure(broker: Mosquitto, name: str, **more: object) -> BrokerConfig:
    assert broker.authority is not None
    pair = broker.authority.sign(name)
    return BrokerConfig(
        host="localhost",
        port=broker.port,
        ca=str(broker.authority.file),
        certificate=str(pair.certificate),
        key=str(pair.key),
        home_assistant="",
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path, authority=Authority(tmp_path)) as running:
        yield running


def test_a_denied_message_is_told_tried_again_and_holds_up_nothing_else(
    tmp_path: Path, guarded: Mosquitto
) -> None:
    home = Home(tmp_path, secure(guarded, "n-4711"))
    guarded.set_acl(DOCUMENTED_ACL.replace(FAULTS, ""))
    guarded.reload()
    denied = home.say(fault(1))
    passed = [home.say(answer(check=f"c-{number}")) for number in range(20)]
    home.start()
    await_that(
        lambda: all(home.published().get(each) == 0 or home.published().get(each) == 16 for each in passed)
    )
    assert home.published()[denied] == 135
    guarded.set_acl(DOCUMENTED_ACL)
    guarded.reload()
    await_that(lambda: home.outbox.depth() == 0, what="the denied message")
    assert home.published()[denied] < 0x80
    home.stop()


def test_commands_that_waited_at_the_broker_come_with_the_connection(
    tmp_path: Path, guarded: Mosquitto
) -> None:
    assert guarded.authority is not None
    home = Home(tmp_path, secure(guarded, "n-4711"))
    home.start()
    home.await_connection()
    home.messenger.stop()
    pair = guarded.authority.sign("operator")
    operator = Subscriber(guarded.port, pair=pair, authority=guarded.authority)
    for number in range(8):
        operator.say(f"{ADDRESS.root}/cmd/resume", RESUME.replace("c-1", f"c-{number}"))
    home.messenger = home._new_messenger()
    home.start()
    await_that(lambda: sum(isinstance(each, CommandReceived) for each in home.events) == 8)
    home.stop()
    operator.close()


def test_a_client_without_a_certificate_is_refused(tmp_path: Path, guarded: Mosquitto) -> None:
    assert guarded.authority is not None
    config = BrokerConfig(host="localhost", port=guarded.port, ca=str(guarded.authority.file))
    home = Home(tmp_path, config)
    home.start()
    await_that(lambda: any(isinstance(each, BrokerLost) for each in home.events))
    assert not home.published()
    home.stop()


# paho leaves the socket of a failed handshake to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_whose_certificate_has_another_name_is_not_believed(tmp_path: Path) -> None:
    with mosquitto(tmp_path, authority=Authority(tmp_path), name="elsewhere.example") as broker:
        home = Home(tmp_path, secure(broker, "n-4711"))
        home.start()
        await_that(lambda: any(isinstance(each, BrokerLost) for each in home.events))
        loss = next(each for each in home.events if isinstance(each, BrokerLost))
        assert "certificate of localhost" in loss.reason
        assert "not valid for 'localhost'" in loss.reason
        home.stop()


def test_a_device_cannot_publish_under_anothers_name(tmp_path: Path, guarded: Mosquitto) -> None:
    assert guarded.authority is not None
    pair = guarded.authority.sign("monitor")
    watcher = Subscriber(guarded.port, "nattro/v1/#", pair=pair, authority=guarded.authority)
    thief = Home(tmp_path, secure(guarded, "n-6666"), ADDRESS)
    stolen = thief.say(answer(check="stolen"))
    thief.start()
    await_that(lambda: stolen in thief.published())
    assert thief.published()[stolen] == 135
    assert watcher.heard == []
    thief.stop()
    watcher.close()


def test_with_mqtt_3_a_denied_answer_is_found_out_by_reading_back(
    tmp_path: Path, guarded: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transport.flow.ECHO_SECONDS", 0.5)
    home = Home(tmp_path, secure(guarded, "n-4711", protocol="3.1.1", verify=True))
    proved = home.say(answer())
    guarded.set_acl(DOCUMENTED_ACL.replace(ALARMS, ""))
    guarded.reload()
    denied = home.say(alarm())
    home.start()
    await_that(lambda: {proved, denied} <= set(home.published()))
    assert home.published() == {proved: 0, denied: 135}
    home.stop()
