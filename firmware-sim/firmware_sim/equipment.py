"""What a simulated device is equipped with: the two parts that differ between fast and full mode."""

from typing import Protocol

from agent.ports import Camera, Messenger, Post
from agent.store import Store
from firmware_sim.observations import Observations, observations
from firmware_sim.ports.camera import RecordedLooks
from firmware_sim.ports.messenger import OutboxCarrier
from firmware_sim.world.world import World
from transport.topics import Address


class MortalCamera(Camera, Protocol):
    """A camera port that learns of its process's death."""

    def process_died(self) -> None: ...


class MortalMessenger(Messenger, Protocol):
    """A messenger port that learns of its process's death."""

    def process_died(self) -> None: ...


class Equipment(Protocol):
    """Makes the ports that see and speak, for each process of the device anew."""

    def camera(self, world: World, post: Post) -> MortalCamera: ...

    def messenger(self, world: World, post: Post, store: Store, address: Address) -> MortalMessenger: ...

    def settle(self) -> None:
        """Come to rest: called whenever the agent has nothing to do, before virtual time goes on."""


class Recorded:
    """Fast mode: recorded observations and a simulated broker, all on virtual time."""

    def __init__(self, table: Observations | None = None) -> None:
        self._table = table or observations()

    def camera(self, world: World, post: Post) -> RecordedLooks:
        return RecordedLooks(world, post, self._table)

    def messenger(self, world: World, post: Post, store: Store, address: Address) -> OutboxCarrier:
        return OutboxCarrier(world, post, store.outbox)

    def settle(self) -> None:
        """Nothing here lives outside virtual time."""
