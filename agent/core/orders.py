"""Commands as the core knows them: who asks for what, until when. The wire form is the same types."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

CommandId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Requester = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Outcome = Literal["in_bed", "not_in_bed"]
"""Whether the person was in the bed."""


class Order(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all orders; the tag is the command's name on the wire."""


class Pause(Order, frozen=True, tag="pause"):
    """No checks from `start` (now, if absent) until `end`. A pause always has an end."""

    end: Instant
    start: Instant | None = None


class Resume(Order, frozen=True, tag="resume"):
    """End every pause now."""


class Acknowledge(Order, frozen=True, tag="ack"):
    """Somebody takes care of this alarm: it is not sent again."""

    alarm: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class TestCheck(Order, frozen=True, tag="test-check"):
    """One look in a window of its own, marked as a test."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=30)] = 5


class ExtraCheck(Order, frozen=True, tag="extra-check"):
    """The one extra check inside an open window, after its own check was answered."""


class RestartCamera(Order, frozen=True, tag="restart-camera"):
    """Cut the camera's power for some seconds."""


class RestartRouter(Order, frozen=True, tag="restart-router"):
    """Cut the router's power for some seconds."""


class SetSchedule(Order, frozen=True, tag="set-schedule"):
    """Replace the agreed times (local), within the caps of the local configuration."""

    times: Annotated[tuple[TimeOfDay, ...], msgspec.Meta(max_length=24)]


class WithdrawConsent(Order, frozen=True, tag="withdraw-consent"):
    """The person no longer consents: lock at once. Obeyed even when the command is late."""


class Confirm(Order, frozen=True, tag="confirm"):
    """How it really was when a check was answered, from somebody who was there.

    check: id of the answered check; correction: it replaces what was confirmed otherwise before.
    """

    check: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    outcome: Outcome
    correction: bool = False


class ForgetConfirmations(Order, frozen=True, tag="forget-confirmations"):
    """Nothing that was confirmed so far counts any more."""


AnyOrder = (
    Pause
    | Resume
    | Acknowledge
    | TestCheck
    | ExtraCheck
    | RestartCamera
    | RestartRouter
    | SetSchedule
    | WithdrawConsent
    | Confirm
    | ForgetConfirmations
)

CommandName = Literal[
    "pause",
    "resume",
    "ack",
    "test-check",
    "extra-check",
    "restart-camera",
    "restart-router",
    "set-schedule",
    "withdraw-consent",
    "confirm",
    "forget-confirmations",
]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order with its id, its expiry and who asks.

    id: chosen by the requester, the same in every repetition; expires: after this instant it is refused;
    requested_by: a pseudonym or role (never a name).
    """

    id: CommandId
    expires: Instant
    requested_by: Requester
    order: AnyOrder

    @property
    def name(self) -> str:
        """The command's name on the wire, `pause` for example."""
        return str(self.order.__struct_config__.tag)
