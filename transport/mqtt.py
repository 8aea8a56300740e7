"""The messenger: carries the outbox to the broker on a thread of its own (implements agent.ports.Messenger).

The thread sleeps until the broker speaks, the loop wakes it, or the keepalive is due: some four times a minute
when there is nothing to do. A row goes only when the broker has acknowledged it, the core has heard so and the
store has forgotten it. The session at the broker is kept, so that a command sent while the device was away still
comes; our own side begins anew with each connection, since the outbox is our memory.
"""

import logging
import os
import random
import secrets
import select
import threading
import time
from collections.abc import Sequence

import msgspec

from agent.core.events import (
    BrokerConnected,
    BrokerLost,
    CommandReceived,
    CommandUnreadable,
    Published,
    StillTold,
)
from agent.core.facts import Status
from agent.core.moment import Now
from agent.ports import OutboxRow, Post
from transport.backoff import Backoff
from transport.broker import BrokerConfig
from transport.commands import CommandGate, read_command
from transport.connection import (
    Acknowledged,
    Connection,
    Deaf,
    Ended,
    Happening,
    NoConnection,
    Received,
    Words,
)
from transport.discovery import Introduction
from transport.flow import DENIED, IN_FLIGHT, Flow
from transport.messages import lasting_word, status_payload
from transport.outbox import Queued
from transport.receipts import Receipts
from transport.topics import Address, address_of
from transport.waiting import Waiting

FAREWELL_SECONDS = 2.0
HURRY_SECONDS = (5.0, 20.0)
"""Between these, by chance, the next try comes when there is something new to say and no broker."""

log = logging.getLogger("nattro.mqtt")


class _Id(msgspec.Struct):
    id: str = ""


_ids = msgspec.json.Decoder(_Id)


