"""Commissioning: the camera is opened outside the agreed windows, by somebody at the device, and the world is told.

No agent runs meanwhile. The beginning is stored before the camera opens; whoever opens it reads here whether it
may. What is said waits in the outbox until the agent runs again.
"""

from agent.core.events import CommissioningBegan, CommissioningEnded
from agent.core.facts import Commissioning
from agent.core.state import OpenCommissioning
from agent.core.turn import Turn


def began(turn: Turn, event: CommissioningBegan) -> None:
    """Without consent, or behind a locked switch, it does not begin. A clock that nobody can trust is no reason:
    a device is commissioned before it has a network, and nothing is due.
    """
    state = turn.state
    if event.privacy_switch is not None:
        state.privacy_switch = event.privacy_switch
    if state.consent.state != "given" or state.privacy_switch:
        return
    cut_off(turn)
    state.commissioning = OpenCommissioning(event.session, event.what)
    turn.say(Commissioning(session=event.session, what=event.what, state="began"))


def ended(turn: Turn, event: CommissioningEnded) -> None:
    """The camera is closed again, whatever came of it."""
    turn.state.commissioning = None
    turn.say(
        Commissioning(
            session=event.session,
            what=event.what,
            state=event.outcome,
            openings=event.openings,
            seconds=event.seconds,
            light=event.light,
            states=event.states,
            corrects=event.corrects,
        )
    )


def cut_off(turn: Turn) -> None:
    """Something else has begun, so the last one is over, and nothing told how it ended."""
    last = turn.state.commissioning
    if last is not None:
        turn.state.commissioning = None
        turn.say(Commissioning(session=last.session, what=last.what, state="cut_off"))
