"""Everything the core remembers. One struct, one JSON snapshot; a restart resumes from it, also in mid-window.

Fields named `*_boot` are instants on the boot-time clock; `rebase` moves all of them when a new boot begins.
All other instants are UTC seconds.
"""

from typing import Literal

import msgspec

from agent.core.events import Health, LookReport
from agent.core.facts import AlarmKind, AnswerStatus, CommissioningOf, FaultKind, Inventory, LookSummary
from agent.core.moment import Now
from agent.core.orders import Outcome

FORMAT = 1
"""Version of the snapshot. A store of a later format is refused, not guessed at."""

CheckKind = Literal["agreed", "extra", "test"]
Rung = Literal["wait", "reopen", "usb", "relay"]


class ConsentState(msgspec.Struct):
    """Consent as recorded at the device. `lost`: the device was commissioned, but its store is gone."""

    state: Literal["none", "given", "withdrawn", "lost"] = "none"
    reference: str = ""
    date: str = ""
    cohabitant: bool | None = None
    blind_test: bool = False
    changed_at: float | None = None


class OpenCommissioning(msgspec.Struct, frozen=True):
    """A commissioning that began and has not told yet how it ended."""

    session: str
    what: CommissioningOf


class PauseSpan(msgspec.Struct, frozen=True):
    """No window opens in [start, end)."""

    id: str
    start: float
    end: float


class OpenWindow(msgspec.Struct):
    """The agreed window that is or was last open."""

    check: str
    start: float
    end: float
    end_boot: float
    extra_used: bool = False


class Check(msgspec.Struct):
    """A check under way.

    phase: `looking` (a look runs), `waiting` (until next_look_boot), `mending` (the camera is being restarted);
    answer_by(_boot): when the answer is due at the latest; first_half: what the look saw before its extension.
    """

    id: str
    kind: CheckKind
    start: float
    end: float
    answer_by: float
    answer_by_boot: float
    further_looks: int
    phase: Literal["looking", "waiting", "mending"] = "waiting"
    next_look_boot: float | None = None
    looks: list[LookSummary] = []
    look: str | None = None
    look_at: float = 0.0
    extended: bool = False
    first_half: LookReport | None = None
    began_late: bool = False


class BlindTest(msgspec.Struct):
    """A blind test under way, and what the last one found.

    doubted: the fault that it saw once; seen a second time, it is believed; until_boot: when the look must be over.
    """

    look: str | None = None
    until_boot: float | None = None
    last_result: str | None = None
    settled_until: float | None = None
    doubted: FaultKind | None = None
    again_boot: float | None = None


class Ladder(msgspec.Struct):
    """A camera being mended.

    fault: what was seen; rung: the rung just taken; left: the rungs still to take;
    step: `acting` (a pulse or reset is out), `settling` (until until_boot), `ready` (a look may try it);
    ordered: not a fault but a command began it.
    """

    fault: FaultKind
    left: tuple[Rung, ...]
    by_presence: bool
    rung: Rung | None = None
    step: Literal["acting", "settling", "ready"] = "settling"
    until_boot: float = 0.0
    ordered: bool = False


class CameraState(msgspec.Struct):
    """The camera as far as it is known without opening it.

    open_look: the look that holds it open; gave_up: the fault after which the ladder ended without success.
    """

    present: bool | None = None
    open_look: str | None = None
    stopping: bool = False
    ladder: Ladder | None = None
    gave_up: FaultKind | None = None
    restarts_boot: list[float] = []
    last_look_at: float | None = None
    ordered_by: str | None = None


class UplinkState(msgspec.Struct):
    """The way to the broker.

    down_since_boot: since when all targets have failed; broker_silent_since_boot: since when they answer but the
    broker does not; step: what the router recovery is doing; restarting_for: the fault that began it, or `command`;
    restarts_boot: when, for the caps.
    """

    connected: bool = False
    probe_boot: float | None = None
    probing: bool = False
    down_since_boot: float | None = None
    broker_silent_since_boot: float | None = None
    step: Literal["watching", "pulsing", "booting"] = "watching"
    until_boot: float | None = None
    restarting_for: str = ""
    restarts_boot: list[float] = []
    last_ack_boot: float | None = None
    ordered_by: str | None = None


class OpenAlarm(msgspec.Struct):
    """An alarm that is raised or acknowledged. waiting_for: its message that the broker has not confirmed yet."""

    id: str
    kind: AlarmKind
    check: str
    reason: str
    raised_at: float
    repeat: int = 0
    next_repeat_boot: float | None = None
    waiting_for: str | None = None
    acknowledged_by: str | None = None


class OpenFault(msgspec.Struct):
    """A fault that is present."""

    since: float
    detail: str = ""


class Settled(msgspec.Struct):
    """A command that was answered, so that a repetition has no second effect."""

    name: str
    outcome: Literal["accepted", "refused", "done", "failed"]
    reason: str
    expires: float


