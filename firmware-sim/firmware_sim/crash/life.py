"""The device whose store is recorded: the real core, loop, store and outbox through some nights of a home.

`python -m firmware_sim.crash.life FOLDER short|long` lives in FOLDER/state and takes notes in FOLDER/notes. Each
chapter is a process of its own; one that is killed ends without a word. `… FOLDER start --utc T` only starts from
what is there, and is killed.
"""

import argparse
import heapq
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from agent import __version__, ports
from agent.core import events as ev
from agent.core.actions import AnyAction, ExtendLook, ProbeNetwork, Pulse, ResetUsb, StartLook, StopLook
from agent.core.core import Core
from agent.core.moment import Now
from agent.core.policy import Policy
from agent.core.state import State, decode
from agent.hw import quiet
from agent.hw.quiet import QuietLamp
from agent.loop import Loop
from agent.ports import Outside
from agent.store import FILE
from firmware_sim.crash.notes import Damaged, Damaging, Notebook, NotedStore
from transport.messages import Stationery
from transport.topics import Address
from transport.waiting import Waiting

HOME = ZoneInfo("Europe/Stockholm")
POLICY = Policy(device="recorded-1", times=("23:00", "03:00"))
ADDRESS = Address("recorded", POLICY.device)
CONSENT = ev.ConsentGranted(reference="form-17", date="2026-11-01", person=True)
UP_AT_START = 60.0
SEEN = {
    "in_bed": ev.LookReport("in_bed", 0.97, seconds=12.0, frames=120),
    "away": ev.LookReport("not_in_bed", 0.02, seconds=20.0, frames=200),
}


class Boot(NamedTuple):
    """A run of the device's kernel: its number, and the UTC at which its boot-time clock read UP_AT_START."""

    number: int
    began: float

    @property
    def id(self) -> str:
        return f"{self.number:08x}-b007-4000-8000-000000000000"


class Clock:
    """The device's clocks; time goes on when the life says so."""

    def __init__(self, boot: Boot, utc: float) -> None:
        self._boot = boot
        self.utc = utc

    def now(self) -> Now:
        return Now(boot=UP_AT_START + self.utc - self._boot.began, utc=self.utc)

    def wait(self, inbox: SimpleQueue[ev.AnyEvent], until_boot: float) -> ev.AnyEvent | None:
        raise NotImplementedError("this loop is stepped, it never waits")


