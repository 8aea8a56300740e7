"""What `nattro commission` and the process that sees say to each other: one request, one answer, numbers only.

The request is one line of JSON on the process's stdin; whoever asked keeps that pipe open, and the process ends
when it closes. The answer is one line on its stdout. This file imports nothing but msgspec and the seam's types:
both sides share it.
"""

from typing import Literal, get_args

import msgspec

from vision.protocol import Bed, TroubleKind

EmptyStep = Literal["made", "thrown_back", "piled"]
OccupiedStep = Literal["on_back", "on_left_side", "on_right_side"]
Step = EmptyStep | OccupiedStep
EMPTY: tuple[EmptyStep, ...] = get_args(EmptyStep)
OCCUPIED: tuple[OccupiedStep, ...] = get_args(OccupiedStep)
STEPS: tuple[Step, ...] = (*EMPTY, *OCCUPIED)
FIRST: Step = "made"
"""The step whose pictures the reference is made of."""

Light = Literal["infrared", "day"]
CARDS = ("head_left", "head_right", "foot_right", "foot_left")
"""By the number on the card."""


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True, kw_only=True):
    """Base of requests and answers."""


class Request(Message, frozen=True, kw_only=True):
    """folder: of the reference; deadline: CLOCK_BOOTTIME seconds at which the process is gone."""

    folder: str
    deadline: float


class FindCards(Request, frozen=True, kw_only=True):
    """Look for the four cards for so many seconds. source, controls: as in vision.protocol.Look."""

    source: str
    seconds: float
    controls: dict[str, int] = {}


class Record(Request, frozen=True, kw_only=True):
    """Record one step. The first one begins anew; other_light: the first one, of a light that is to be added."""

    step: Step
    source: str
    bed: Bed
    seconds: float
    controls: dict[str, int] = {}
    other_light: bool = False


class Finish(Request, frozen=True, kw_only=True):
    """Put in force what was recorded. other_light: the light that was added, and nothing else."""

    other_light: bool = False


class Tell(Request, frozen=True, kw_only=True):
    """What is kept, and how far a commissioning has come."""


class Outline(Message, frozen=True, kw_only=True):
    """The bed as its cards show it. tilt: degrees that the camera looks down; advice: about its spot, None if good;
    spread: by how many pixels the corners differed from picture to picture; sides: of the cards, pixels.
    """

    bed: Bed
    width: int
    height: int
    tilt: float
    advice: str | None
    frames: int
    spread: float
    sides: dict[str, float]


class NoOutline(Message, frozen=True, kw_only=True):
    """Why there is none: words, some about one of CARDS (`missing:foot_left`); where cards were seen, pixels."""

    reasons: tuple[str, ...]
    width: int
    height: int
    seen: dict[str, tuple[float, float]] = {}


class Recorded(Message, frozen=True, kw_only=True):
    """What a step gave: numbers.

    log_odds: the net's mean (natural logarithm), None if it was not asked; movement: score, None if it cannot be
    told; net: SHA-256; complaint: why the step must be repeated, None if it is good; doubts: what may be left as it
    is.
    """

    step: Step
    frames: int
    seconds: float
    light: Light
    net: str
    log_odds: float | None = None
    movement: float | None = None
    complaint: str | None = None
    doubts: tuple[str, ...] = ()


class Kept(Message, frozen=True, kw_only=True):
    """What is in force, and what has been recorded towards the next.

    description: `reference.json` as it is, empty if there is none; problem: why it cannot be used; files: bytes of
    each; corrects: whether the net's answers are corrected; net: SHA-256 of the net in use; draft: the steps that
    are good so far.
    """

    description: str = ""
    problem: str = ""
    files: dict[str, int] = {}
    corrects: bool = False
    net: str = ""
    draft: tuple[Recorded, ...] = ()


class Failed(Message, frozen=True, kw_only=True):
    """It came to nothing. kind: as vision.protocol names it, `refused` for whatever is not the camera's fault."""

    kind: TroubleKind
    detail: str


AnyRequest = FindCards | Record | Finish | Tell
AnyAnswer = Outline | NoOutline | Recorded | Kept | Failed
