"""The seam between agent and vision worker: typed messages on a Unix socket, numbers only, never pixels.

Framing: 4 bytes length (big endian), then one JSON object of one of the types below. A frame longer than
MAX_FRAME, a flood (more than MAX_MESSAGES_PER_SECOND over ten seconds), JSON that does not decode, or a
message for another look is a breach of the protocol: the agent kills the worker and calls it a camera fault.

A session is one look: agent: Look → worker: Opened, Progress*, Judged → agent: Extend? → worker: Progress*, …
The worker holds the camera until the agent closes the socket, says Extend, or the deadline comes; then it
exits.
This file imports nothing but msgspec: both sides share it and nothing else.
"""

import struct
from typing import Annotated, Literal

import msgspec

PROTOCOL_VERSION = 1
MAX_FRAME = 64 * 1024
MAX_MESSAGES_PER_SECOND = 20
MOST_DOUBT = 2.1
"""Natural logarithm of odds: what staff confirmed never asks for more than eight times the usual odds."""

Verdict = Literal["in_bed", "not_in_bed", "uncertain", "camera_fault"]
TroubleKind = Literal["gone", "busy", "unreadable", "stalled", "refused"]
Corner = tuple[float, float]
Bed = tuple[Corner, Corner, Corner, Corner]


class ProtocolBreach(Exception):
    """The other side sent something that is no message of this protocol."""


class SeamMessage(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all messages on the seam."""


class Doubt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Evidence asked for beyond the usual before the bed is called occupied, or empty (natural logarithm of odds).

    Such an answer was wrong in this home before. A doubt is never negative: it only makes more careful.
    """

    in_bed: Annotated[float, msgspec.Meta(ge=0, le=MOST_DOUBT)] = 0.0
    not_in_bed: Annotated[float, msgspec.Meta(ge=0, le=MOST_DOUBT)] = 0.0


class Stakes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a site's mistakes cost, and what it expects; the verdict is the one that then costs least.

    in_bed_share: of all looks, those that find the person in bed; wrong_in_bed: what an empty bed called occupied
    costs, in needless visits, whether these come of `not_in_bed` or of `uncertain`; empty_from: how likely it must
    be that the bed is empty to be called so, for the costs do not tell that from `uncertain`: both bring a visit.
    """

    in_bed_share: Annotated[float, msgspec.Meta(ge=0.5, le=0.999)] = 0.95
    wrong_in_bed: Annotated[float, msgspec.Meta(ge=20, le=100_000)] = 200.0
    empty_from: Annotated[float, msgspec.Meta(ge=0.5, le=0.999)] = 0.5


class Look(SeamMessage, frozen=True, kw_only=True):
    """Look at the bed.

    source: `device:` and a camera's name, or `recording:/path/film.avi`; bed: corners in pixels, head-left,
    head-right, foot-right, foot-left as seen by somebody standing at the foot end; reference: folder of the
    installation's reference of the empty bed, or None; seconds: of observation; deadline: CLOCK_BOOTTIME
    seconds at which the worker exits by itself; paced: a recording plays in real time (False: as fast as it
    decodes); start_at: where in a recording to begin, seconds; integrity_only: judge the camera alone;
    controls: the camera's settings by name, set in this order; doubt: what staff confirmed about earlier answers;
    stakes: what mistakes cost here.
    """

    version: int = PROTOCOL_VERSION
    look: str
    source: str
    bed: Bed
    seconds: float
    deadline: float
    reference: str | None = None
    paced: bool = True
    start_at: float = 0.0
    integrity_only: bool = False
    controls: dict[str, int] = {}
    doubt: Doubt = Doubt()
    stakes: Stakes = Stakes()


class Extend(SeamMessage, frozen=True):
    """Go on for `seconds` more, with the evidence so far."""

    look: str
    seconds: float


class Opened(SeamMessage, frozen=True):
    """The camera is open. model: version of the occupancy net; notes: what of the request could not be had."""

    look: str
    width: int
    height: int
    model: str
    notes: tuple[str, ...] = ()


class Progress(SeamMessage, frozen=True):
    """About once a second: frames judged, seconds seen, chance that the bed is occupied so far."""

    look: str
    frames: int
    seconds: float
    p_occupied: float | None


class Judged(SeamMessage, frozen=True):
    """The verdict over all evidence so far. Fields as in agent.core.events.LookReport."""

    look: str
    verdict: Verdict
    p_occupied: float | None
    reasons: tuple[str, ...]
    cues: dict[str, float]
    seconds: float
    frames: int


class Trouble(SeamMessage, frozen=True):
    """The look came to nothing; the worker exits after this."""

    look: str
    kind: TroubleKind
    detail: str


ToWorker = Look | Extend
ToAgent = Opened | Progress | Judged | Trouble

_length = struct.Struct(">I")


def pack(message: ToWorker | ToAgent) -> bytes:
    """A message as one frame. Raises ProtocolBreach if it is longer than MAX_FRAME."""
    body = msgspec.json.encode(message)
    if len(body) > MAX_FRAME:
        raise ProtocolBreach(f"message of {len(body)} bytes; at most {MAX_FRAME} are allowed")
    return _length.pack(len(body)) + body


class Unpacker:
    """Cuts a byte stream into messages of one direction."""

    def __init__(self, messages: type[ToWorker] | type[ToAgent] | object) -> None:
        self._decoder = msgspec.json.Decoder(messages)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[SeamMessage]:
        """The messages completed by `data`. Raises ProtocolBreach on anything that is none."""
        self._buffer += data
        complete: list[SeamMessage] = []
        while len(self._buffer) >= _length.size:
            (size,) = _length.unpack_from(self._buffer)
            if size > MAX_FRAME:
                raise ProtocolBreach(f"frame of {size} bytes announced; at most {MAX_FRAME} are allowed")
            end = _length.size + size
            if len(self._buffer) < end:
                break
            try:
                complete.append(self._decoder.decode(bytes(self._buffer[_length.size : end])))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ProtocolBreach(f"not a message of the seam: {error}") from error
            del self._buffer[:end]
        return complete
