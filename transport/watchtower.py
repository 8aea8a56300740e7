"""Watches many homes from the broker: messages and the time go in, the homes' state and events come out.

Pure: no clock, no network. Times are seconds since 1970 UTC on the watcher's own clock. What is retained tells how
things stand; answers are not retained, so a window is judged only if the watch was listening from its start on.
"""

from collections import OrderedDict
from typing import Literal

import msgspec

from agent.core.facts import (
    Alarm,
    Answer,
    Commissioning,
    Consent,
    Fault,
    Heartbeat,
    Inventory,
    Recovery,
    Reply,
    Schedule,
    Status,
    Window,
)
from agent.core.moment import at
from agent.core.orders import Instant
from transport.messages import Message, MessageUnreadable, decode
from transport.topics import Address, address_of, below_device

ANSWER_GRACE = 60.0
"""Seconds after a window's end before its answer counts as missing: the way through the broker takes time."""
HEARTBEAT_GRACE = 0.1
"""Part of the heartbeat's interval by which it may be late."""
DEFAULT_HEARTBEAT_SECONDS = 3600
ANSWERS_SHOWN = 5
IDS_REMEMBERED = 50
"""Per device; repetitions come soon after, and a device has ten messages in flight."""

EventName = Literal[
    "online",
    "offline",
    "heartbeat",
    "heartbeat_overdue",
    "answer",
    "answer_missing",
    "alarm",
    "fault",
    "recovery",
    "consent",
    "commissioning",
    "schedule",
    "inventory",
    "reply",
    "unreadable",
]


class WatchEvent(msgspec.Struct, frozen=True):
    """Something that whoever watches should know; one line of `nattro watch --json`."""

    at: Instant
    event: EventName
    site: str
    device: str
    retained: bool = False
    data: dict[str, object] = {}


class Home(msgspec.Struct):
    """What is known of one device. Times in seconds since 1970 UTC; None: not yet heard."""

    address: Address
    online: bool | None = None
    heartbeat: Heartbeat | None = None
    heartbeat_at: float | None = None
    heartbeat_overdue: bool = False
    schedule: Schedule | None = None
    consent: str = ""
    awaited: dict[str, Window] = msgspec.field(default_factory=dict)
    missing: list[str] = msgspec.field(default_factory=list)
    answers: list[Answer] = msgspec.field(default_factory=list)
    alarms: dict[str, Alarm] = msgspec.field(default_factory=dict)
    faults: dict[str, Fault] = msgspec.field(default_factory=dict)

    @property
    def needs_attention(self) -> bool:
        """Somebody should look at this home."""
        unacknowledged = any(each.state == "raised" for each in self.alarms.values())
        return bool(
            unacknowledged or self.missing or self.heartbeat_overdue or self.faults or self.online is False
        )

    def next_window(self, now: float) -> Window | None:
        """The window that is open, or the next one."""
        coming = self.schedule.windows if self.schedule else ()
        return next((each for each in coming if each.end.timestamp() > now), None)

    def pause(self, now: float) -> Window | None:
        """The pause that holds now."""
        pauses = self.schedule.pauses if self.schedule else ()
        return next((each for each in pauses if each.start.timestamp() <= now < each.end.timestamp()), None)


