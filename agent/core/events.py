"""Everything that can happen to the core. Each event is journalled; a journal replays to the same actions."""

from typing import Literal

import msgspec

from agent.core.facts import Alarm, ClockState, CommissioningOf, Fault, Inventory
from agent.core.orders import Command

Relay = Literal["camera", "router"]
Verdict = Literal["in_bed", "not_in_bed", "uncertain", "camera_fault"]
LookFailure = Literal[
    "gone",  # no such device, or it vanished in mid-look
    "busy",  # another process holds it
    "unreadable",  # it opens, but gives no usable frame
    "stalled",  # no new frame for 5 s
    "crashed",  # the worker died
    "hung",  # the worker stopped talking
    "nonsense",  # the worker broke the protocol
    "flooded",  # the worker sent far more than the protocol allows
    "refused",  # the worker refused the model, the reference or the request
]


class Event(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all events; the class name is the tag in the journal."""


class Started(Event, frozen=True):
    """The agent's process began. Always the first event of a process.

    boot_id: the kernel's id of this boot; instance: random id of this process;
    epoch: random id of the store, first part of every message id;
    store: `new` (never held anything and the device was never commissioned), `resumed`,
        or `lost` (the device was commissioned, but its store is missing or torn);
    clean: the previous process said goodbye; version: nattro's version;
    consent_marked: the mark outside the store says that consent is in force;
    privacy_switch: whether the switch stands at "locked" (False where none is fitted), None if nobody asked it.
    """

    boot_id: str
    instance: str
    epoch: str
    store: Literal["new", "resumed", "lost"]
    clean: bool
    version: str
    consent_marked: bool = True
    privacy_switch: bool | None = None


class Stopping(Event, frozen=True):
    """The process was asked to end in good order."""


class DeadlineReached(Event, frozen=True):
    """The moment that `next_deadline` named has come."""


class ClockStepped(Event, frozen=True):
    """UTC moved by `seconds` against the boot-time clock (positive: forwards)."""

    seconds: float


class ClockTrustChanged(Event, frozen=True):
    """`now.trusted` differs from what it was at the event before."""


# ---- the camera and its worker


class CameraAppeared(Event, frozen=True):
    """The camera's device node is there (told without opening it)."""


class CameraVanished(Event, frozen=True):
    """The camera's device node is gone."""


class LookReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a look saw: numbers and words, never pixels.

    p_occupied: calibrated chance 0..1 that somebody is in the bed, None when the camera is at fault;
    reasons: words from the worker's vocabulary, most important first (`covered`, `low_contrast`, …);
    cues: the cues' values by name; seconds: how long was looked; frames: how many were judged.
    """

    verdict: Verdict
    p_occupied: float | None = None
    reasons: tuple[str, ...] = ()
    cues: dict[str, float] = {}
    seconds: float = 0.0
    frames: int = 0


class LookOpened(Event, frozen=True):
    """The worker has opened the camera for this look."""

    look: str


class LookReported(Event, frozen=True):
    """The worker has judged this look. It holds the camera until extended, stopped or at its deadline."""

    look: str
    report: LookReport


class LookFailed(Event, frozen=True):
    """The look came to nothing; its worker is gone or being killed (LookClosed follows)."""

    look: str
    why: LookFailure
    detail: str = ""


class LookClosed(Event, frozen=True):
    """The look's worker is gone: the camera is closed for certain."""

    look: str


class LookStuck(Event, frozen=True):
    """Not even SIGKILL ended the look's worker: the driver holds it, the camera may be open."""

    look: str


# ---- relays, USB, network


class PulseDone(Event, frozen=True):
    """A relay's power was off for a while and is on again (ok), or the relay could not be driven."""

    relay: Relay
    ok: bool
    detail: str = ""


class UsbResetDone(Event, frozen=True):
    """The camera's USB port was switched off and on (ok), or could not be."""

    ok: bool
    detail: str = ""


class NetworkProbed(Event, frozen=True):
    """Answer to ProbeNetwork.

    link: the interface has a carrier; gateway: the default gateway answers; dns: names resolve;
    targets: for each independent target whether it answered; broker: its port takes a connection, None: not asked.
    """

    link: bool
    gateway: bool
    dns: bool
    targets: tuple[bool, ...]
    broker: bool | None = None


# ---- the broker


class BrokerConnected(Event, frozen=True):
    """The broker has accepted the connection."""


class BrokerLost(Event, frozen=True):
    """The connection to the broker ended or could not be made."""

    reason: str


class Published(Event, frozen=True):
    """The broker has acknowledged a message.

    reason: MQTT 5 reason code; below 0x80 it has arrived (16: but nobody listens), else it was denied.
    """

    message: str
    reason: int = 0


class StillTold(Event, frozen=True):
    """At the connection, the broker still holds this word of ours on its retained topic."""

    fact: Alarm | Fault


class CommandReceived(Event, frozen=True):
    """A well-formed command came from the broker (still to be judged by the core)."""

    command: Command


class CommandUnreadable(Event, frozen=True):
    """Something on a command topic that is no command; `id` where one could be read."""

    name: str
    reason: str
    id: str = ""


# ---- people at the device


class ConsentGranted(Event, frozen=True):
    """Consent was recorded at the device.

    reference: where the signed form is kept (no name); date: ISO date on the form;
    person, cohabitant: consent given by; cohabitant is None when nobody else lives there.
    """

    reference: str
    date: str
    person: bool
    cohabitant: bool | None = None
    blind_test: bool = False


class ConsentWithdrawn(Event, frozen=True):
    """Consent was withdrawn at the device."""

    by: str


class CommissioningBegan(Event, frozen=True):
    """Somebody at the device is about to open the camera, to show it the bed, while no agent runs.

    session: random id; what: all of it (`guide`), or the empty bed in another light (`reference`);
    privacy_switch: whether it stands at "locked", None where none is fitted.
    """

    session: str
    what: CommissioningOf
    privacy_switch: bool | None = None


class CommissioningEnded(Event, frozen=True):
    """The camera is closed again. Numbers alone; see agent.core.facts.Commissioning."""

    session: str
    what: CommissioningOf
    outcome: Literal["finished", "interrupted"]
    openings: int = 0
    seconds: float = 0.0
    light: Literal["", "infrared", "day"] = ""
    states: int = 0
    corrects: bool | None = None


class PrivacySwitchTurned(Event, frozen=True):
    """The privacy switch on the device was turned."""

    locked: bool


# ---- the device's own state


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the device can tell about itself; None where it cannot be read.

    disk_free, memory_free: bytes; temperature: degrees Celsius; under_voltage: now or since boot;
    outbox_depth: messages waiting; outbox_dropped: messages dropped since the store was made;
    relays, lamp: whether each can be driven; camera_present: without opening it;
    throttled: the processor was slowed, now or since boot; disk_wear: at most so many percent of the disk's life
    are used; clock: what the time of day rests on; mains: the supply gives power; battery: percent;
    boot_id: the kernel's; ended_clean: whether the process before this one said goodbye.
    """

    camera_present: bool | None = None
    relays: dict[str, bool] = {}
    disk_free: int | None = None
    memory_free: int | None = None
    temperature: float | None = None
    under_voltage: bool | None = None
    throttled: bool | None = None
    disk_wear: int | None = None
    clock: ClockState | None = None
    mains: bool | None = None
    battery: int | None = None
    lamp: bool | None = None
    boot_id: str = ""
    ended_clean: bool | None = None
    outbox_depth: int = 0
    outbox_dropped: int = 0


class HealthRead(Event, frozen=True):
    """Answer to ReadHealth."""

    health: Health


class InventoryTaken(Event, frozen=True):
    """What the device is made of was read: at the start, and whenever the camera comes or goes."""

    inventory: Inventory


class LampAnswered(Event, frozen=True):
    """The lamp obeys (ok) or does not; told when that changes."""

    ok: bool
    detail: str = ""


class StoreFailed(Event, frozen=True):
    """A commit failed: what was decided is being published without being durable."""

    detail: str


class StoreRecovered(Event, frozen=True):
    """Commits succeed again, or for the first time after a process that may have died of their failing."""


AnyEvent = (
    Started
    | Stopping
    | DeadlineReached
    | ClockStepped
    | ClockTrustChanged
    | CameraAppeared
    | CameraVanished
    | LookOpened
    | LookReported
    | LookFailed
    | LookClosed
    | LookStuck
    | PulseDone
    | UsbResetDone
    | NetworkProbed
    | BrokerConnected
    | BrokerLost
    | Published
    | StillTold
    | CommandReceived
    | CommandUnreadable
    | ConsentGranted
    | ConsentWithdrawn
    | PrivacySwitchTurned
    | HealthRead
    | InventoryTaken
    | LampAnswered
    | StoreFailed
    | StoreRecovered
    | CommissioningBegan
    | CommissioningEnded
)
