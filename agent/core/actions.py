"""Everything the core can ask for. What an action brings about comes back as an event."""

import msgspec

from agent.core.events import Relay
from agent.core.facts import AnyFact


class Action(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all actions; the class name is the tag in the journal."""


class Say(Action, frozen=True):
    """Tell the world: the loop puts it into the outbox in the transaction that records why.

    message: the message's id, never used twice; ttl: seconds after which it must not be sent any more
    (a heartbeat), None for what must arrive.
    """

    message: str
    fact: AnyFact
    ttl: float | None = None


class Forget(Action, frozen=True):
    """The message has arrived: take it out of the outbox."""

    message: str


class StartLook(Action, frozen=True):
    """Open the camera and look for `seconds`.

    deadline: on the boot-time clock; the worker must be gone by then, whatever happens;
    integrity_only: judge the camera, not the bed (blind test);
    doubt_in_bed, doubt_not_in_bed: evidence (natural logarithm of odds, never negative) asked for beyond the usual
    before the bed is called occupied, or empty: in this home such an answer was wrong before.
    Brings LookOpened, LookReported or LookFailed, and in any case LookClosed (or LookStuck).
    """

    look: str
    seconds: float
    deadline: float
    integrity_only: bool = False
    doubt_in_bed: float = 0.0
    doubt_not_in_bed: float = 0.0


class ExtendLook(Action, frozen=True):
    """Go on with the same evidence for `seconds` more. Brings another LookReported."""

    look: str
    seconds: float


class StopLook(Action, frozen=True):
    """Close the camera now. Brings LookClosed or LookStuck."""

    look: str


class SetLamp(Action, frozen=True):
    """The lamp that tells people in the room that the camera is open."""

    lit: bool


class Pulse(Action, frozen=True):
    """Cut a relay's power for `seconds` and restore it. Brings PulseDone.

    capped: it is not carried out unless it was stored, or a later process could exceed the caps.
    """

    relay: Relay
    seconds: float
    capped: bool = True


class ResetUsb(Action, frozen=True):
    """Switch the camera's USB port off for `seconds` and on, if that was stored. Brings UsbResetDone."""

    seconds: float


class ProbeNetwork(Action, frozen=True):
    """Ask link, gateway, DNS and the independent targets. Brings NetworkProbed."""


class ReadHealth(Action, frozen=True):
    """Read the device's health. Brings HealthRead."""


AnyAction = (
    Say | Forget | StartLook | ExtendLook | StopLook | SetLamp | Pulse | ResetUsb | ProbeNetwork | ReadHealth
)
