"""The agent that kill test and soak run: a process with the real loop, store, outbox and MQTT adapter.

Its time runs faster than real time and goes on while the process is dead: every process reads the same virtual
time from an origin that all of them share. What its camera sees are recorded observations.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from agent import __version__
from agent.core.core import Core
from agent.core.events import AnyEvent, CameraAppeared, Started
from agent.core.moment import Now
from agent.core.state import decode
from agent.loop import Loop
from agent.ports import Outside
from agent.store import FILE, Store
from firmware_sim.clock import Agenda, DeviceClock
from firmware_sim.eyes import RecordedEyes
from firmware_sim.observations import observations
from firmware_sim.ports.camera import Looks
from firmware_sim.ports.hands import Lamp, Relays, Usb, Watchdog
from firmware_sim.ports.senses import HealthReader, Network
from firmware_sim.scenario import Scenario, load
from firmware_sim.world.world import World
from transport.backoff import Backoff
from transport.broker import BrokerConfig
from transport.messages import Stationery
from transport.mqtt import MqttMessenger
from transport.topics import Address
from transport.waiting import Waiting

SITE = "killed"
LONGEST_WAIT = 1.0
DAY = 86400.0


class SharedClock(DeviceClock):
    """Virtual time, in every process: `factor` times as fast as real time since `origin` (CLOCK_BOOTTIME)."""

    def __init__(self, agenda: Agenda, start_utc: float, origin: float, factor: float) -> None:
        super().__init__(agenda, start_utc)
        self._shared = agenda
        self._origin = origin
        self._factor = factor

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the origin."""
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - self._origin) * self._factor

    def now(self) -> Now:
        self._shared.advance(self.elapsed)
        return super().now()

    def wait(self, inbox: SimpleQueue[AnyEvent], until_boot: float) -> AnyEvent | None:
        until = self.elapsed_at(until_boot)
        while True:
            while self._shared.next_instant() <= self.elapsed:
                self._shared.run_next()
            pause = (min(self._shared.next_instant(), until) - self.elapsed) / self._factor
            try:
                return inbox.get(timeout=min(max(pause, 0.0), LONGEST_WAIT))
            except Empty:
                if self.elapsed >= until:
                    return None


def shared_world(scenario: Scenario, origin: float, factor: float) -> tuple[World, SharedClock]:
    """The scenario's world as it is by now; only what happens in the bedroom is played."""
    clocks: list[SharedClock] = []

    def clock(agenda: Agenda, start_utc: float) -> SharedClock:
        clocks.append(SharedClock(agenda, start_utc, origin, factor))
        return clocks[0]

    world = World(scenario.night.start_utc, clock)
    for happens in scenario.happens:
        if happens.what.person is not None:
            world.agenda.at(happens.elapsed, _put(world, happens.what.person))
    _forget_daily(world)
    while world.agenda.next_instant() <= clocks[0].elapsed:
        world.agenda.run_next()
    return world, clocks[0]


def outside(
    world: World, store: Store, inbox: SimpleQueue[AnyEvent], broker: BrokerConfig, device: str
) -> Outside:
    """All ports: the messenger is the real one, and started."""
    address = Address(SITE, device)
    messenger = MqttMessenger(
        broker,
        address,
        Waiting(store.directory / FILE, world.clock.now, world.clock.boot_id),
        inbox.put,
        version=__version__,
        backoff=Backoff(first=0.05, longest=0.3),
    )
    messenger.start()
    return Outside(
        clock=world.clock,
        store=store,
        stationery=Stationery(address, world.clock.boot_id),
        camera=Looks(world, inbox.put, RecordedEyes(observations())),
        lamp=Lamp(world),
        relays=Relays(world, inbox.put),
        usb=Usb(world, inbox.put),
        network=Network(world, inbox.put),
        health=HealthReader(world, store.outbox),
        messenger=messenger,
        watchdog=Watchdog(),
    )


def started(store: Store, world: World) -> Started:
    """The first event of a process. The boot never ends here: only processes die."""
    return Started(
        boot_id=world.clock.boot_id,
        instance="killed",
        epoch=store.loaded.epoch,
        store=store.loaded.kind,
        clean=store.loaded.clean,
        version=__version__,
        consent_marked=store.loaded.consent_marked,
    )


def main(arguments: list[str] | None = None) -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(prog="firmware_sim.killed_agent")
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--origin", type=float, required=True)
    parser.add_argument("--factor", type=float, required=True)
    parser.add_argument("--broker", type=json.loads, required=True)
    parser.add_argument("--boot", type=int, default=1, help="the number of the device's boot")
    options = parser.parse_args(arguments)
    scenario = load(options.scenario)
    world, clock = shared_world(scenario, options.origin, options.factor)
    clock.boots = options.boot
    store = Store.open(options.state, boot_id=clock.boot_id)
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    inbox.put(started(store, world))
    inbox.put(CameraAppeared())
    snapshot = store.loaded.snapshot
    core = Core(scenario.policy, decode(snapshot) if snapshot else None)
    broker = BrokerConfig(**options.broker)
    Loop(core, outside(world, store, inbox, broker, scenario.policy.device)).run(inbox)


def _forget_daily(world: World) -> None:
    """Nobody reads this process's record of the world: it must not pass for a leak of the agent's."""
    for notes in vars(world.record).values():
        notes.clear()
    world.agenda.after(DAY, lambda: _forget_daily(world))


def _put(world: World, person: str) -> Callable[[], None]:
    return lambda: world.bedroom.put_person(person)  # type: ignore[arg-type]  # a word of the scenario's own type


if __name__ == "__main__":
    main()
