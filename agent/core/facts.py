"""What nattro says to the world. The message types on the wire are generated from these."""

from typing import Literal

import msgspec

from agent.core.orders import Instant

AnswerStatus = Literal["in_bed", "not_in_bed", "uncertain", "camera_fault", "paused", "missed"]
LookResult = Literal["in_bed", "not_in_bed", "uncertain", "camera_fault", "failed"]
AlarmKind = Literal["not_in_bed", "uncertain", "camera_fault", "missed"]
FaultKind = Literal[
    "camera_gone",
    "camera_stalled",
    "camera_frozen",
    "camera_covered",
    "camera_moved",
    "camera_dark",
    "camera_unusable",
    "camera_busy",
    "worker_failed",
    "uplink_down",
    "broker_down",
    "publish_denied",
    "clock_untrusted",
    "store_failed",
    "state_lost",
    "relay_failed",
    "lamp_failed",
]
ClockState = Literal["synchronised", "rtc", "holdover", "untrusted"]
"""What the time of day rests on: a time server now, the battery-backed clock, what was right not long ago."""
CommissioningOf = Literal["guide", "reference"]
"""What the device is shown: corners, empty bed and a person in it; or the empty bed alone, in another light."""


class Fact(msgspec.Struct, frozen=True, tag=True, tag_field="type"):
    """Base of everything that is said."""


class Text(msgspec.Struct, frozen=True):
    """A text for staff, in Swedish and English."""

    sv: str
    en: str


class LookSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One look of a check. result: its verdict, or `failed`; reasons: why; extended: it was prolonged."""

    at: Instant
    result: LookResult
    reasons: tuple[str, ...] = ()
    p_occupied: float | None = None
    seconds: float = 0.0
    extended: bool = False


class Answer(Fact, frozen=True, kw_only=True, tag="check"):
    """The one answer of a check.

    check: id of the check, the same in every repetition (`2026-11-21T23:30` for an agreed one);
    kind: agreed, extra or test; a test is never anything but a test;
    reason: required reading for `uncertain`, `camera_fault` and `missed`;
    looks: every look that was made, in order.
    """

    check: str
    kind: Literal["agreed", "extra", "test"]
    status: AnswerStatus
    reason: str = ""
    window_start: Instant
    window_end: Instant
    answered_at: Instant
    looks: tuple[LookSummary, ...] = ()
    p_occupied: float | None = None
    late: bool = False
    text: Text


class Alarm(Fact, frozen=True, kw_only=True, tag="alarm"):
    """Somebody must act. The same id from `raised` over `acknowledged` to `cleared`.

    kind: which topic it is retained on; check: the check whose answer raised it;
    repeat: 0 for the first, then counted; acknowledged_by: requester of the `ack` command.
    """

    alarm: str
    kind: AlarmKind
    state: Literal["raised", "acknowledged", "cleared"]
    check: str
    reason: str = ""
    raised_at: Instant
    repeat: int = 0
    acknowledged_by: str | None = None
    text: Text


class Fault(Fact, frozen=True, kw_only=True, tag="fault"):
    """Something at the device is out of order (`present`), or no longer (`cleared`)."""

    kind: FaultKind
    state: Literal["present", "cleared"]
    since: Instant
    detail: str = ""
    text: Text


class Recovery(Fact, frozen=True, kw_only=True, tag="recovery"):
    """A step of mending, and how it went.

    target: what is being mended (`power`: the device itself came back after a power cut);
    step: reopen, wait, usb, relay, or returned; fault: what started it, `command` if a person asked.
    """

    target: Literal["camera", "router", "power"]
    step: Literal["wait", "reopen", "usb", "relay", "returned"]
    outcome: Literal["started", "mended", "not_mended", "gave_up", "done", "failed"]
    fault: str = ""
    detail: str = ""
    seconds: float | None = None


class Restarts(msgspec.Struct, frozen=True):
    """Restarts used in the last 24 hours."""

    camera: int
    router: int


class ConfirmedWrong(msgspec.Struct, frozen=True):
    """Certain answers that staff confirmed to be wrong: so much more careful the device has become."""

    in_bed: int = 0
    not_in_bed: int = 0


class Heartbeat(Fact, frozen=True, kw_only=True, tag="heartbeat"):
    """Hourly: what a test of the whole chain would tell. Units as in agent.core.events.Health."""

    sequence: int
    camera_present: bool | None
    camera_open: bool
    last_look_at: Instant | None
    last_blind_test: str | None
    relays: dict[str, bool]
    disk_free: int | None
    memory_free: int | None
    temperature: float | None
    under_voltage: bool | None
    throttled: bool | None = None
    disk_wear: int | None = None
    clock: ClockState | None = None
    mains: bool | None = None
    battery: int | None = None
    lamp: bool | None = None
    boot_id: str = ""
    ended_clean: bool | None = None
    outbox_depth: int
    outbox_dropped: int
    commands_ignored: int
    confirmed_wrong: ConfirmedWrong = ConfirmedWrong()
    restarts: Restarts
    locked: str
    faults: tuple[FaultKind, ...]
    next_window: Instant | None
    version: str


class CameraIdentity(msgspec.Struct, frozen=True):
    """Which camera it is, as far as the device's USB tree tells. model: `vendor:product`, four hex digits each."""

    name: str = ""
    model: str = ""
    serial: str = ""
    port: str = ""


