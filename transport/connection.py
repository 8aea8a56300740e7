"""One connection to the broker: paho, tamed. Everything here runs on one thread, and nothing waits for ever.

What paho does by itself is left out on purpose: no thread of its own (it wakes every second), no reconnecting
(no jitter), no memory of what was sent (the outbox is that; a fresh client per connection cannot repeat on its
own). Its callbacks only note what happened; whoever called `serve` acts on it afterwards, so nothing is ever
published from inside a callback.
"""

import select
import socket
import ssl
import time
from typing import Any

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from transport.broker import BrokerConfig, BrokerRefused, password, tls_context

CONNECT_SECONDS = 15.0
"""For each of: name and TCP, TLS handshake, the broker's acceptance."""
MAX_PACKET = 128 * 1024
"""What a MQTT 5 broker may send us; more than anything that we subscribe to."""
PACKETS_PER_TURN = 50
"""Read at most so many before looking at one's own work again, so that a flood starves nothing."""


class NoConnection(Exception):
    """The broker could not be reached, or did not accept us; the text says why."""


class Words(msgspec.Struct, frozen=True):
    """Something to publish: the last will, for example."""

    topic: str
    payload: bytes
    retain: bool = False


class Acknowledged(msgspec.Struct, frozen=True):
    """The broker has answered for the publish with this packet id; reason as in MQTT 5, 0 in 3.1.1."""

    packet: int
    reason: int


class Received(msgspec.Struct, frozen=True):
    """Something came on a topic that we subscribe to.

    packet: to be acknowledged, None at QoS 0; again: it was handed over before, and not acknowledged.
    """

    topic: str
    payload: bytes
    retained: bool
    packet: int | None = None
    again: bool = False


class Deaf(msgspec.Struct, frozen=True):
    """The broker refuses to let us hear something that we subscribed to."""

    reason: str


class Ended(msgspec.Struct, frozen=True):
    """The connection is over."""

    reason: str


Happening = Acknowledged | Received | Deaf | Ended


