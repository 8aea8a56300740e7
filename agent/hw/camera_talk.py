"""What the agent lets a vision worker say: the guard over one look's conversation.

The worker is not trusted. Whatever it sends, the guard stays small, and a message out of turn, out of bounds or in
floods ends the conversation with a name for what went wrong.
"""

import math
from collections import deque
from dataclasses import dataclass

from agent.core.events import LookFailure, LookReport
from vision.protocol import (
    MAX_FRAME,
    MAX_MESSAGES_PER_SECOND,
    Judged,
    Opened,
    Progress,
    ProtocolBreach,
    SeamMessage,
    ToAgent,
    Trouble,
    Unpacker,
)

FLOOD_WINDOW = 10.0
FLOOD_MESSAGES = int(MAX_MESSAGES_PER_SECOND * FLOOD_WINDOW)
FLOOD_BYTES = 8 * MAX_FRAME
UNTIL_OPENED = 30.0  # seconds: a busy device takes long to start the unit and to import the libraries
SILENCE = (
    15.0  # seconds: a slow one may take some for a judgement; to wait costs less than a sound camera's power
)
MOST_CUES, MOST_REASONS, LONGEST_WORD, LONGEST_DETAIL = 64, 16, 64, 300


class Failed(Exception):
    """The look came to nothing. why: as the core names it."""

    def __init__(self, why: LookFailure, detail: str) -> None:
        super().__init__(detail)
        self.why: LookFailure = why
        self.detail = detail[:LONGEST_DETAIL]


@dataclass(frozen=True)
class CameraOpened:
    """The worker has opened the camera. notes: what of the request could not be had."""

    notes: tuple[str, ...] = ()


Heard = CameraOpened | LookReport


class Conversation:
    """One look as told by its worker. now: seconds on any clock that does not step."""

    def __init__(self, look: str, now: float) -> None:
        self._look = look
        self._unpacker = Unpacker(ToAgent)
        self._arrivals: deque[tuple[float, int]] = deque()
        self._heard_at = now
        self._opened = False
        self._owes_verdict = True

    def hear(self, data: bytes, now: float) -> list[Heard]:
        """What the worker's bytes mean. Raises Failed."""
        try:
            messages = self._unpacker.feed(data)
        except ProtocolBreach as breach:
            raise Failed("nonsense", str(breach)) from breach
        self._demand_moderation(len(messages), len(data), now)
        if messages:
            self._heard_at = now
        return [heard for message in messages if (heard := self._understand(message)) is not None]

    def extended(self, now: float) -> None:
        """The worker was asked for more: it owes another verdict."""
        self._owes_verdict = True
        self._heard_at = now

    @property
    def over(self) -> bool:
        """Whether nothing more is expected of the worker."""
        return not self._owes_verdict

    def patience(self, now: float) -> float | None:
        """Seconds for which the worker may still be silent; None while it owes nothing."""
        if not self._owes_verdict:
            return None
        return self._heard_at + (SILENCE if self._opened else UNTIL_OPENED) - now

    def _demand_moderation(self, messages: int, size: int, now: float) -> None:
        arrivals = self._arrivals
        while arrivals and arrivals[0][0] < now - FLOOD_WINDOW:
            arrivals.popleft()
        if messages:
            arrivals.extend([(now, size)] + [(now, 0)] * min(messages - 1, FLOOD_MESSAGES))
        if len(arrivals) > FLOOD_MESSAGES or sum(size for _, size in arrivals) > FLOOD_BYTES:
            raise Failed("flooded", f"more than {FLOOD_MESSAGES} messages in {FLOOD_WINDOW:g} s")

    def _understand(self, message: SeamMessage) -> Heard | None:
        if not isinstance(message, Opened | Progress | Judged | Trouble) or message.look != self._look:
            raise Failed("nonsense", "a message for another look")
        match message:
            case Trouble(kind=kind, detail=detail):
                raise Failed(kind, detail)
            case Opened(notes=notes) if not self._opened:
                self._opened = True
                return CameraOpened(tuple(note[:LONGEST_DETAIL] for note in notes[:MOST_REASONS]))
            case Progress() if self._opened and self._owes_verdict:
                return None
            case Judged() if self._opened and self._owes_verdict:
                self._owes_verdict = False
                return _sensible(message)
        raise Failed("nonsense", f"{type(message).__name__} out of turn")


def _sensible(judged: Judged) -> LookReport:
    """The verdict as a report, if it can be one. Raises Failed."""
    chance = judged.p_occupied
    words = (*judged.reasons, *judged.cues)
    if chance is None and judged.verdict in ("in_bed", "not_in_bed"):
        raise Failed("nonsense", f"{judged.verdict} without a chance")
    if chance is not None and not 0 <= chance <= 1:
        raise Failed("nonsense", f"a chance of {chance}")
    if judged.verdict in ("in_bed", "not_in_bed") and judged.frames < 1:
        raise Failed("nonsense", f"{judged.verdict} without a single frame")
    if not (math.isfinite(judged.seconds) and judged.seconds >= 0 and judged.frames >= 0):
        raise Failed("nonsense", f"{judged.frames} frames in {judged.seconds} s")
    if (
        len(judged.reasons) > MOST_REASONS
        or len(judged.cues) > MOST_CUES
        or any(len(w) > LONGEST_WORD for w in words)
    ):
        raise Failed("nonsense", "reasons or cues beyond all bounds")
    return LookReport(
        verdict=judged.verdict,
        p_occupied=chance,
        reasons=judged.reasons,
        cues=judged.cues,
        seconds=judged.seconds,
        frames=judged.frames,
    )
