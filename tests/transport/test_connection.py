"""The connection against brokers that mosquitto cannot be made to be: a few bytes of MQTT 3.1.1 each."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.brokers import LOCALHOST
from transport import connection
from transport.broker import BrokerConfig
from transport.connection import Connection, Deaf, Ended, NoConnection

ACCEPTED = b"\x20\x02\x00\x00"
NOT_AUTHORIZED = b"\x20\x02\x00\x05"


@contextmanager
def broker_that_says(*answers: bytes) -> Iterator[BrokerConfig]:
    """Accepts one connection and gives one answer to each packet that comes, then hangs up."""

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            for answer in answers:
                client.recv(4096)
                client.sendall(answer)

    with socket.create_server((LOCALHOST, 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        yield BrokerConfig(host=LOCALHOST, port=port, plain=True, protocol="3.1.1", session_hours=0)
        thread.join(10)


def test_a_subscription_that_is_refused_is_told() -> None:
    suback_refusing = b"\x90\x03\x00\x01\x80"
    with broker_that_says(ACCEPTED, suback_refusing) as config:
        opened = Connection(config, "test")
        opened.open()
        opened.subscribe("nattro/v1/north/n-4711/cmd/+")
        happened = [each for _ in range(5) for each in opened.serve(1.0)]
        assert happened[0] == Deaf("unspecified error")
        assert isinstance(happened[1], Ended)


def test_a_broker_that_does_not_know_us_says_so() -> None:
    with broker_that_says(NOT_AUTHORIZED) as config, pytest.raises(NoConnection, match="Not authorized"):
        Connection(config, "test").open()


def test_a_broker_that_hangs_up_at_once_is_told() -> None:
    with broker_that_says(b"") as config, pytest.raises(NoConnection, match="the broker hung up"):
        Connection(config, "test").open()


def test_something_that_is_no_broker_is_told() -> None:
    with broker_that_says(b"HTTP/1.1 400 Bad Request\r\n\r\n") as config, pytest.raises(NoConnection):
        Connection(config, "test").open()


def test_a_broker_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.3)
    with socket.create_server((LOCALHOST, 0)) as silent:
        port = silent.getsockname()[1]
        config = BrokerConfig(host=LOCALHOST, port=port, plain=True)
        with pytest.raises(NoConnection, match="no answer from the broker"):
            Connection(config, "test").open()


def test_a_name_that_is_not_resolved_is_told() -> None:
    config = BrokerConfig(host="no-such-broker.invalid", plain=True)
    with pytest.raises(NoConnection, match=r"the name no-such-broker\.invalid is not resolved"):
        Connection(config, "test").open()