class Connection:
    """A connection from `open` until `serve` tells that it has ended, or `close`."""

    def __init__(self, config: BrokerConfig, client_id: str, will: Words | None = None) -> None:
        self._config = config
        self._happened: list[Happening] = []
        self._accepted: ReasonCode | None = None
        self._client = _client(config, client_id)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1, retain=will.retain)

    @property
    def patience(self) -> float:
        """Seconds for which `serve` may wait at most, for the keepalive to be kept."""
        return self._config.keepalive / 3

    def open(self) -> None:
        """Connect and wait until the broker accepts; CONNECT_SECONDS a step at most. Raises NoConnection."""
        config = self._config
        try:
            self._client.connect(
                config.host,
                config.resolved_port,
                config.keepalive,
                **_session(config),
            )
        except (OSError, ValueError) as error:
            raise NoConnection(_why(error, config)) from error
        self._await_acceptance()

    def publish(self, words: Words) -> int | None:
        """Hand over at QoS 1; the packet id that will be acknowledged, or None: not now."""
        info = self._client.publish(words.topic, words.payload, qos=1, retain=words.retain)
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def subscribe(self, *filters: str) -> None:
        """Ask for topics at QoS 1."""
        if filters:
            self._client.subscribe([(each, 1) for each in filters])

    def acknowledge(self, packet: int) -> None:
        """The broker may forget what it handed over (`Received.packet`); until then it keeps it for us."""
        self._client.ack(packet, 1)

    def serve(self, timeout: float, wake: int | None = None) -> list[Happening]:
        """Wait for the broker, for `wake` to become readable, or for `timeout` seconds; then read and write.

        Returns what happened; after an Ended the connection is of no more use.
        """
        sock = self._client.socket()
        if sock is not None:
            patience = 0.0 if self._happened else timeout
            readable, writable = _wait(sock, wake, self._client.want_write(), patience)
            if readable:
                self._read()
            if writable:
                self._client.loop_write()
            self._client.loop_misc()
        elif not any(isinstance(each, Ended) for each in self._happened):
            self._happened.append(Ended("connection ended"))
        happened, self._happened = self._happened, []
        return happened

    def close(self) -> None:
        """Say goodbye, so that the broker keeps the last will to itself, and hang up."""
        self._client.disconnect()
        if self._client.socket() is not None:
            self._client.loop_write()

    def _await_acceptance(self) -> None:
        until = time.monotonic() + CONNECT_SECONDS
        happened: list[Happening] = []
        while self._accepted is None:
            left = until - time.monotonic()
            if left <= 0:
                raise NoConnection(f"no answer from the broker within {CONNECT_SECONDS:.0f} s")
            happened = self.serve(left)
            ended = next((each.reason for each in happened if isinstance(each, Ended)), None)
            if ended is not None and self._accepted is None:
                raise NoConnection(f"the broker hung up: {ended}")
        if self._accepted.is_failure:
            raise NoConnection(f"refused by the broker: {self._accepted}")
        self._happened = happened  # a command that waited at the broker may come together with the acceptance

    def _read(self) -> None:
        for _ in range(PACKETS_PER_TURN):
            self._client.loop_read()
            sock = self._client.socket()
            if not isinstance(sock, ssl.SSLSocket) or not sock.pending():
                break

    # ---- paho's callbacks: note, and nothing else

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self._accepted = reason

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: Any, reason: ReasonCode, _more: Any
    ) -> None:
        said = str(reason)
        self._happened.append(Ended("connection ended" if said == "Unspecified error" else said.lower()))

    def _on_publish(self, _client: Client, _data: Any, packet: int, reason: ReasonCode, _more: Any) -> None:
        self._happened.append(Acknowledged(packet, reason.value))

    def _on_subscribe(
        self, _client: Client, _data: Any, _packet: int, reasons: list[ReasonCode], _more: Any
    ) -> None:
        self._happened.extend(Deaf(str(each).lower()) for each in reasons if each.is_failure)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        packet = message.mid if message.qos else None
        self._happened.append(
            Received(message.topic, bytes(message.payload), message.retain, packet, message.dup)
        )


def _client(config: BrokerConfig, client_id: str) -> Client:
    """Raises NoConnection if the configuration's files have gone bad since they were checked."""
    five = config.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if five else config.session_hours == 0,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = CONNECT_SECONDS
    client.suppress_exceptions = True
    try:
        if config.username:
            client.username_pw_set(config.username, password(config))
        context = tls_context(config)
    except BrokerRefused as error:
        raise NoConnection(str(error)) from error
    if context is not None:
        client.tls_set_context(context)
    return client


def _session(config: BrokerConfig) -> dict[str, Any]:
    """What MQTT 5 says about the session when it connects; in 3.1.1 the client's making has said it."""
    if config.protocol != "5":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = config.session_hours * 3600
    properties.MaximumPacketSize = MAX_PACKET
    return {"clean_start": config.session_hours == 0, "properties": properties}


def _wait(sock: Any, wake: int | None, want_write: bool, timeout: float) -> tuple[bool, bool]:
    """Whether the socket can be read (TLS may hold more than the kernel knows of) and written."""
    poll = select.poll()
    poll.register(sock, select.POLLIN | (select.POLLOUT if want_write else 0))
    if wake is not None:
        poll.register(wake, select.POLLIN)
    pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
    ready = dict(poll.poll(0 if pending else max(0.0, timeout) * 1000))
    events = ready.get(sock.fileno(), 0)
    return pending or bool(events & ~select.POLLOUT), bool(events & select.POLLOUT)


def _why(error: OSError | ValueError, config: BrokerConfig) -> str:
    where = f"{config.host}:{config.resolved_port}"
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate of {where} is not accepted: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS with {where}: {error.reason or error}"
        case socket.gaierror():
            return f"the name {config.host} is not resolved"
        case TimeoutError():
            return f"no answer from {where}"
        case OSError(strerror=str(said)):
            return f"{where}: {said.lower()}"
        case _:
            return f"{where}: {error}"