class Device:
    """One process of the agent. Person and broker are as the chapter wants them."""

    def __init__(self, directory: Path, notebook: Notebook, boot: Boot, utc: float, process: int) -> None:
        self._clock = Clock(boot, utc)
        self._store = NotedStore.open(directory, boot.id, notebook)
        self._reader = Waiting(directory / FILE, self._clock.now, boot.id)  # as the messenger has one
        self._to_come: list[tuple[float, int, ev.AnyEvent]] = []
        self._count = 0
        self.person: Literal["in_bed", "away"] = "in_bed"
        self.online = False
        snapshot = self._store.store.loaded.snapshot
        self.core = Core(POLICY, decode(snapshot) if snapshot else State())
        self._loop = Loop(self.core, outside(self._clock, self._store, boot))
        loaded = self._store.store.loaded
        self.step(
            ev.Started(
                boot_id=boot.id,
                instance=f"{process:08x}",
                epoch=loaded.epoch,
                store=loaded.kind,
                clean=loaded.clean,
                version=__version__,
                consent_marked=loaded.consent_marked,
            )
        )
        self.step(ev.CameraAppeared())

    def until(self, local: str) -> None:
        """Let time go on to this local time, and everything happen that falls due."""
        end = utc_of(local)
        while True:
            due = self._due()
            if due > end:
                break
            self._clock.utc = max(due, self._clock.utc)
            arrived = self._to_come and self._to_come[0][0] <= due
            self.step(heapq.heappop(self._to_come)[2] if arrived else ev.DeadlineReached())
        self._clock.utc = end

    def go_online(self) -> None:
        """The broker takes everything from now on."""
        self.online = True
        self.step(ev.BrokerConnected())

    def go_offline(self) -> None:
        self.online = False
        self.step(ev.BrokerLost("gone"))

    def step(self, event: ev.AnyEvent) -> None:
        """Handle an event, and let the world answer what was asked of it."""
        for action in self._loop.step(event):
            self._answer(action)
        while self.online and (waiting := self._waiting()):
            for message in waiting:
                for action in self._loop.step(ev.Published(message)):
                    self._answer(action)

    def say_goodbye(self) -> None:
        self.step(ev.Stopping())
        self._reader.close()
        self._store.close()

    def _due(self) -> float:
        now = self._clock.now()
        deadline = self._loop.next_deadline()
        soonest = now.utc + deadline - now.boot if deadline is not None else float("inf")
        return min(soonest, self._to_come[0][0]) if self._to_come else soonest

    def _answer(self, action: AnyAction) -> None:
        match action:
            case StartLook(look=look, seconds=seconds):
                self._after(0.6, ev.LookOpened(look))
                self._after(0.6 + seconds, ev.LookReported(look, SEEN[self.person]))
            case ExtendLook(look=look, seconds=seconds):
                self._after(seconds, ev.LookReported(look, SEEN[self.person]))
            case StopLook(look=look):
                self._after(0.2, ev.LookClosed(look))
            case Pulse(relay=relay, seconds=seconds):
                self._after(seconds, ev.PulseDone(relay, ok=True))
            case ResetUsb(seconds=seconds):
                self._after(seconds, ev.UsbResetDone(ok=True))
            case ProbeNetwork():
                self._after(0.1, ev.NetworkProbed(True, True, True, (True, True)))
            case _:
                pass  # said, forgotten or shown: nothing comes back

    def _after(self, seconds: float, event: ev.AnyEvent) -> None:
        self._count += 1
        heapq.heappush(self._to_come, (self._clock.utc + seconds, self._count, event))

    def _waiting(self) -> list[str]:
        return [queued.row.message for queued in self._reader.durable(0, 20)]


class Chapter(NamedTuple):
    """A process's life: in which boot, from when, what it goes through, and how it ends."""

    boot: int
    begins: str
    acts: Callable[[Device], None]
    ends: Literal["goodbye", "killed"]


class Disaster(NamedTuple):
    """Between two processes the disk spoils the store."""

    how: Literal["torn", "lost"]


def _nothing(_: Device) -> None:
    """Start, and that is all."""


def _commissioning(device: Device) -> None:
    device.step(CONSENT)


def _a_night_offline(device: Device) -> None:
    device.person = "away"
    device.until("2026-11-20 23:20")


def _goes_on_and_comes_online(device: Device) -> None:
    device.until("2026-11-21 00:15")
    device.go_online()
    device.person = "in_bed"
    device.until("2026-11-21 00:45")


def _a_day(device: Device) -> None:
    """The WAL is written back and begun anew; in the next night the broker is away and the outbox fills."""
    device.go_online()
    device.until("2026-11-21 22:55")
    device.person = "away"
    device.go_offline()
    device.until("2026-11-21 23:40")
    device.go_online()


def _withdrawal(device: Device) -> None:
    device.go_online()
    device.step(ev.ConsentWithdrawn(by="person"))
    device.until("2026-11-22 11:59")


def _consent_anew(device: Device) -> None:
    device.step(CONSENT)


def _after_a_quarter(device: Device) -> None:
    """What is older than ninety days is pruned, and a hundred days of absence are told."""
    device.go_online()
    device.until("2027-03-05 23:10")


def _without_memory(device: Device) -> None:
    device.until("2027-03-06 11:05")
    device.step(CONSENT)
    device.go_online()


