"""All ports of a loop, in memory: what the loop asked of them is written down in one list, in order."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from agent.core import events as ev
from agent.core.actions import ExtendLook, Pulse, ResetUsb, Say, StartLook
from agent.core.core import Core
from agent.core.moment import Now
from agent.core.orders import AnyOrder, Command
from agent.core.policy import Policy
from agent.core.state import State, decode
from agent.loop import Loop
from agent.ports import JournalEntry, Opening, OutboxRow, Outside, StoreError
from agent.store import Store

EVENING = 1795294800.0  # 2026-11-21 22:00 in Stockholm
POLICY = Policy(device="device-7", times=("23:00",))


class Surroundings:
    """Every port at once. `deeds` lists what was done, `commit` and `wake` included."""

    def __init__(self, directory: Path) -> None:
        self.store = Store.open(directory, durable=False)
        self.deeds: list[str] = []
        self.undurable: list[OutboxRow] = []
        self.withdrawn: list[str] = []
        self.boot, self.utc_error, self.trusted = 100.0, EVENING - 100.0, True
        self.inbox: SimpleQueue[ev.AnyEvent] = SimpleQueue()
        self.disk_full = False
        loaded = self.store.loaded
        state = decode(loaded.snapshot) if loaded.snapshot else State()
        self.loop = Loop(Core(POLICY, state), self.outside())

    def outside(self) -> Outside:
        return Outside(
            clock=self,
            store=self,
            stationery=self,
            camera=self,
            lamp=Lamp(self.deeds),
            relays=Relays(self.deeds),
            usb=self,
            network=self,
            health=self,
            messenger=self,
            watchdog=self,
        )

    # clock

    def now(self) -> Now:
        return Now(self.boot, self.boot + self.utc_error, self.trusted)

    def wait(self, inbox: SimpleQueue[ev.AnyEvent], until_boot: float) -> ev.AnyEvent | None:
        try:
            return inbox.get_nowait()
        except Empty:
            self.deeds.append("wait")
            self.boot = max(self.boot, until_boot)
            return None

    # store: the real one, on a disk that may be full

    def commit(
        self,
        snapshot: bytes,
        entries: Sequence[JournalEntry | Opening],
        add: Sequence[OutboxRow],
        forget: Sequence[str],
        now: Now,
    ) -> None:
        if self.disk_full:
            raise StoreError("database or disk is full")
        self.store.commit(snapshot, entries, add, forget, now)
        self.deeds.append("commit")

    def mark_consent(self, given: bool) -> bool:
        refused = self.disk_full and given
        return not refused and self.store.mark_consent(given)

    # stationery and messenger

    def compose(self, say: Say, now: Now, *, durable: bool = True) -> OutboxRow:
        payload = msgspec.json.encode({"durable": durable, "fact": say.fact})
        return OutboxRow(message=say.message, topic="t", payload=payload, keep="always")

    def wake(self) -> None:
        self.deeds.append("wake")

    def send_undurable(self, rows: Sequence[OutboxRow]) -> None:
        self.undurable += rows

    def withdraw(self, messages: Sequence[str]) -> None:
        self.withdrawn += messages

    def handled(self, event: ev.CommandReceived | ev.CommandUnreadable) -> None:
        self.deeds.append(f"handled {event.__class__.__name__}")

    # camera, usb, network, health, watchdog

    def start(self, look: StartLook) -> None:
        self.deeds.append(f"start {look.look}")

    def extend(self, more: ExtendLook) -> None:
        self.deeds.append(f"extend {more.look}")

    def stop(self, look: str) -> None:
        self.deeds.append(f"stop {look}")

    def reset(self, reset: ResetUsb) -> None:
        self.deeds.append("reset usb")

    def probe(self) -> None:
        self.deeds.append("probe")

    def read(self) -> ev.Health:
        self.deeds.append("read health")
        return ev.Health(camera_present=True)

    def progress(self) -> None:
        self.deeds.append("progress")

    # ---- driving it

    def begin(self) -> "Surroundings":
        """Start the agent and record consent."""
        loaded = self.store.loaded
        self.loop.step(ev.Started("boot-1", "p", loaded.epoch, loaded.kind, loaded.clean, "1.0.0"))
        self.loop.step(ev.ConsentGranted("form-1", "2026-11-01", person=True))
        return self

    def reach_the_window(self) -> "Surroundings":
        """Let it be 23:00."""
        self.boot += EVENING + 3600 - (self.boot + self.utc_error) + 0.5
        self.loop.step(ev.DeadlineReached())
        return self

    def order(self, command: str, order: AnyOrder) -> None:
        """Let a command of this id come, which holds for an hour."""
        expires = datetime.fromtimestamp(self.now().utc + 3600, UTC)
        self.loop.step(ev.CommandReceived(Command(command, expires, "staff", order)))

    def waiting_messages(self) -> list[str]:
        return [queued.row.message for queued in self.store.outbox.batch(0, 1000, boot_id="", boot=self.boot)]


class Lamp:
    def __init__(self, deeds: list[str]) -> None:
        self._deeds = deeds

    def set(self, lit: bool) -> None:
        self._deeds.append(f"lamp {'on' if lit else 'off'}")


class Relays:
    def __init__(self, deeds: list[str]) -> None:
        self._deeds = deeds

    def pulse(self, pulse: Pulse) -> None:
        self._deeds.append(f"pulse {pulse.relay}")
