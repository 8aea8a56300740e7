"""The clock: whether it can be trusted, and what a step of it means.

Durations run on the boot-time clock and do not notice. Agreed times are looked at anew on every event, so a
step needs no more than not to be trapped in a future that was never real.
"""

from agent.core import agenda, faults, life
from agent.core.turn import Turn

GRACE_SECONDS = 180.0
"""After a start the clock may take this long to be synchronised before anybody is told."""


def advance(turn: Turn) -> None:
    """Keep an eye on the trust in the clock."""
    state = turn.state
    if turn.now.trusted:
        state.clock_untrusted_since_boot = None
        state.last_trusted_utc, state.last_trusted_boot = turn.now.utc, turn.now.boot
        life.date_the_return(turn)
        faults.cleared(turn, "clock_untrusted")
        agenda.clock_went_back(turn)
    elif state.clock_untrusted_since_boot is None:
        state.clock_untrusted_since_boot = turn.now.boot
    elif turn.reached(state.clock_untrusted_since_boot + GRACE_SECONDS):
        faults.present(turn, "clock_untrusted")


def deadlines(turn: Turn) -> list[float | None]:
    """When a clock that stays untrusted is reported."""
    since = turn.state.clock_untrusted_since_boot
    return [None if since is None or "clock_untrusted" in turn.state.faults else since + GRACE_SECONDS]