class MqttMessenger:
    """Start it once; it connects, flushes and reconnects until it is stopped.

    waiting: what is to be sent; post: puts events into the loop's inbox; version: nattro's, for the device's
    description.
    """

    def __init__(
        self,
        config: BrokerConfig,
        address: Address,
        waiting: Waiting,
        post: Post,
        *,
        version: str = "",
        backoff: Backoff | None = None,
    ) -> None:
        self._config = config
        self._address = address
        self._waiting = waiting
        self._post = post
        self._version = version
        self._backoff = backoff or Backoff()
        self._verify = config.verify and config.protocol == "3.1.1"
        self._flow = Flow(verify=self._verify)
        self._gate = CommandGate()
        self._receipts = Receipts()
        self._stopping = threading.Event()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._introduction = Introduction(config.home_assistant, address, version)
        self._last_loss = ""
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    # ---- the port, called from other threads

    def start(self) -> None:
        """Begin; returns at once, whether or not there is a broker."""
        self._thread.start()

    def wake(self) -> None:
        """There are new rows in the outbox."""
        os.eventfd_write(self._wake, 1)

    def send_undurable(self, rows: Sequence[OutboxRow]) -> None:
        """Send these although no store holds them; kept in memory, within bounds, until the broker has them."""
        for row in rows:
            self._waiting.hand_over(row)
        self.wake()

    def handled(self, event: CommandReceived | CommandUnreadable) -> None:
        """The loop has handled and committed this command: the broker may forget it."""
        self._receipts.handled(event)
        self.wake()

    def withdraw(self, messages: Sequence[str]) -> None:
        """Do not send these again, if they are only in memory: newer ones have taken their place."""
        for message in messages:
            self._waiting.take_back(message)

    def stop(self, timeout: float = 5.0) -> None:
        """Send what waits, say goodbye and hang up; gives up after `timeout` seconds."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout)

    # ---- the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hold_a_connection()
            except NoConnection as error:
                self._tell_loss(str(error))
            except Exception:  # whatever a broker or paho may bring: the night goes on
                log.exception("the connection was given up")
                self._tell_loss("internal error, see the log")
            self._rest(self._backoff.wait(time.monotonic()))
        self._waiting.close()

    def _rest(self, seconds: float) -> None:
        """Wait before the next try. Something new to say, an alarm perhaps, makes it shorter, not nothing."""
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            if poll.poll(left * 1000):
                self._drain_wake()
                until = min(until, time.monotonic() + random.uniform(*HURRY_SECONDS))

    def _hold_a_connection(self) -> None:
        """Returns when stopped in good order. Raises NoConnection when there is none, or it has ended."""
        connection = Connection(self._config, self._client_id, self._status("connection lost", now=None))
        connection.open()
        self._greet(connection)
        try:
            while not self._stopping.is_set():
                self._work(connection)
            self._say_goodbye(connection)
        finally:
            self._introduction.connection_ended()
            self._tell_fate(self._flow.connection_ended(time.monotonic()))

    def _greet(self, connection: Connection) -> None:
        log.info("connected to %s:%s", self._config.host, self._config.resolved_port)
        self._last_loss = ""
        self._post(BrokerConnected())
        connection.subscribe(*self._filters())
        self._introduction.connected(time.monotonic())

    def _work(self, connection: Connection) -> None:
        """One turn: send what may be sent, wait, and see what happened. Raises NoConnection at the end."""
        self._receipts.give(connection)
        self._introduce(connection)
        self._send_what_may_be_sent(connection)
        happened = connection.serve(self._patience(connection), self._wake)
        self._drain_wake()
        for happening in happened:
            self._meet(happening, connection)
        for fate in self._flow.expire(time.monotonic()):
            self._tell_fate(fate)
        if self._flow.unanswered(time.monotonic()):
            connection.close()
            raise NoConnection("the broker takes messages, but acknowledges none")

    def _say_goodbye(self, connection: Connection) -> None:
        """The broker keeps the last will to itself when we leave in good order: say it ourselves, as the last."""
        until = time.monotonic() + FAREWELL_SECONDS
        self._receipts.give(connection)
        while time.monotonic() < until:
            self._send_what_may_be_sent(connection)
            if self._flow.idle:
                break
            for happening in connection.serve(until - time.monotonic()):
                self._meet(happening, connection)
        farewell = connection.publish(self._status("stopped", self._waiting.now()))
        while farewell is not None and time.monotonic() < until:
            happened = connection.serve(until - time.monotonic())
            if any(isinstance(each, Acknowledged | Ended) for each in happened):
                break
        connection.close()

    @property
    def _client_id(self) -> str:
        return self._config.client_id or f"nattro-{self._address.site}-{self._address.device}"

    def _filters(self) -> list[str]:
        own_words = self._address.own_words if self._verify else ()
        heard = {*self._address.lasting_words, *own_words}
        return [self._address.commands, *self._introduction.filters, *sorted(heard)]

    def _status(self, reason: str, now: Now | None) -> Words:
        status = Status(state="offline", reason=reason, version=self._version)
        message = f"connection-{secrets.token_hex(6)}"  # no fact of the core: no number in its sequence
        payload = status_payload(self._address.device, message, status, now)
        return Words(self._address.status, payload, retain=True)

    def _patience(self, connection: Connection) -> float:
        now = time.monotonic()
        deadlines = (self._flow.next_deadline, self._introduction.next_deadline)
        seconds = [each - now for each in deadlines if each is not None]
        trouble = self._waiting.patience
        return min([connection.patience, *seconds, *([trouble] if trouble else [])])

    def _drain_wake(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            pass  # nobody woke us: the broker spoke, or a time came

    # ---- sending

    def _introduce(self, connection: Connection) -> None:
        words = self._introduction.words(time.monotonic())
        if words is not None:
            self._introduction.sent(connection.publish(words))

    def _send_what_may_be_sent(self, connection: Connection) -> None:
        """First the outbox, in order; then what came after it and is only in memory, since no disk took it."""
        while batch := self._waiting.durable(self._flow.cursor, IN_FLIGHT * 2):
            for queued in batch:
                verdict = self._flow.judge(queued)
                if verdict == "wait" or (verdict == "send" and not self._send(connection, queued)):
                    return
                self._flow.passed(queued)
        for queued in self._waiting.undurable():
            verdict = self._flow.judge(queued)
            if verdict == "wait" or (verdict == "send" and not self._send(connection, queued)):
                return

    def _send(self, connection: Connection, queued: Queued) -> bool:
        """False: paho takes no more now, the row keeps its place."""
        row = queued.row
        words = [Words(row.topic, row.payload, row.retain)]
        if row.then_empty:
            words.append(Words(row.topic, b"", retain=True))
        packets = [connection.publish(each) for each in words]
        if None in packets:
            return False
        self._flow.sent(queued, {each for each in packets if each is not None}, time.monotonic())
        return True

    # ---- what happened

    def _meet(self, happening: Happening, connection: Connection) -> None:
        match happening:
            case Acknowledged(packet, reason):
                self._introduction.acknowledged(packet)
                self._tell_fate(self._flow.acknowledged(packet, reason, time.monotonic()))
            case Received():
                self._hear(happening, connection)
            case Deaf(reason):
                log.error("the broker lets us hear no commands, or less than we asked for: %s", reason)
            case Ended(reason):
                raise NoConnection(reason)

    def _hear(self, heard: Received, connection: Connection) -> None:
        self._introduction.heard(heard, time.monotonic())
        event = self._command_in(heard) if "/cmd/" in heard.topic else None
        if event is not None:
            self._receipts.owe(event, connection, heard)
            self._post(event)
        elif heard.packet is not None:
            connection.acknowledge(heard.packet)
        if heard.retained and (word := lasting_word(heard.payload)) is not None:
            self._post(StillTold(word))
        if self._verify and address_of(heard.topic) == self._address:
            self._tell_fate(self._flow.read_back(_id_in(heard.payload), time.monotonic()))

    def _command_in(self, heard: Received) -> CommandReceived | CommandUnreadable | None:
        """None: one too many, and not the first."""
        admitted = self._gate.admit(heard.topic, time.monotonic())
        if admitted is True:
            return read_command(heard.topic, heard.payload, heard.retained)
        return admitted or None

    def _tell_fate(self, fate: Published | None) -> None:
        if fate is None:
            return
        if fate.reason < DENIED:
            self._waiting.arrived(fate.message)
        self._post(fate)

    def _tell_loss(self, reason: str) -> None:
        """Told when it changes, not at every try."""
        if reason != self._last_loss:
            log.warning("no broker: %s", reason)
            self._post(BrokerLost(reason))
        self._last_loss = reason


def _id_in(payload: bytes) -> str:
    try:
        return _ids.decode(payload).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
