"""The ports that ask: who can be reached, and how the device is."""

from agent.core.events import Health, NetworkProbed
from agent.ports import Post
from firmware_sim.world.world import World
from transport.outbox import Outbox

ANSWER_SECONDS = 0.1
TIMEOUT_SECONDS = 5.0
TARGETS = 3


class Network:
    """Asks link, gateway, name service and three independent targets."""

    def __init__(self, world: World, post: Post) -> None:
        self._world = world
        self._post = post

    def probe(self) -> None:
        self._world.cuts.about_to_act()
        router, internet = self._world.router, self._world.internet
        reached = router.works and internet.works
        probed = NetworkProbed(
            link=router.powered, gateway=router.works, dns=reached, targets=(reached,) * TARGETS
        )
        self._world.agenda.after(ANSWER_SECONDS if reached else TIMEOUT_SECONDS, lambda: self._post(probed))


class HealthReader:
    """A healthy small computer whose camera, relays and outbox are those of the world."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world = world
        self._outbox = outbox

    def read(self) -> Health:
        return Health(
            camera_present=self._world.camera.present,
            relays={name: contacts.state != "broken" for name, contacts in self._world.relays.items()},
            disk_free=8_000_000_000,
            memory_free=300_000_000,
            temperature=47.5,
            under_voltage=False,
            outbox_depth=self._outbox.depth(),
            outbox_dropped=sum(self._outbox.dropped().values()),
        )
