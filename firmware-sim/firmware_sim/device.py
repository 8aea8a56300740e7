"""The device: boots, runs the real core, loop, store and outbox, and dies as real ones do."""

from pathlib import Path
from queue import SimpleQueue

from agent import __version__
from agent.core.core import Core
from agent.core.events import (
    AnyEvent,
    CameraAppeared,
    CameraVanished,
    ConsentGranted,
    PrivacySwitchTurned,
    Started,
    Stopping,
)
from agent.core.policy import Policy
from agent.core.state import decode
from agent.loop import Loop
from agent.ports import Outside, Post
from agent.store import Store
from firmware_sim.clock import Appointment, ProcessEnded
from firmware_sim.disk import Disk, apply, crash_image
from firmware_sim.equipment import Equipment, Mortal
from firmware_sim.ports.hands import Lamp, Relays, Usb, Watchdog
from firmware_sim.ports.senses import HealthReader, Network
from firmware_sim.scenario import StoreFate
from firmware_sim.world.cut import Cut
from firmware_sim.world.world import World
from transport.messages import Stationery
from transport.topics import Address

BOOT_SECONDS = 25.0
TRY_AGAIN_SECONDS = 10.0
"""A process that cannot start is started again by systemd (every other second; this is enough for a night)."""
RESTART_SECONDS = 2.0
SITE = "simulated"
EVENTS_AT_MOST = 300_000
"""More than any night, or any year of quiet ones, has."""


class Restless(Exception):
    """The agent goes on and on without time going on."""


