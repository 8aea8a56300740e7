"""One event being handled: when, under which policy, upon which state, and what comes of it."""

from agent.core.actions import AnyAction, Forget, Say
from agent.core.facts import AnyFact
from agent.core.moment import Now
from agent.core.policy import Policy
from agent.core.state import State

PLAUSIBLE_SECONDS = 86400.0
"""How far an untrusted clock may be ahead of the last known time and still be believed to say `missed`."""


class Turn:
    """What every machine of the core is given. Machines change `state` and ask for actions, in order."""

    def __init__(self, policy: Policy, state: State, now: Now) -> None:
        self.policy = policy
        self.state = state
        self.now = now
        self.actions: list[AnyAction] = []

    def ask(self, action: AnyAction) -> None:
        """Ask for an action."""
        self.actions.append(action)

    def say(self, fact: AnyFact, *, ttl: float | None = None, instead_of: str | None = None) -> str:
        """Tell the world; returns the message's id.

        ttl: seconds after which the message is worth nothing any more;
        instead_of: name of a thing of which only the newest word counts: an older one still waiting is withdrawn.
        """
        self.state.sequence += 1
        message = f"{self.state.epoch}-{self.state.sequence}"
        if instead_of is not None:
            older = self.state.latest.get(instead_of)
            if older is not None:
                self.ask(Forget(older))
                denied = self.state.denied  # whether the newer word is let through settles the doubt
                self.state.denied = [message if one == older else one for one in denied]
            self.state.latest[instead_of] = message
        self.ask(Say(message, fact, ttl))
        return message

    def best_utc(self) -> float | None:
        """UTC as well as it can be known; from an untrusted clock it may only lead to `missed`. None: never known.

        It is at least as late as the boot-time clock says since the last trusted time (less, if the device was
        off meanwhile); an untrusted clock that claims a little more is believed.
        """
        now, last, boot = self.now, self.state.last_trusted_utc, self.state.last_trusted_boot
        if now.trusted:
            return now.utc
        if last is None or boot is None:
            return None
        at_least = last + now.boot - boot
        return now.utc if at_least <= now.utc <= at_least + PLAUSIBLE_SECONDS else at_least

    def reached(self, boot: float | None) -> bool:
        """Whether an instant on the boot-time clock has come."""
        return boot is not None and self.now.boot >= boot

    def after(self, seconds: float) -> float:
        """The boot-time instant `seconds` from now."""
        return self.now.boot + seconds
