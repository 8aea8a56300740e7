"""What the care organisation has received: the arrivals of a record, read independently and without repetitions."""

from datetime import datetime
from typing import Any

import msgspec

from firmware_sim.world.record import Record

NEED_A_REASON = ("uncertain", "camera_fault", "missed")


class Letter(msgspec.Struct, frozen=True):
    """One message, however often it came.

    at: elapsed seconds of its first arrival; epoch, number: the parts of its id, number -1 where it has none;
    durable: False if its sender could not store it and may forget it when it dies; copies: how often it came.
    """

    id: str
    type: str
    at: float
    topic: str
    data: dict[str, Any]
    said_at: float | None
    durable: bool = True
    copies: int = 1
    epoch: str = ""
    number: int = -1


class _Envelope(msgspec.Struct):
    id: str
    type: str
    time: datetime | None
    data: dict[str, Any]
    durable: bool = True


_envelopes = msgspec.json.Decoder(_Envelope)


class Letters:
    """All messages of a record by their ids, in the order of first arrival.

    contradictions: when and which ids came with two different contents; unreadable: payloads that are no message.
    """

    def __init__(self, record: Record) -> None:
        self.contradictions: list[tuple[float, str]] = []
        self.unreadable: list[tuple[float, str]] = []
        self._by_id: dict[str, Letter] = {}
        self._by_payload: dict[bytes, str] = {}
        self._by_type: dict[str, list[Letter]] | None = None
        for arrival in record.arrivals:
            if arrival.payload:
                known = self._by_payload.get(arrival.payload)
                if known is not None and self._by_id[known].topic == arrival.topic:
                    letter = self._by_id[known]
                    self._by_id[known] = msgspec.structs.replace(letter, copies=letter.copies + 1)
                else:
                    self._take(arrival.at, arrival.topic, arrival.payload)

    def of(self, kind: str) -> list[Letter]:
        """All messages of a type."""
        if self._by_type is None:
            self._by_type = {}
            for letter in self._by_id.values():
                self._by_type.setdefault(letter.type, []).append(letter)
        return self._by_type.get(kind, [])

    @property
    def all(self) -> list[Letter]:
        return list(self._by_id.values())

    def get(self, message: str) -> Letter | None:
        """The message with this id."""
        return self._by_id.get(message)

    def read(self, payload: bytes) -> Letter | None:
        """The message in a payload that arrived; None if it is none, or contradicts an earlier one."""
        known = self._by_payload.get(payload)
        return None if known is None else self._by_id[known]

    def __len__(self) -> int:
        return len(self._by_id)

    def _take(self, at: float, topic: str, payload: bytes) -> None:
        try:
            content = _envelopes.decode(payload)
        except msgspec.DecodeError:
            self.unreadable.append((at, topic))
            return
        if content.type == "status" and content.time is None:
            return  # the last will is the broker's word, not the device's
        epoch, _, number = content.id.rpartition("-")
        letter = Letter(
            id=content.id,
            type=content.type,
            at=at,
            topic=topic,
            data=content.data,
            said_at=content.time.timestamp() if content.time else None,
            durable=content.durable,
            epoch=epoch,
            number=int(number) if number.isdecimal() else -1,
        )
        if letter.id in self._by_id:
            self.contradictions.append((at, letter.id))
        else:
            self._by_id[letter.id] = letter
            self._by_payload[payload] = letter.id


def seconds_of(text: str) -> float:
    """An ISO 8601 instant as seconds since 1970. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()


def named(status: str, reason: str) -> str:
    """An answer in one word, with the reason of those that need one: `missed(power)`."""
    return f"{status}({reason})" if reason and status in NEED_A_REASON else status
