"""The envelope that every message travels in, and the stationery that puts facts into it.

On the wire a message is one JSON object; `type` names what `data` is, so `data` carries no tag of its own:

    {"version":1,"id":"5f0c-17","device":"n-4711","time":"2026-11-21T22:30:21Z","clock_trusted":true,
     "type":"check","data":{…},"durable":true}
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal, get_args

import msgspec

from agent.core.actions import Say
from agent.core.facts import (
    Alarm,
    Answer,
    AnyFact,
    Commissioning,
    Consent,
    Fact,
    Fault,
    Heartbeat,
    Inventory,
    Schedule,
    Status,
)
from agent.core.moment import Now
from agent.core.orders import Instant
from agent.ports import Keep, OutboxRow
from transport.topics import Address

WIRE_VERSION = 1
MAX_MESSAGE = 64 * 1024

FACT_TYPES: Mapping[str, type[Fact]] = MappingProxyType(
    {str(fact.__struct_config__.tag): fact for fact in get_args(AnyFact)}
)
"""What `type` may be, and what `data` then is."""


class MessageUnreadable(ValueError):
    """A payload that is no message of this version; the text says why."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message, read or to be written.

    id: the same in every repetition, for de-duplication; time: when it was said (None in the last will, which
    is written beforehand); clock_trusted: whether `time` may be believed; durable: False if it could not be
    committed to the device's store and so might be said by one that forgets it.
    """

    version: int = WIRE_VERSION
    id: str
    device: str
    time: datetime | None
    clock_trusted: bool
    data: AnyFact
    durable: bool = True

    @property
    def type(self) -> str:
        """The name of what `data` is, `check` for example."""
        return str(self.data.__struct_config__.tag)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The wire form of Message, its data not yet read. Unknown fields are passed over: version 1 may grow."""

    version: Literal[1]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    device: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    time: Instant | None
    clock_trusted: bool
    type: str
    data: msgspec.Raw
    durable: bool = True


_envelopes = msgspec.json.Decoder(Envelope)
_readers = {name: msgspec.json.Decoder(fact) for name, fact in FACT_TYPES.items()}


def encode(message: Message) -> bytes:
    """A message as JSON."""
    data = msgspec.to_builtins(message.data, builtin_types=(datetime,))
    name = data.pop("type")
    return msgspec.json.encode(
        {
            "version": message.version,
            "id": message.id,
            "device": message.device,
            "time": message.time,
            "clock_trusted": message.clock_trusted,
            "type": name,
            "data": data,
            "durable": message.durable,
        }
    )


def decode(payload: bytes) -> Message:
    """The message in a payload. Raises MessageUnreadable, and nothing else, on anything that is none."""
    if len(payload) > MAX_MESSAGE:
        raise MessageUnreadable(f"{len(payload)} bytes; a message has at most {MAX_MESSAGE}")
    try:
        envelope = _envelopes.decode(payload)
        reader = _readers.get(envelope.type)
        if reader is None:
            raise MessageUnreadable(f"unknown type {envelope.type!r}; known are {', '.join(FACT_TYPES)}")
        data = reader.decode(envelope.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageUnreadable(f"no message of version {WIRE_VERSION}: {error}") from error
    return Message(
        id=envelope.id,
        device=envelope.device,
        time=envelope.time,
        clock_trusted=envelope.clock_trusted,
        data=data,  # type: ignore[arg-type]  # FACT_TYPES holds the members of AnyFact and no others
        durable=envelope.durable,
    )


def lasting_word(payload: bytes) -> Alarm | Fault | None:
    """The alarm or fault that a retained payload tells; None if it tells neither."""
    try:
        fact = decode(payload).data
    except MessageUnreadable:
        return None
    return fact if isinstance(fact, Alarm | Fault) else None


class Delivery(msgspec.Struct, frozen=True):
    """How a kind of fact is delivered: see agent.ports.OutboxRow."""

    retain: bool = False
    keep: Keep = "while_room"


_LAST_WORD_COUNTS = Delivery(retain=True)
_MUST_ARRIVE = Delivery(keep="always")
_MUST_ARRIVE_AND_STAYS = Delivery(retain=True, keep="always")

_DELIVERIES: Mapping[type[Fact], Delivery] = MappingProxyType(
    {
        Answer: _MUST_ARRIVE,
        Alarm: _MUST_ARRIVE_AND_STAYS,
        Commissioning: _MUST_ARRIVE,
        Consent: _MUST_ARRIVE_AND_STAYS,
        Fault: _LAST_WORD_COUNTS,
        Inventory: _LAST_WORD_COUNTS,
        Schedule: _LAST_WORD_COUNTS,
        Status: _LAST_WORD_COUNTS,
        Heartbeat: Delivery(keep="until_expiry"),
    }
)


class Stationery:
    """Puts facts into envelopes for one device (implements agent.ports.Stationery).

    boot_id: of the running boot; what expires does so on this boot's clock.
    """

    def __init__(self, address: Address, boot_id: str) -> None:
        self._address = address
        self._boot_id = boot_id

    def compose(self, say: Say, now: Now, *, durable: bool = True) -> OutboxRow:
        """The message as it goes into the outbox.

        An alarm or fault that is cleared is said once more on its retained topic, then the topic is emptied.
        """
        message = Message(
            id=say.message,
            device=self._address.device,
            time=now.calendar,
            clock_trusted=now.trusted,
            data=say.fact,
            durable=durable,
        )
        delivery = _DELIVERIES.get(type(say.fact), Delivery())
        return OutboxRow(
            message=say.message,
            topic=self._address.of(say.fact),
            payload=encode(message),
            retain=delivery.retain,
            keep=delivery.keep,
            boot_id=self._boot_id,
            expires_boot=None if say.ttl is None else now.boot + say.ttl,
            then_empty=isinstance(say.fact, Alarm | Fault) and say.fact.state == "cleared",
        )


def status_payload(device: str, message: str, status: Status, now: Now | None = None) -> bytes:
    """A status that the connection itself says; without `now` for the last will, written beforehand."""
    return encode(
        Message(
            id=message,
            device=device,
            time=now.calendar if now else None,
            clock_trusted=now.trusted if now else False,
            data=status,
        )
    )
