"""What cannot wait its turn: whatever closes the camera overtakes what waits in the inbox.

A worn disk takes seconds a commit, and a withdrawal may have come behind many events.
"""

from collections import deque

from agent.core.events import (
    AnyEvent,
    CommandReceived,
    ConsentGranted,
    ConsentWithdrawn,
    LookClosed,
    LookFailed,
    LookOpened,
    LookReported,
    LookStuck,
    PrivacySwitchTurned,
    Started,
    Stopping,
)
from agent.core.orders import WithdrawConsent

_CONSENT = (ConsentGranted, ConsentWithdrawn)
_LOOKS = (LookOpened, LookReported, LookFailed, LookClosed, LookStuck)
_NEVER_OVERTAKEN = (Started, Stopping)


def take(waiting: deque[AnyEvent]) -> AnyEvent:
    """Take out what is to be handled next: what cannot wait, or else what came first."""
    return take_urgent(waiting) or waiting.popleft()


def take_urgent(waiting: deque[AnyEvent]) -> AnyEvent | None:
    """Take out the first that closes the camera, if any.

    Nothing overtakes an event whose effect it would undo or repeat: each of a kind comes in its order.
    """
    for place, event in enumerate(waiting):
        if isinstance(event, _NEVER_OVERTAKEN):
            return None
        if _closes_the_camera(event) and not _is_held_up(event, waiting, place):
            del waiting[place]
            return event
    return None


def _closes_the_camera(event: AnyEvent) -> bool:
    match event:
        case ConsentWithdrawn() | LookStuck() | PrivacySwitchTurned(locked=True):
            return True
        case CommandReceived(command=command):
            return isinstance(command.order, WithdrawConsent)
    return False


def _is_held_up(event: AnyEvent, waiting: deque[AnyEvent], place: int) -> bool:
    """Whether something before it must be handled before it."""
    if isinstance(event, LookStuck):
        its_kind: tuple[type, ...] = _LOOKS
    else:
        its_kind = (PrivacySwitchTurned,) if isinstance(event, PrivacySwitchTurned) else _CONSENT
    return any(isinstance(waiting[before], its_kind) for before in range(place))
