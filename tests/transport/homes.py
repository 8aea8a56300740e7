"""A home as transport sees it: a store with an outbox, a messenger, and a core that forgets what has arrived."""

import queue
import sqlite3
import threading
import time
from pathlib import Path

from agent.core.actions import Say
from agent.core.events import AnyEvent, BrokerConnected, CommandReceived, CommandUnreadable, Published
from agent.core.facts import AnyFact, Fault, Text
from agent.core.moment import Now, at
from agent.ports import OutboxRow
from tests.brokers import await_that
from transport.backoff import Backoff
from transport.broker import BrokerConfig
from transport.messages import Stationery
from transport.mqtt import MqttMessenger
from transport.outbox import Outbox
from transport.topics import Address
from transport.waiting import Waiting

BOOT = "boot-1"
ADDRESS = Address(site="north", device="n-4711")
RESUME = '{"id":"c-1","expires":"2030-01-01T00:00:00Z","requested_by":"op","order":{"type":"resume"}}'


def real_time() -> Now:
    """The clocks of the machine that the test runs on."""
    return Now(boot=time.clock_gettime(time.CLOCK_BOOTTIME), utc=time.time())


class Home:
    """Everything real but the core: it forgets a message when the broker has it, as the core would."""

    def __init__(self, folder: Path, config: BrokerConfig, address: Address = ADDRESS) -> None:
        self.address = address
        self.config = config
        self.events: list[AnyEvent] = []
        self.alive = True
        self._database = folder / f"{address.device}.db"
        self._store = sqlite3.connect(self._database, isolation_level=None, check_same_thread=False)
        self._store.execute("PRAGMA journal_mode=WAL")
        self._store.execute("PRAGMA synchronous=OFF")  # durability is the store's own test
        self._store.executescript(Outbox.SCHEMA)
        self.outbox = Outbox(self._store)
        self._stationery = Stationery(address, BOOT)
        self._inbox: queue.SimpleQueue[AnyEvent | None] = queue.SimpleQueue()
        self._numbers = 0
        self._lock = threading.Lock()
        self._loop = threading.Thread(target=self._run, daemon=True)
        self._loop.start()
        self.messenger = self._new_messenger()

    def _new_messenger(self) -> MqttMessenger:
        waiting = Waiting(self._database, real_time, BOOT)
        return MqttMessenger(
            self.config,
            self.address,
            waiting,
            self._inbox.put,
            version="1.0",
            backoff=Backoff(first=0.05, longest=0.3, seed=1),
        )

    def start(self) -> None:
        self.messenger.start()

    def await_connection(self) -> None:
        await_that(
            lambda: any(isinstance(each, BrokerConnected) for each in self.events), what="the connection"
        )

    def await_ears(self) -> None:
        """Until the broker has the subscriptions: it answers in the order in which it was asked."""
        self.say(fault())
        await_that(lambda: self.outbox.depth() == 0, what="the broker's answer to what was said last")

    def say(self, fact: AnyFact, *, ttl: float | None = None) -> str:
        """Commit a fact to the outbox and wake the messenger; returns its id."""
        row = self.compose(fact, ttl=ttl)
        self.keep(row)
        return row.message

    def keep(self, row: OutboxRow) -> None:
        """Commit a row to the outbox and wake the messenger."""
        with self._lock:
            self.outbox.add(row)
        self.messenger.wake()

    def compose(self, fact: AnyFact, *, ttl: float | None = None) -> OutboxRow:
        self._numbers += 1
        return self._stationery.compose(Say(f"e-{self._numbers}", fact, ttl), real_time())

    def published(self) -> dict[str, int]:
        """The last reason code that each message got."""
        return {each.message: each.reason for each in list(self.events) if isinstance(each, Published)}

    def commands(self) -> list[str]:
        """Ids of the commands that came, in order."""
        return [each.command.id for each in list(self.events) if isinstance(each, CommandReceived)]

    def await_commands(self, number: int) -> None:
        await_that(lambda: len(self.commands()) == number, what=f"command number {number}")

    def restart(self) -> None:
        """The process ends and another begins; the outbox and the session at the broker are kept."""
        self.messenger.stop()
        self.messenger = self._new_messenger()
        self.start()

    def stop(self) -> None:
        self.messenger.stop()
        self._inbox.put(None)
        self._loop.join(5)
        self._store.close()

    def _run(self) -> None:
        while (event := self._inbox.get()) is not None:
            self.events.append(event)
            if self.alive and isinstance(event, CommandReceived | CommandUnreadable):
                self.messenger.handled(event)
            if isinstance(event, Published) and event.reason < 0x80:
                with self._lock:
                    self.outbox.remove(event.message)


def fault(number: int = 0, state: str = "present") -> Fault:
    return Fault(
        kind="camera_gone",
        state="present" if state == "present" else "cleared",
        since=at(1_800_000_000 + number),
        detail=f"number {number}",
        text=Text(sv="Kameran är borta.", en="The camera is gone."),
    )
