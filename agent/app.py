"""Puts the agent together: configuration → store → core → loop → adapters, and runs it until it is told to stop.

Also steps the same loop for a single event while no agent runs (`nattro consent …`), with adapters that do nothing.
"""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue

from agent import __version__, fittings
from agent.config import Config
from agent.core.core import Core
from agent.core.events import AnyEvent, Started, Stopping
from agent.core.state import decode
from agent.hw import quiet
from agent.hw.camera import WorkerCamera
from agent.hw.clock import DeviceClock, Trust, boot_id
from agent.hw.control import ControlSocket
from agent.hw.health import DeviceHealth, Parts
from agent.hw.inventory import Stocktaking
from agent.hw.lamp import CameraLamp
from agent.hw.network import Interfaces, NetworkProbe
from agent.hw.presence import Presence, UdevWatch, camera_monitor
from agent.hw.relays import PulsingRelays
from agent.hw.watchdog import Systemd
from agent.loop import Loop
from agent.ports import Outside
from agent.store import FILE, Store
from transport.broker import demand_broker
from transport.messages import Stationery
from transport.mqtt import MqttMessenger
from transport.topics import Address
from transport.waiting import Waiting

Inbox = SimpleQueue[AnyEvent]


def run(config: Config) -> None:
    """Run the agent until SIGTERM or SIGINT.

    Raises BrokerRefused, StoreRefused, Incompatible, before anything was begun.
    """
    demand_broker(config.broker)
    with _remembering(config) as (store, core):
        inbox: Inbox = SimpleQueue()
        _stop_on_signal(inbox)
        with ExitStack() as running:
            parts = _Parts(config, store, inbox, running)
            loop = Loop(core, parts.outside)
            loop.step(_started(store, parts.switch_is_locked))
            parts.begin(running)
            loop.run(inbox)


def step_alone(config: Config, event: AnyEvent) -> None:
    """Handle one event while no agent runs: start, handle it, stop.

    Raises StoreRefused (a running agent holds the store, for example) and Incompatible.
    """
    try:
        with _remembering(config) as (store, core):
            loop = Loop(core, _quiet_world(config, store))
            for each in (_started(store), event, Stopping()):
                loop.step(each)
    finally:
        _leave_to_the_owner_of(config.device.state)


def _leave_to_the_owner_of(state: Path) -> None:
    """What root makes in the agent's folder, before the agent's first start, the agent could not open."""
    if os.geteuid() == 0 and state.is_dir():
        owner = state.stat()
        for file in state.iterdir():
            os.chown(file, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextmanager
def _remembering(config: Config) -> Iterator[tuple[Store, Core]]:
    """The store, and a core that resumes from it. Only an orderly end leaves the mark of one."""
    os.umask(0o077)  # whatever this process writes is its own
    store = Store.open(config.device.state, boot_id=boot_id())
    clean = store.loaded.clean  # a snapshot that is refused changes nothing
    try:
        snapshot = store.loaded.snapshot
        core = Core(config.policy, decode(snapshot) if snapshot else None)
        clean = False
        yield store, core
        clean = True
    finally:
        store.close(clean=clean)


def _started(store: Store, privacy_switch: bool | None = None) -> Started:
    return Started(
        boot_id=boot_id(),
        instance=secrets.token_hex(4),
        epoch=store.loaded.epoch,
        store=store.loaded.kind,
        clean=store.loaded.clean,
        version=__version__,
        consent_marked=store.loaded.consent_marked,
        privacy_switch=privacy_switch,
    )


def _stop_on_signal(inbox: Inbox) -> None:
    """The handler only posts: the loop ends by itself, with everything closed in good order."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(Stopping()))


class _Parts:
    """Every adapter of a real device. What must be undone at the end is noted in `running`."""

    def __init__(self, config: Config, store: Store, inbox: Inbox, running: ExitStack) -> None:
        post = inbox.put
        self._config = config
        self._watchdog = Systemd()
        self._messenger = _messenger(config, inbox)
        self._control = ControlSocket(config.device.state, post)
        fitted, usb = fittings.relays(config), fittings.usb_port(config, post)
        self._named = named = fittings.camera(config)
        self._presence = Presence(post, named.there if named else config.camera.node.exists)
        self._stock = Stocktaking(
            post, fittings.inventory(config, fitted), named.identity if named else lambda: None
        )
        clock, relays = DeviceClock(Trust()), PulsingRelays(fitted, post)
        camera = WorkerCamera(fittings.camera_settings(config), post, clock)
        self._switch = fittings.privacy_switch(config, post, lambda locked: camera.lock(locked=locked))
        lamp = CameraLamp(fittings.light(config), post, camera.may_be_open)
        # Carried out in reverse: the camera first, and the lamp when it is closed.
        for undo in (fitted.close, relays.stop, usb.stop, lamp.close, camera.close):
            running.callback(undo)
        self.outside = Outside(
            clock=clock,
            store=store,
            stationery=_stationery(config),
            camera=camera,
            lamp=lamp,
            relays=relays,
            usb=usb,
            network=_network(config, inbox),
            health=DeviceHealth(
                config.device.state,
                Parts(
                    camera_present=self._presence.now,
                    relays=fitted.working,
                    outbox=lambda: (store.outbox.depth(), sum(store.outbox.dropped().values())),
                    clock=clock.basis,
                    lamp=lamp.works if config.camera.lamp else lambda: None,
                    ended_clean=store.loaded.clean if store.loaded.kind == "resumed" else None,
                ),
            ),
            messenger=self._messenger,
            watchdog=self._watchdog,
        )

    @property
    def switch_is_locked(self) -> bool:
        """How the privacy switch stood when it was read; known before anything may open the camera."""
        return self._switch is not None and self._switch.locked

    def begin(self, running: ExitStack) -> None:
        """Listen to the switch, the broker, udev and people at the device, and tell systemd."""
        if self._switch is not None:
            self._switch.start()
            running.callback(self._switch.stop)
        self._messenger.start()
        running.callback(self._messenger.stop)
        self._control.start()
        running.callback(self._control.stop)
        if self._named is not None:
            watch = UdevWatch(camera_monitor(self._named.udev), self._presence.tell, self._stock.tell)
            watch.start()
            running.callback(watch.stop)
        else:
            self._presence.tell()  # a recording is there or not
            self._stock.tell()
        self._watchdog.ready(f"{self._config.site.name}/{self._config.device.id}")
        running.callback(self._watchdog.stopping)


def _quiet_world(config: Config, store: Store) -> Outside:
    return Outside(
        clock=DeviceClock(Trust()),
        store=store,
        stationery=_stationery(config),
        camera=quiet.QuietCamera(),
        lamp=quiet.QuietLamp(),
        relays=quiet.QuietRelays(),
        usb=quiet.QuietUsb(),
        network=quiet.QuietNetwork(),
        health=quiet.QuietHealth(),
        messenger=quiet.QuietMessenger(),
        watchdog=quiet.QuietWatchdog(),
    )


def _stationery(config: Config) -> Stationery:
    return Stationery(Address(site=config.site.name, device=config.device.id), boot_id())


def _network(config: Config, inbox: Inbox) -> NetworkProbe:
    network = config.network
    broker = config.broker.host, config.broker.resolved_port
    return NetworkProbe(inbox.put, Interfaces(network.interface), network.targets, network.dns_name, broker)


def _messenger(config: Config, inbox: Inbox) -> MqttMessenger:
    return MqttMessenger(
        config.broker,
        Address(site=config.site.name, device=config.device.id),
        Waiting(config.device.state / FILE, DeviceClock(Trust()).now, boot_id()),
        inbox.put,
        version=__version__,
    )