class Watchtower:
    """State of all homes. `since`: when the watch began to listen."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._listening = True
        self._homes: dict[Address, Home] = {}
        self._heard: dict[Address, OrderedDict[str, None]] = {}

    @property
    def homes(self) -> list[Home]:
        """All homes, those that need attention first, then by name."""
        order = self._homes.values()
        return sorted(
            order, key=lambda home: (not home.needs_attention, home.address.site, home.address.device)
        )

    def went_deaf(self) -> None:
        """The watch's own connection is gone: what is not heard now is nobody's fault."""
        self._listening = False

    def hears_again(self, now: float) -> None:
        """The watch listens again; what fell into the gap is not judged."""
        self._listening = True
        self._since = now
        for home in self._homes.values():
            home.awaited = {
                check: each for check, each in home.awaited.items() if each.start.timestamp() >= now
            }

    def hear(self, topic: str, payload: bytes, retained: bool, now: float) -> list[WatchEvent]:
        """A message came. Never raises, whatever it is."""
        address = address_of(topic)
        below = below_device(topic)
        if address is None or (below.startswith("cmd/") and not below.endswith("/reply")):
            return []
        if not payload:
            self._emptied(address, below)
            return []
        try:
            message = decode(payload)
        except MessageUnreadable as error:
            return [self._event("unreadable", address, now, retained, topic=topic, reason=str(error))]
        if message.device != address.device:
            reason = f"the message says it is from {message.device}"
            return [self._event("unreadable", address, now, retained, topic=topic, reason=reason)]
        home = self._homes.setdefault(address, Home(address))
        if self._repeated(message, address):
            return []
        return self._take(home, message, retained, now)

    def look(self, now: float) -> list[WatchEvent]:
        """Time has passed: what should have come by now and has not?"""
        if not self._listening:
            return []
        events = []
        for home in self._homes.values():
            if not home.heartbeat_overdue and now > self._heartbeat_due(home):
                home.heartbeat_overdue = True
                last = at(home.heartbeat_at).isoformat() if home.heartbeat_at else None
                events.append(self._event("heartbeat_overdue", home.address, now, last=last))
            for window in [each for each in home.awaited.values() if now > _answer_due(each)]:
                del home.awaited[window.check]
                home.missing.append(window.check)
                end = window.end.isoformat()
                events.append(
                    self._event("answer_missing", home.address, now, check=window.check, window_end=end)
                )
        return events

    def _take(self, home: Home, message: Message, retained: bool, now: float) -> list[WatchEvent]:
        match message.data:
            case Status(state=state) as status:
                home.online = state == "online"
                return [self._event(state, home.address, now, retained, reason=status.reason)]
            case Heartbeat() as beat:
                home.heartbeat, home.heartbeat_at, home.heartbeat_overdue = beat, now, False
            case Schedule() as schedule:
                self._expect(home, schedule, now)
            case Answer() as answer:
                self._answered(home, answer)
            case Alarm() | Fault() as trouble:
                _shelve(home, trouble)
            case Consent(state=consent):
                home.consent = consent
            case Commissioning() | Inventory() | Recovery() | Reply():
                pass  # an event below, and no lasting state
        return [self._told(home.address, message, retained, now)]

    def _expect(self, home: Home, schedule: Schedule, now: float) -> None:
        """The windows that must bring an answer: those that the watch hears from their start on."""
        home.schedule = schedule
        home.consent = schedule.consent
        begun = {check: each for check, each in home.awaited.items() if each.start.timestamp() <= now}
        known = {each.check for each in home.answers} | set(home.missing)
        coming = {
            each.check: each
            for each in schedule.windows
            if each.start.timestamp() >= self._since and each.check not in known
        }
        home.awaited = {**coming, **begun}

    def _answered(self, home: Home, answer: Answer) -> None:
        home.awaited.pop(answer.check, None)
        if answer.check in home.missing:
            home.missing.remove(answer.check)
        home.answers = [*home.answers, answer][-ANSWERS_SHOWN:]

    def _emptied(self, address: Address, below: str) -> None:
        home = self._homes.get(address)
        family, _, kind = below.partition("/")
        if home is not None and family in ("alarm", "fault"):
            _forget(home, Alarm if family == "alarm" else Fault, kind)

    def _heartbeat_due(self, home: Home) -> float:
        interval = home.schedule.heartbeat_seconds if home.schedule else DEFAULT_HEARTBEAT_SECONDS
        return max(self._since, home.heartbeat_at or 0.0) + interval * (1 + HEARTBEAT_GRACE)

    def _repeated(self, message: Message, address: Address) -> bool:
        ids = self._heard.setdefault(address, OrderedDict())
        if message.id in ids:
            return True
        ids[message.id] = None
        if len(ids) > IDS_REMEMBERED:
            ids.popitem(last=False)
        return False

    def _told(self, address: Address, message: Message, retained: bool, now: float) -> WatchEvent:
        data = msgspec.to_builtins(message.data)
        kind = data.pop("type")
        name: EventName = "answer" if kind == "check" else kind
        return self._event(name, address, now, retained, **data)

    @staticmethod
    def _event(
        event: EventName, address: Address, now: float, retained: bool = False, **data: object
    ) -> WatchEvent:
        return WatchEvent(at(now), event, address.site, address.device, retained, data)


def _answer_due(window: Window) -> float:
    return window.end.timestamp() + ANSWER_GRACE


def _shelve(home: Home, trouble: Alarm | Fault) -> None:
    if trouble.state == "cleared":
        _forget(home, type(trouble), trouble.kind)
    elif isinstance(trouble, Alarm):
        home.alarms[trouble.kind] = trouble
    else:
        home.faults[trouble.kind] = trouble


def _forget(home: Home, family: type[Alarm | Fault], kind: str) -> None:
    if family is Alarm:
        home.alarms.pop(kind, None)
    else:
        home.faults.pop(kind, None)
