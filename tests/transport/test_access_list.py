"""The documented access list, at a real mosquitto with TLS: everybody may do their own, and no more."""

import time
from collections.abc import Iterator

import pytest

from tests.brokers import Authority, Mosquitto, mosquitto
from transport.broker import BrokerConfig
from transport.connection import Acknowledged, Connection, Words

OWN = "nattro/v1/north/n-4711"
OTHER = "nattro/v1/north/n-6666"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("broker")
    with mosquitto(folder, authority=Authority(folder)) as running:
        yield running


def reason_for(broker: Mosquitto, who: str, topic: str) -> int:
    """The reason code that this certificate's owner gets for publishing on this topic."""
    assert broker.authority is not None
    pair = broker.authority.sign(who)
    config = BrokerConfig(
        host="localhost",
        port=broker.port,
        ca=str(broker.authority.file),
        certificate=str(pair.certificate),
        key=str(pair.key),
        session_hours=0,
    )
    connection = Connection(config, f"{who}-{topic}")
    connection.open()
    packet = connection.publish(Words(topic, b"{}"))
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for happening in connection.serve(1.0):
            if isinstance(happening, Acknowledged) and happening.packet == packet:
                connection.close()
                return happening.reason
    raise TimeoutError("the broker did not answer for the publish")


@pytest.mark.parametrize(
    ("who", "topic", "allowed"),
    [
        *[
            ("n-4711", f"{OWN}/{own}", True)
            for own in ("status", "heartbeat", "schedule", "consent", "commissioning", "check")
        ],
        *[("n-4711", f"{OWN}/{own}", True) for own in ("alarm/missed", "fault/store_failed", "recovery")],
        ("n-4711", f"{OWN}/cmd/pause/reply", True),
        ("n-4711", "homeassistant/device/n-4711/config", True),
        ("n-4711", f"{OWN}/cmd/pause", False),
        ("n-4711", f"{OWN}/something-else", False),
        ("n-4711", f"{OTHER}/check", False),
        ("n-4711", f"{OTHER}/cmd/withdraw-consent", False),
        ("n-4711", "homeassistant/device/n-6666/config", False),
        ("n-4711", "homeassistant/status", False),
        ("operator", f"{OWN}/cmd/pause", True),
        ("operator", f"{OWN}/check", False),
        ("monitor", f"{OWN}/cmd/pause", False),
        ("monitor", f"{OWN}/check", False),
        ("homeassistant", "homeassistant/status", True),
        ("homeassistant", f"{OWN}/cmd/pause", False),
    ],
)
def test_everybody_may_publish_their_own_and_no_more(
    broker: Mosquitto, who: str, topic: str, allowed: bool
) -> None:
    assert (reason_for(broker, who, topic) < 0x80) == allowed
