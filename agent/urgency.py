"""What cannot wait its turn: whatever closes the camera overtakes what waits in the inbox.

A worn disk takes seconds a commit, and a withdrawal may have come behind many events. What is no command at all
waits for everything else, and acknowledgements wait for a look's words, so that a flood of them does not keep a
camera open that has seen enough.
"""

from collections import deque

from agent.core.events import (
    AnyEvent,
    CommandReceived,
    CommandUnreadable,
    ConsentGranted,
    ConsentWithdrawn,
    LookClosed,
    LookFailed,
    LookOpened,
    LookReported,
    LookStuck,
    PrivacySwitchTurned,
    Published,
    Started,
    Stopping,
)
from agent.core.orders import WithdrawConsent

_CONSENT = (ConsentGranted, ConsentWithdrawn)
_LOOKS = (LookOpened, LookReported, LookFailed, LookClosed, LookStuck)
_CAN_WAIT = (Published, CommandUnreadable)


def take(waiting: deque[AnyEvent]) -> AnyEvent:
    """Take out what is to be handled next: what cannot wait, or else what came first and means something."""
    return take_urgent(waiting) or _take_past_acknowledgements(waiting) or _take_sensible(waiting)


def _take_past_acknowledgements(waiting: deque[AnyEvent]) -> AnyEvent | None:
    """While a look has something to say, what the broker has acknowledged waits until that was heard.

    So a camera that has seen enough is closed, and its lamp goes out, though a broker that came back acknowledges a
    whole outbox. What the commands before it change is heard before it: a pause, a correction. Anything else, the
    line's own coming and going first of all, keeps its order with the acknowledgements.
    """
    if not any(isinstance(event, _LOOKS) for event in waiting):
        return None
    place = next(at for at, event in enumerate(waiting) if not isinstance(event, _CAN_WAIT))
    event = waiting[place]
    if not isinstance(event, (CommandReceived, *_LOOKS)):
        return None
    del waiting[place]
    return event


def _take_sensible(waiting: deque[AnyEvent]) -> AnyEvent:
    """What is no command asks for a refusal only: a flood of it keeps nothing else waiting, but the end."""
    place = next((at for at, event in enumerate(waiting) if not isinstance(event, CommandUnreadable)), 0)
    if isinstance(waiting[place], Stopping):
        place = 0
    event = waiting[place]
    del waiting[place]
    return event


def take_urgent(waiting: deque[AnyEvent]) -> AnyEvent | None:
    """Take out the first that closes the camera, if any; or what of its kind came before it.

    Each of a kind comes in its order, lest an older word undo a newer one.
    """
    for place, event in enumerate(waiting):
        if isinstance(event, Started):
            return None
        if _closes_the_camera(event):
            first = _first_of_its_kind(event, waiting, place)
            found = waiting[first]
            del waiting[first]
            return found
    return None


def _closes_the_camera(event: AnyEvent) -> bool:
    match event:
        case ConsentWithdrawn() | LookStuck() | PrivacySwitchTurned(locked=True):
            return True
        case CommandReceived(command=command):
            return isinstance(command.order, WithdrawConsent)
    return False


def _first_of_its_kind(event: AnyEvent, waiting: deque[AnyEvent], place: int) -> int:
    """Its own place, or that of the first which must be handled before it."""
    if isinstance(event, LookStuck):
        its_kind: tuple[type, ...] = _LOOKS
    else:
        its_kind = (PrivacySwitchTurned,) if isinstance(event, PrivacySwitchTurned) else _CONSENT
    return next((before for before in range(place) if isinstance(waiting[before], its_kind)), place)
