"""What the loop needs from the outside world. Adapters fill these; the simulator has its own.

Rules for all of them: a call returns at once; what it brings about comes back as an event in the inbox;
none of them raises, except `Store.commit`.
"""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Literal, Protocol

import msgspec

from agent.core.actions import ExtendLook, Pulse, ResetUsb, Say, StartLook
from agent.core.events import AnyEvent, CommandReceived, CommandUnreadable, Health
from agent.core.moment import Now

Post = Callable[[AnyEvent], None]
"""Puts an event into the loop's inbox; callable from any thread."""

Keep = Literal["always", "while_room", "until_expiry"]


class OutboxRow(msgspec.Struct, frozen=True):
    """One message on its way to the broker.

    message: its id; topic, payload: as sent; retain: MQTT's flag; keep: what may happen to it when the outbox
    is full (`always`: answers and alarms, never dropped silently; `while_room`: replies, reports;
    `until_expiry`: heartbeats, dropped first);
    boot_id, expires_boot: not to be sent after this instant of that boot (None: never expires);
    then_empty: the last word on a retained topic: an empty retained payload follows it and clears the topic.
    """

    message: str
    topic: str
    payload: bytes
    retain: bool = False
    keep: Keep = "while_room"
    boot_id: str = ""
    expires_boot: float | None = None
    then_empty: bool = False


class StoreError(Exception):
    """A commit did not happen: disk full, read-only, torn."""


class JournalEntry(msgspec.Struct, frozen=True):
    """One handled event: when, what, and what the core then asked for (both as JSON; see agent.journal)."""

    now: Now
    event: bytes
    actions: bytes


class Opening(msgspec.Struct, frozen=True):
    """A point from which a journal can be replayed: policy and state (both as JSON) before the next entry."""

    now: Now
    policy: bytes
    state: bytes


class Store(Protocol):
    """Snapshot, outbox and journal in one transaction."""

    def commit(
        self,
        snapshot: bytes,
        entries: Sequence[JournalEntry | Opening],
        add: Sequence[OutboxRow],
        forget: Sequence[str],
        now: Now,
    ) -> None:
        """Make all of it durable or nothing. Raises StoreError."""

    def mark_consent(self, given: bool) -> bool:
        """Leave, or take away, a mark outside the database that consent is in force. False if the disk refuses.

        A lost database is noticed by it, and a withdrawal holds even if it cannot be committed.
        """


class Clock(Protocol):
    """The device's clocks."""

    def now(self) -> Now: ...

    def wait(self, inbox: SimpleQueue[AnyEvent], until_boot: float) -> AnyEvent | None:
        """The next event of the inbox, or None once `until_boot` (boot-time clock) has come."""


class Stationery(Protocol):
    """Puts a fact into its envelope: topic, JSON payload, retain flag."""

    def compose(self, say: Say, now: Now, *, durable: bool = True) -> OutboxRow: ...


class Camera(Protocol):
    """Starts, extends and ends looks. Posts LookOpened, LookReported, LookFailed, LookClosed, LookStuck."""

    def start(self, look: StartLook) -> None: ...
    def extend(self, more: ExtendLook) -> None: ...
    def stop(self, look: str) -> None: ...


class Lamp(Protocol):
    """The lamp that is lit while the camera is open."""

    def set(self, lit: bool) -> None: ...


class Relays(Protocol):
    """Cuts and restores power. Posts PulseDone. Clamps to 1-60 s."""

    def pulse(self, pulse: Pulse) -> None: ...


class Usb(Protocol):
    """Switches the camera's USB port off and on. Posts UsbResetDone."""

    def reset(self, reset: ResetUsb) -> None: ...


class Network(Protocol):
    """Asks who can be reached. Posts NetworkProbed."""

    def probe(self) -> None: ...


class HealthReader(Protocol):
    """Reads the device's health, quickly; the loop hands it to the core as HealthRead."""

    def read(self) -> Health: ...


class Messenger(Protocol):
    """Carries the outbox to the broker. Posts BrokerConnected, BrokerLost, Published, Command…"""

    def wake(self) -> None:
        """There are new rows in the outbox."""

    def send_undurable(self, rows: Sequence[OutboxRow]) -> None:
        """Send these now if connected: they could not be committed to the outbox."""

    def withdraw(self, messages: Sequence[str]) -> None:
        """These have arrived or were replaced by newer ones: do not send them again from memory."""

    def handled(self, event: CommandReceived | CommandUnreadable) -> None:
        """The command is done with, and committed if the disk let it be: the broker need not keep it any more."""


class Watchdog(Protocol):
    """Told of every step that the loop makes."""

    def progress(self) -> None: ...


class Outside(msgspec.Struct, frozen=True):
    """All ports of one loop, by name."""

    clock: Clock
    store: Store
    stationery: Stationery
    camera: Camera
    lamp: Lamp
    relays: Relays
    usb: Usb
    network: Network
    health: HealthReader
    messenger: Messenger
    watchdog: Watchdog