class Inventory(Fact, frozen=True, kw_only=True, tag="inventory"):
    """Retained: what the device is made of, for the owner's list of parts. Things are named here, never people.

    camera: None while none is there; relays: which are fitted.
    """

    version: str
    board: str = ""
    serial: str = ""
    system: str = ""
    kernel: str = ""
    architecture: str = ""
    camera: CameraIdentity | None = None
    relays: tuple[str, ...] = ()
    lamp: bool = False
    privacy_switch: bool = False


class Window(msgspec.Struct, frozen=True):
    """An agreed window: the id of its check, from when to when."""

    check: str
    start: Instant
    end: Instant


class Schedule(Fact, frozen=True, kw_only=True, tag="schedule"):
    """Retained: the agreed checks and the next windows, so that a monitor knows what must arrive."""

    timezone: str
    times: tuple[str, ...]
    windows: tuple[Window, ...]
    heartbeat_seconds: int
    consent: Literal["none", "given", "withdrawn", "lost"]
    pauses: tuple[Window, ...] = ()


class Consent(Fact, frozen=True, kw_only=True, tag="consent"):
    """Notice that consent was given, withdrawn, or must be recorded anew. Never a name."""

    state: Literal["given", "withdrawn", "lost"]
    reference: str = ""
    by: str = ""


class Commissioning(Fact, frozen=True, kw_only=True, tag="commissioning"):
    """Notice that somebody at the device opens the camera outside the agreed windows. No picture, no name.

    session: the same in all words about one commissioning; state: `began` is stored before the camera opens,
    `cut_off` means that nothing told how it ended (a power cut);
    openings, seconds: how often the camera was to look, and for how long in all; light: in which it recorded;
    states: of the bed that it recorded; corrects: whether the net's answers are corrected in this home since,
    None if nothing new is in force.
    """

    session: str
    what: CommissioningOf
    state: Literal["began", "finished", "interrupted", "cut_off"]
    openings: int = 0
    seconds: float = 0.0
    light: Literal["", "infrared", "day"] = ""
    states: int = 0
    corrects: bool | None = None


class Status(Fact, frozen=True, kw_only=True, tag="status"):
    """Retained: whether the device is connected. The broker says `offline` for it (last will)."""

    state: Literal["online", "offline"]
    reason: str = ""
    version: str = ""


class Reply(Fact, frozen=True, kw_only=True, tag="reply"):
    """Answer to a command. `refused` changed nothing; `accepted` is followed by `done` or `failed`."""

    command: str
    name: str
    outcome: Literal["accepted", "refused", "done", "failed"]
    reason: str = ""


AnyFact = (
    Answer
    | Alarm
    | Fault
    | Recovery
    | Heartbeat
    | Inventory
    | Schedule
    | Consent
    | Commissioning
    | Status
    | Reply
)
