"""What the world saw: camera, lamp, power, messages at the broker. All judging is done on this and nothing else."""

import hashlib
from typing import Any, Literal

import msgspec

Part = Literal[
    "camera",  # open / closed
    "node",  # the camera's device node: present / gone
    "lamp",  # lit / dark
    "relay.camera",  # on / off
    "relay.router",
    "usb",
    "mains",
    "device",  # up / down
    "internet",
    "router",  # up / down, as a device behind it sees it
    "broker",  # up / down
    "line",  # up / down: whether the device could reach the broker
    "switch",  # locked / unlocked
    "clock",  # the device's error in seconds, or `untrusted`; the error in any case as detail
    "consent",  # given (detail: `blind_test` if named) / withdrawn, at the device
    "store",  # full / works, and what was done to its file: lost / torn
    "disk",  # writes / rests: whether a slow one is at a commit, for which the agent waits
    "person",
    "bedding",
    "view",
    "fault",  # what the scenario broke
]


class Seen(msgspec.Struct, frozen=True):
    """A part of the world came into a state. at: elapsed seconds."""

    at: float
    part: Part
    state: str
    detail: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """A message as a subscriber of the broker got it. at: elapsed seconds."""

    at: float
    topic: str
    payload: bytes
    retain: bool = False

    @property
    def content(self) -> dict[str, Any]:
        """The payload's JSON object; empty for an emptied retained topic or what is no JSON object."""
        try:
            content = msgspec.json.decode(self.payload)
        except msgspec.DecodeError:
            return {}
        return content if isinstance(content, dict) else {}


class Sent(msgspec.Struct, frozen=True):
    """A command as somebody sent it. at: elapsed seconds."""

    at: float
    name: str
    payload: bytes


class HandedOver(msgspec.Struct, frozen=True):
    """A command as the running process got it from the broker. at: elapsed seconds."""

    at: float
    name: str
    payload: bytes
    retained: bool = False


Said = Literal["asked", "in_bed", "not_in_bed", "uncertain", "camera_fault", "failed", "stuck", "closed"]


class Glimpse(msgspec.Struct, frozen=True):
    """What passed between the device's two processes about a look.

    said: `asked` by the agent, anything else by the worker's side; reasons: why, in the worker's words;
    doubt: what the agent asked for beyond the usual before `in_bed`, and before `not_in_bed`.
    """

    at: float
    look: str
    said: Said
    reasons: tuple[str, ...] = ()
    doubt: tuple[float, float] = (0.0, 0.0)


class Record:
    """Everything seen in one run, in the order of time."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.arrivals: list[Arrival] = []
        self.commands: list[Sent] = []
        self.handed_over: list[HandedOver] = []
        self.glimpses: list[Glimpse] = []

    def note(self, at: float, part: Part, state: str, detail: str = "") -> None:
        self.seen.append(Seen(at, part, state, detail))

    def of(self, part: Part) -> list[Seen]:
        """The states that a part came into, in the order of time."""
        return [seen for seen in self.seen if seen.part == part]

    def digest(self) -> str:
        """Two runs saw the same, to the bit, if and only if their digests are equal."""
        log = msgspec.msgpack.encode(
            (self.seen, self.arrivals, self.commands, self.handed_over, self.glimpses)
        )
        return hashlib.sha256(log).hexdigest()


def spells(states: list[Seen], state: str, until: float) -> list[tuple[float, float]]:
    """From when to when a part was in `state`; `until` ends the last one."""
    found: list[tuple[float, float]] = []
    begun: float | None = None
    for seen in states:
        if seen.state == state:
            begun = seen.at if begun is None else begun
        elif begun is not None:
            found.append((begun, seen.at))
            begun = None
    if begun is not None:
        found.append((begun, until))
    return found
