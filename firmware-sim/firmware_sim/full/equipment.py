"""The equipment of full mode: real worker, real adapter, real broker, while virtual time waits for all of them."""

import logging
import math
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from agent import __version__
from agent.core.events import (
    AnyEvent,
    BrokerConnected,
    BrokerLost,
    CommandReceived,
    CommandUnreadable,
    Published,
)
from agent.core.orders import Command
from agent.ports import OutboxRow, Post
from agent.store import FILE, Store
from firmware_sim.full.brokers import BrokerName, RealBroker, real_broker
from firmware_sim.full.line import Line
from firmware_sim.full.subscriber import Subscriber
from firmware_sim.full.worker import WorkerEyes
from firmware_sim.ports.camera import Looks
from firmware_sim.runner import Night
from firmware_sim.world.record import Arrival, HandedOver
from firmware_sim.world.world import World
from transport.backoff import Backoff
from transport.mqtt import MqttMessenger
from transport.topics import Address
from transport.waiting import Waiting

REST_SECONDS = 30.0
COMMAND_SECONDS = 0.3
DENIED_FROM = 0x80
ROWS_AT_MOST = 1000


class Messenger:
    """The real adapter. undurable: what was sent without being in the outbox and is not answered yet."""

    def __init__(self, adapter: MqttMessenger, line: Line, undurable: dict[str, OutboxRow]) -> None:
        self._adapter = adapter
        self._line = line
        self._undurable = undurable
        self.wake = adapter.wake
        self.handled = adapter.handled

    def send_undurable(self, rows: Sequence[OutboxRow]) -> None:
        self._undurable.update({row.message: row for row in rows})
        self._adapter.send_undurable(rows)

    def withdraw(self, messages: Sequence[str]) -> None:
        for message in messages:
            self._undurable.pop(message, None)
        self._adapter.withdraw(messages)

    def process_died(self) -> None:
        """No farewell: the line is gone before the adapter could say one."""
        self._undurable.clear()
        self._line.cut()
        self._adapter.stop()