LONG: tuple[Chapter | Disaster, ...] = (
    Chapter(1, "2026-11-20 18:00", _nothing, "goodbye"),
    Chapter(1, "2026-11-20 18:05", _commissioning, "goodbye"),
    Chapter(1, "2026-11-20 22:55", _a_night_offline, "killed"),
    Chapter(2, "2026-11-20 23:24", _goes_on_and_comes_online, "goodbye"),
    Chapter(2, "2026-11-21 02:50", _a_day, "killed"),
    Chapter(2, "2026-11-22 11:00", _withdrawal, "killed"),
    Chapter(3, "2026-11-22 12:30", _consent_anew, "killed"),
    Chapter(4, "2027-03-05 22:30", _after_a_quarter, "goodbye"),
    Disaster("torn"),
    Chapter(5, "2027-03-06 11:00", _without_memory, "goodbye"),
    Disaster("lost"),
    Chapter(6, "2027-03-06 12:30", _nothing, "killed"),
)
SHORT: tuple[Chapter | Disaster, ...] = (
    Chapter(1, "2026-11-20 18:05", _commissioning, "goodbye"),
    Chapter(1, "2026-11-20 22:59", _a_night_offline, "killed"),
    Chapter(2, "2026-11-22 11:59", _withdrawal, "killed"),
    Chapter(3, "2026-11-22 12:30", _consent_anew, "goodbye"),
    Disaster("lost"),
    Chapter(5, "2027-03-06 11:04", _without_memory, "killed"),
)
LIVES = {"short": SHORT, "long": LONG}


def utc_of(local: str) -> float:
    """Seconds since 1970 of a local time, "2026-11-20 23:00"."""
    return datetime.fromisoformat(local).replace(tzinfo=HOME).timestamp()


def live(folder: Path, life: tuple[Chapter | Disaster, ...]) -> None:
    """Live it, chapter by chapter, each in a process of its own."""
    notebook = Notebook(folder / "notes")
    boots: dict[int, Boot] = {}
    os.umask(0o077)  # as the agent does
    for number, chapter in enumerate(life):
        if isinstance(chapter, Disaster):
            _spoil(folder / "state", chapter, notebook)
            continue
        boot = boots.setdefault(chapter.boot, Boot(chapter.boot, utc_of(chapter.begins)))
        child = os.fork()
        if not child:
            _live_chapter(folder, notebook, boot, chapter, number)
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit(f"chapter {number} failed")


def _live_chapter(folder: Path, notebook: Notebook, boot: Boot, chapter: Chapter, number: int) -> None:
    """Never returns: a killed process has no last words."""
    failed = 1
    try:
        device = Device(folder / "state", notebook, boot, utc_of(chapter.begins), number)
        chapter.acts(device)
        if chapter.ends == "goodbye":
            device.say_goodbye()
        failed = 0
    finally:
        if failed:
            sys.excepthook(*sys.exc_info())
        os._exit(failed)


def _spoil(directory: Path, disaster: Disaster, notebook: Notebook) -> None:
    notebook.note(Damaging())
    for sidecar in directory.glob(f"{FILE}-*"):
        sidecar.unlink()
    file = os.open(directory / FILE, os.O_RDWR | os.O_CLOEXEC)
    if disaster.how == "torn":
        os.pwrite(file, b"\xa5" * 8192, 0)
    else:
        (directory / FILE).unlink()
    os.fsync(file)
    os.close(file)
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(folder)
    os.close(folder)
    notebook.note(Damaged())


def outside(clock: Clock, store: ports.Store, boot: Boot) -> Outside:
    """All ports; but for clock and store nothing is there."""
    return Outside(
        clock=clock,
        store=store,
        stationery=Stationery(ADDRESS, boot.id),
        camera=quiet.QuietCamera(),
        lamp=QuietLamp(),
        relays=quiet.QuietRelays(),
        usb=quiet.QuietUsb(),
        network=quiet.QuietNetwork(),
        health=quiet.QuietHealth(),
        messenger=quiet.QuietMessenger(),
        watchdog=quiet.QuietWatchdog(),
    )


def main(arguments: list[str] | None = None) -> None:
    """Live the life that is named."""
    parser = argparse.ArgumentParser(prog="firmware_sim.crash.life", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("life", choices=("start", *LIVES))
    parser.add_argument("--utc", type=float, default=0.0, help="when to start from what the folder holds")
    options = parser.parse_args(arguments)
    if options.life == "start":
        Device(
            options.folder / "state",
            Notebook(options.folder / "notes"),
            Boot(98, options.utc),
            options.utc,
            98,
        )
        os._exit(0)  # killed, without a word
    live(options.folder, LIVES[options.life])


if __name__ == "__main__":
    main()