class Confirmed(msgspec.Struct, frozen=True):
    """An answer, and how it really was."""

    status: AnswerStatus
    outcome: Outcome

    @property
    def was_wrong(self) -> bool:
        """A certain answer that was not so; who is unsure or cannot see is never wrong."""
        return self.status in ("in_bed", "not_in_bed") and self.status != self.outcome


class DayUse(msgspec.Struct):
    """What was unlocked on one local day."""

    windows: int = 0
    minutes: float = 0.0


class Absence(msgspec.Struct, frozen=True):
    """The agent was not running from `start` to `end` (None: no trusted clock has told yet).

    power: the device itself went down without a word; otherwise only the agent was stopped.
    """

    start: float
    end: float | None
    power: bool

    def overlaps(self, start: float, end: float) -> bool:
        """Whether the device was away at some time between `start` and `end`."""
        return self.start < end and (self.end is None or start < self.end)


class State(msgspec.Struct):
    """The whole memory of the core.

    times: agreed times set by a command, None while the configuration's hold;
    configured_times: what the configuration said at the last start;
    in_bed_at, in_bed_boot: when somebody was last seen in the bed, tests apart;
    told: the last answers by check; confirmed: how it really was, by check;
    memory_lost_boot: when the store was last found lost;
    died: the process before this one ended without a word, so that what it did last may not be known;
    answered_before: checks whose alarm the broker held of a life that is forgotten.
    """

    format: int = FORMAT
    boot_id: str = ""
    instance: str = ""
    epoch: str = ""
    version: str = ""
    sequence: int = 0
    looks_begun: int = 0
    last: Now | None = None
    last_trusted_utc: float | None = None
    last_trusted_boot: float | None = None
    clock_untrusted_since_boot: float | None = None
    consent: ConsentState = msgspec.field(default_factory=ConsentState)
    commissioning: OpenCommissioning | None = None
    privacy_switch: bool = False
    times: tuple[str, ...] | None = None
    configured_times: tuple[str, ...] | None = None
    settled_until: float | None = None
    memory_lost_boot: float | None = None
    in_bed_at: float | None = None
    in_bed_boot: float | None = None
    answered: list[str] = []
    answered_before: list[str] = []
    told: dict[str, AnswerStatus] = {}
    confirmed: dict[str, Confirmed] = {}
    absence: Absence | None = None
    started_boot: float | None = None
    died: bool = False
    pauses: list[PauseSpan] = []
    window: OpenWindow | None = None
    check: Check | None = None
    blind_test: BlindTest = msgspec.field(default_factory=BlindTest)
    unlocked: dict[str, DayUse] = {}
    camera: CameraState = msgspec.field(default_factory=CameraState)
    uplink: UplinkState = msgspec.field(default_factory=UplinkState)
    alarms: dict[AlarmKind, OpenAlarm] = {}
    faults: dict[FaultKind, OpenFault] = {}
    denied: list[str] = []
    latest: dict[str, str] = {}
    heartbeat_boot: float | None = None
    heartbeats: int = 0
    health: Health = msgspec.field(default_factory=Health)
    inventory: Inventory | None = None
    commands: dict[str, Settled] = {}
    commands_ignored: int = 0
    refusals_boot: list[float] = []


class Incompatible(ValueError):
    """A snapshot that this version cannot read; nothing was changed."""


def encode(state: State) -> bytes:
    """The snapshot as JSON."""
    return msgspec.json.encode(state)


def decode(snapshot: bytes) -> State:
    """A state from its snapshot. Raises Incompatible with a text for people."""
    try:
        found = msgspec.json.decode(snapshot, type=_JustFormat).format
        if found > FORMAT:
            raise Incompatible(
                f"the stored state has format {found}, this version of nattro reads up to {FORMAT}; "
                "install the newer version again, or decommission the device and record consent anew"
            )
        return msgspec.json.decode(snapshot, type=State)
    except msgspec.DecodeError as error:
        raise Incompatible(f"the stored state cannot be read: {error}") from error


class _JustFormat(msgspec.Struct):
    format: int


def rebase(state: State, shift: float) -> None:
    """Move every boot-time instant by `shift` seconds, as a new boot counts from anew."""
    for holder, field in _boot_instants(state):
        value = getattr(holder, field)
        if isinstance(value, list):
            setattr(holder, field, [instant + shift for instant in value])
        elif value is not None:
            setattr(holder, field, value + shift)


def _boot_instants(state: State) -> list[tuple[msgspec.Struct, str]]:
    holders: list[msgspec.Struct | None] = [
        state,
        state.window,
        state.check,
        state.blind_test,
        state.camera,
        state.camera.ladder,
        state.uplink,
        *state.alarms.values(),
    ]
    return [
        (holder, field)
        for holder in holders
        if holder is not None
        for field in holder.__struct_fields__
        if field.endswith("_boot")
    ]
