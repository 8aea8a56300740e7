"""Consent: recorded at the device, withdrawn from anywhere, and obeyed at once."""

from agent.core import agenda, faults, schedule
from agent.core.events import ConsentGranted
from agent.core.facts import Consent
from agent.core.state import ConsentState
from agent.core.turn import Turn


def granted(turn: Turn, event: ConsentGranted) -> None:
    """The person (and whoever lives there too) consents. Without both it does not count."""
    if not event.person or event.cohabitant is False:
        return
    agenda.advance(turn)  # what is due now is answered as locked: consent does not reach back
    turn.state.consent = ConsentState(
        state="given",
        reference=event.reference,
        date=event.date,
        cohabitant=event.cohabitant,
        blind_test=event.blind_test,
        changed_at=turn.now.utc,
    )
    faults.cleared(turn, "state_lost")
    turn.say(Consent(state="given", reference=event.reference), instead_of="consent")
    schedule.publish(turn)


def withdrawn(turn: Turn, by: str) -> None:
    """The person consents no longer. The lock sees to the rest in this same turn."""
    consent = turn.state.consent
    if consent.state == "withdrawn":
        return
    consent.state = "withdrawn"
    consent.changed_at = turn.now.utc
    turn.say(Consent(state="withdrawn", reference=consent.reference, by=by), instead_of="consent")
    schedule.publish(turn)