class Full:
    """Full mode, as a context manager: entering starts the broker, leaving stops everything.

    Raises BrokerMissing, SubscriberLost.
    """

    def __init__(self, broker: BrokerName | RealBroker = "amqtt") -> None:
        # The adapter's warnings tell of outages that the scenario made: they would only disturb the report.
        logging.getLogger("nattro").addHandler(logging.NullHandler())
        self._wanted = broker
        self._running = ExitStack()
        self._changed = threading.Condition()
        self._connected = False
        self._answered: set[str] = set()
        self._taken: set[str] = set()
        self._denied: set[str] = set()
        self._undurable: dict[str, OutboxRow] = {}
        self._heard: set[str] = set()
        self._commands = 0
        self.unrest: list[str] = []
        self._given_up = False
        self._events = 0
        self._store: Store | None = None

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            folder = Path(starting.enter_context(tempfile.TemporaryDirectory(prefix="nattro-full-")))
            self._references = folder / "references"
            wanted = self._wanted
            self.broker = real_broker(wanted, folder / "broker") if isinstance(wanted, str) else wanted
            self.broker.start()
            self._broker_runs = True
            starting.callback(self._stop_broker)
            self._line = Line(self.broker.port)
            starting.callback(self._line.close)
            self._subscriber = Subscriber(self.broker.port, self._arrived, self.broker.admit)
            self._subscriber.connect()
            starting.callback(self._subscriber.close)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    # ---- the equipment

    def begin(self, world: World) -> None:
        self._world = world
        self._eyes = WorkerEyes(self._references, world.clock)
        world.broker.connect(self._send_command)
        world.broker.when_changed.append(self._broker_changed)
        world.when_line_changes.append(self._line_changed)

    def camera(self, world: World, post: Post) -> Looks:
        return Looks(world, post, self._eyes)

    def messenger(self, world: World, post: Post, store: Store, address: Address) -> Messenger:
        self._store = store
        self._connected = False
        if world.line_works:
            self._line.raise_up()
        adapter = MqttMessenger(
            self.broker.entry(address.device, self._line.port),
            address,
            Waiting(store.directory / FILE, world.clock.now, world.clock.boot_id),
            lambda event: self._overhear(event, post),
            version=__version__,
            backoff=Backoff(first=0.05, longest=0.2),
        )
        adapter.start()
        return Messenger(adapter, self._line, self._undurable)

    def settle(self) -> None:
        """Wait until the connection is as the world has it, and all that can be sent has arrived at the subscriber.

        Returns at once when something happened meanwhile that the loop must handle first. What does not come to
        rest is noted in `unrest`, once, and not waited for again.
        """
        if self._store is None:
            return
        begun = self._events
        with self._changed:
            at_rest = self._changed.wait_for(
                lambda: self._events != begun or self._unrest() == "", timeout=REST_SECONDS
            )
            if not at_rest:
                self.unrest.append(f"did not come to rest within {REST_SECONDS:.0f} s: {self._unrest()}")
                self._given_up = True

    # ---- what is going on

    def _unrest(self) -> str:
        """What is still under way; empty at rest."""
        if self._given_up:
            return ""
        heard_of = self._world.broker.mood != "silent"
        wanted = self._world.line_works
        if self._connected != wanted and heard_of:
            return "waiting for the connection" if wanted else "waiting for its loss"
        if not (wanted and heard_of):
            return ""
        unanswered = self._unanswered()
        if unanswered:
            return f"{unanswered} messages are not acknowledged"
        if self._taken - self._heard:
            return f"the subscriber has not got {len(self._taken - self._heard)} messages"
        return ""

    def _unanswered(self) -> int:
        """How many rows wait for the broker's answer. Rows behind a denied one on its topic are not sent at all."""
        if self._store is None:
            return 0
        now, boot_id = self._world.clock.now(), self._world.clock.boot_id
        batch = self._store.outbox.batch(0, ROWS_AT_MOST, boot_id=boot_id, boot=now.boot)
        rows = [queued.row for queued in batch]
        rows += [row for row in self._undurable.values() if (row.expires_boot or math.inf) > now.boot]
        held = {row.topic for row in rows if row.message in self._denied}
        return sum(row.message not in self._answered and row.topic not in held for row in rows)

    def _overhear(self, event: AnyEvent, post: Post) -> None:
        """From the adapter's thread: note what matters for coming to rest, then pass it on."""
        post(event)
        with self._changed:
            self._events += 1
            match event:
                case BrokerConnected():
                    self._connected = True
                    self._answered = set()
                case BrokerLost():
                    self._connected = False
                case Published(message, reason):
                    self._answered.add(message)
                    self._undurable.pop(message, None)
                    self._denied.discard(message)
                    (self._taken if reason < DENIED_FROM else self._denied).add(message)
                case CommandReceived(command):
                    self._commands += 1
                    self._note_command(command)
                case CommandUnreadable():
                    self._commands += 1
                case _:
                    pass  # nothing else comes from the messenger
            self._changed.notify_all()

    def _note_command(self, command: Command) -> None:
        at, payload = self._world.agenda.elapsed, msgspec.json.encode(command)
        self._world.record.handed_over.append(HandedOver(at, command.name, payload))

    def _arrived(self, topic: str, payload: bytes, retained: bool) -> None:
        """From the subscriber's thread. What the broker had retained is history, not news."""
        if retained or ("/cmd/" in topic and not topic.endswith("/reply")):
            return
        with self._changed:
            arrival = Arrival(self._world.agenda.elapsed, topic, payload)
            self._world.record.arrivals.append(arrival)
            self._heard.add(str(arrival.content.get("id", "")))
            self._changed.notify_all()

    # ---- what the world does

    def _send_command(self, topic: str, payload: bytes, _retained: bool) -> None:
        """A moment for it to be heard; one that the adapter's gate holds back is never heard."""
        before = self._commands
        self._subscriber.send(topic, payload)
        if self._connected:
            with self._changed:
                self._changed.wait_for(lambda: self._commands > before, timeout=COMMAND_SECONDS)

    def _line_changed(self, works: bool) -> None:
        if works:
            self._start_broker()
            self._line.raise_up()
        else:
            self._line.cut()

    def _broker_changed(self) -> None:
        broker = self._world.broker
        if broker.mood != "denies":
            self._nothing_is_denied_any_more()
        if broker.mood == "gone":
            self._stop_broker()
            self._subscriber.await_lost()
            return
        self._start_broker()
        self.broker.deny(broker.denied if broker.mood == "denies" else "")
        if broker.mood == "silent":
            self._line.fall_silent()
        elif self._world.line_works:
            self._line.raise_up()
        broker.connect(self._send_command)

    def _nothing_is_denied_any_more(self) -> None:
        """What was denied will be sent again, after the adapter's back-off: it is to be waited for."""
        with self._changed:
            self._answered -= self._denied
            self._denied.clear()

    def _start_broker(self) -> None:
        if not self._broker_runs and self._world.broker.works:
            self.broker.start()
            self._broker_runs = True
            self._subscriber.await_ready()

    def _stop_broker(self) -> None:
        if self._broker_runs:
            self._broker_runs = False
            self.broker.stop()


def with_unrest(night: Night, equipment: Full) -> Night:
    """The night, with whatever did not come to rest in it as a difference."""
    return msgspec.structs.replace(night, differences=[*night.differences, *equipment.unrest])