class Device:
    """One nattro device in a world, with its state in a directory.

    The state survives everything but what the scenario does to it. `live` runs one process from its start to its
    end; `asleep` tells whether there is none to run; `events`: how many events its cores have handled.
    """

    def __init__(self, world: World, policy: Policy, directory: Path, equipment: Equipment) -> None:
        self._world = world
        self._policy = policy
        self._directory = directory
        self._equipment = equipment
        self._address = Address(SITE, policy.device)
        self._epochs: dict[str, str] = {}
        self._lives = 0
        self._fate: StoreFate | None = None
        self._post: Post | None = None
        self._mortal: tuple[Mortal, ...] = ()
        self._waking: Appointment | None = None
        self.asleep = False
        self.events = 0
        world.clock.before_waiting = equipment.settle
        world.when_mains_change.append(self._mains_changed)
        world.camera.when_present_changes.append(self._camera_changed)

    @property
    def directory(self) -> Path:
        """Where the state is now (it moves with every unclean death)."""
        return self._directory

    @property
    def address(self) -> Address:
        """Where the device's topics are."""
        return self._address

    def post(self, event: AnyEvent) -> bool:
        """Tell the running process. False if there is none to hear it."""
        if self._post is None:
            return False
        self._post(event)
        return True

    def doom_store(self, fate: StoreFate) -> None:
        """The store will be found missing or torn at the next start."""
        self._fate = fate

    def kill(self) -> None:
        """kill -9; systemd starts it again."""
        if self._post is None:
            return
        self._world.clock.end_process()
        self._sleep(RESTART_SECONDS)

    def stop(self) -> None:
        """Ask the process to end in good order; systemd starts it again when it has ended."""
        self.post(Stopping())

    def live(self, *commissioning: ConsentGranted) -> None:
        """Run one process until it dies or has stopped."""
        if self._world.disk == "read_only":
            self._sleep(TRY_AGAIN_SECONDS)  # the store refuses to be opened
            return
        self._world.clock.process_begins()
        store = Store.open(self._directory, boot_id=self._world.clock.boot_id, durable=False)
        inbox: SimpleQueue[AnyEvent] = SimpleQueue()
        self._post = inbox.put
        for event in (self._started(store), *self._first_sight(), *commissioning):
            inbox.put(event)
        disk = self._disk(store)
        outside = self._outside(store, disk, inbox.put)
        self._note("up")
        self._world.signals.give("start")
        clean = False
        try:
            loaded = store.loaded.snapshot
            Loop(Core(self._policy, decode(loaded) if loaded else None), outside).run(inbox)
            clean = True
        except ProcessEnded:
            self._directory = disk.image or crash_image(self._directory, self._next_directory)
        finally:
            self._post = None
            self._world.cuts.process_died()
            self._note("down")
            for port in self._mortal:
                port.process_died()
            disk.close(clean=clean)
        if clean:
            self._sleep(RESTART_SECONDS)

    # ---- the life of a process

    @property
    def _next_directory(self) -> Path:
        return self._directory.with_name(f"state-{self._lives + 1}")

    def _disk(self, store: Store) -> Disk:
        return Disk(store, self._world, self._count_event, self._cut_short, self._next_directory)

    def _outside(self, store: Store, disk: Disk, post: Post) -> Outside:
        world = self._world
        camera = self._equipment.camera(world, post)
        messenger = self._equipment.messenger(world, post, store, self._address)
        relays, usb = Relays(world, post), Usb(world, post)
        self._mortal = (camera, messenger, relays, usb)
        return Outside(
            clock=world.clock,
            store=disk,
            stationery=Stationery(self._address, world.clock.boot_id),
            camera=camera,
            lamp=Lamp(world),
            relays=relays,
            usb=usb,
            network=Network(world, post),
            health=HealthReader(world, store.outbox),
            messenger=messenger,
            watchdog=Watchdog(),
        )

    def _started(self, store: Store) -> Started:
        """Ids are counted, not drawn by lot: a run must be the same to the bit each time."""
        self._lives += 1
        if store.loaded.kind == "lost":
            self._world.record.note(self._world.agenda.elapsed, "consent", "lost")
        return Started(
            boot_id=self._world.clock.boot_id,
            instance=f"{self._lives:08x}",
            epoch=self._epochs.setdefault(store.loaded.epoch, f"{len(self._epochs) + 1:08x}"),
            store=store.loaded.kind,
            clean=store.loaded.clean,
            version=__version__,
            consent_marked=store.loaded.consent_marked,
            privacy_switch=self._world.switch_locked,
        )

    def _first_sight(self) -> list[AnyEvent]:
        """What the adapters tell at once: whether the camera is there, and how the switch stands."""
        camera = CameraAppeared() if self._world.camera.present else CameraVanished()
        return [camera, PrivacySwitchTurned(self._world.switch_locked)]

    def _sleep(self, seconds: float) -> None:
        if self._waking:
            self._waking.call_off()
        self.asleep = True
        self._waking = self._world.agenda.after(seconds, self._wake)

    def _wake(self) -> None:
        if not self._world.mains:
            return
        if self._fate is not None:
            apply(self._fate, self._directory)
            self._world.record.note(self._world.agenda.elapsed, "store", self._fate)
            self._fate = None
        self.asleep = False

    def _mains_changed(self, on: bool) -> None:
        if on:
            self._sleep(BOOT_SECONDS)
            self._world.clock.boot_again()
        else:
            self.asleep = True
            self._world.set_lamp(False)
            if self._post is not None:
                self._world.clock.end_process()

    def _camera_changed(self, present: bool) -> None:
        self.post(CameraAppeared() if present else CameraVanished())

    def _count_event(self) -> None:
        self.events += 1
        if self.events > EVENTS_AT_MOST:
            raise Restless(f"the agent has handled {EVENTS_AT_MOST} events and comes to no rest")

    def _cut_short(self, cut: Cut) -> None:
        """The process ends here, in the midst of what it does; with the power of the whole home, or by a kill."""
        world = self._world
        if cut.by == "power":
            world.set_mains(False)
            world.agenda.after(cut.seconds, lambda: world.set_mains(True))
        else:
            self._sleep(RESTART_SECONDS)
        raise ProcessEnded

    def _note(self, state: str) -> None:
        self._world.record.note(self._world.agenda.elapsed, "device", state)
