"""What becomes of messages: arrived, denied by the broker's access rights, or heard by nobody."""

from agent.core import alarms, faults
from agent.core.actions import Forget
from agent.core.events import Published
from agent.core.facts import Alarm, Fault
from agent.core.turn import Turn

DENIED_FROM = 0x80
DENIED_REMEMBERED = 64


def published(turn: Turn, event: Published) -> None:
    """The broker has answered for a message."""
    state = turn.state
    if event.reason >= DENIED_FROM:
        if event.message not in state.denied:
            state.denied = [*state.denied, event.message][-DENIED_REMEMBERED:]
        faults.present(turn, "publish_denied", f"reason code {event.reason}")
        return
    turn.ask(Forget(event.message))
    state.uplink.last_ack_boot = turn.now.boot
    state.latest = {thing: message for thing, message in state.latest.items() if message != event.message}
    alarms.published(turn, event.message)
    if event.message in state.denied:
        state.denied.remove(event.message)
        if not state.denied:
            faults.cleared(turn, "publish_denied")


def still_told(turn: Turn, fact: Alarm | Fault) -> None:
    """The broker holds a word that was said by a life which could not store it, or which lost its store."""
    if isinstance(fact, Alarm):
        alarms.adopt(turn, fact)
    else:
        faults.take_back(turn, fact)
