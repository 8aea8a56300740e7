"""What the device is made of: told when it changes, and again to a broker that may have forgotten it."""

from agent.core.facts import Inventory
from agent.core.turn import Turn


def taken(turn: Turn, inventory: Inventory) -> None:
    """The parts were read: say them if they are not what was said last."""
    if inventory != turn.state.inventory:
        turn.state.inventory = inventory
        say(turn)


def say(turn: Turn) -> None:
    """Say what is known, if anything is."""
    if turn.state.inventory is not None:
        turn.say(turn.state.inventory, instead_of="inventory")
