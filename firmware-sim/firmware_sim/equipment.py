"""What a simulated device is equipped with: the two parts that differ between fast and full mode."""

from typing import Protocol

from agent.ports import Camera, Messenger, Post
from agent.store import Store
from firmware_sim.eyes import RecordedEyes
from firmware_sim.observations import observations
from firmware_sim.ports.camera import Looks
from firmware_sim.ports.messenger import OutboxCarrier
from firmware_sim.world.world import World
from transport.topics import Address


class Mortal(Protocol):
    """A port that learns of its process's death."""

    def process_died(self) -> None: ...


class MortalCamera(Camera, Mortal, Protocol):
    """A camera port of the simulator."""


class MortalMessenger(Messenger, Mortal, Protocol):
    """A messenger port of the simulator."""


class Equipment(Protocol):
    """Makes the ports that see and speak, for each process of the device anew."""

    def begin(self, world: World) -> None:
        """A night in this world begins."""

    def camera(self, world: World, post: Post) -> MortalCamera: ...

    def messenger(self, world: World, post: Post, store: Store, address: Address) -> MortalMessenger: ...

    def settle(self) -> None:
        """Come to rest: called whenever the agent has nothing to do, before virtual time goes on."""


class Recorded:
    """Fast mode: recorded observations and a simulated broker, all on virtual time."""

    def __init__(self) -> None:
        self._eyes = RecordedEyes(observations())

    def begin(self, world: World) -> None:
        """All that is needed comes with the ports."""

    def camera(self, world: World, post: Post) -> Looks:
        return Looks(world, post, self._eyes)

    def messenger(self, world: World, post: Post, store: Store, address: Address) -> OutboxCarrier:  # noqa: ARG002
        return OutboxCarrier(world, post, store.outbox)

    def settle(self) -> None:
        """Nothing here lives outside virtual time."""
