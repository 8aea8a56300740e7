"""What the care organisation has received: the arrivals of a record, read independently and without repetitions."""

from datetime import datetime
from typing import Any

import msgspec

from firmware_sim.world.record import Record

NEED_A_REASON = ("uncertain", "camera_fault", "missed")


class Letter(msgspec.Struct, frozen=True):
    """One message, however often it came.

    at: elapsed seconds of its first arrival; durable: False if its sender could not store it and may forget it when
    it dies; copies: how often it came.
    """

    id: str
    type: str
    at: float
    topic: str
    data: dict[str, Any]
    said_at: float | None
    durable: bool = True
    copies: int = 1


class Letters:
    """All messages of a record by their ids, in the order of first arrival.

    contradictions: ids that came with two different contents; unreadable: payloads that are no message.
    """

    def __init__(self, record: Record) -> None:
        self.contradictions: list[str] = []
        self.unreadable: list[tuple[float, str]] = []
        self._by_id: dict[str, Letter] = {}
        for arrival in record.arrivals:
            if arrival.payload:
                self._take(arrival.at, arrival.topic, arrival.content)

    def of(self, kind: str) -> list[Letter]:
        """All messages of a type."""
        return [letter for letter in self._by_id.values() if letter.type == kind]

    def __len__(self) -> int:
        return len(self._by_id)

    def _take(self, at: float, topic: str, content: dict[str, Any]) -> None:
        try:
            letter = Letter(
                id=content["id"],
                type=content["type"],
                at=at,
                topic=topic,
                data=content["data"],
                said_at=seconds_of(content["time"]) if content["time"] else None,
                durable=bool(content.get("durable", True)),
            )
        except (KeyError, TypeError, ValueError):
            self.unreadable.append((at, topic))
            return
        if letter.type == "status" and letter.said_at is None:
            return  # the last will is the broker's word, not the device's
        known = self._by_id.get(letter.id)
        if known is None:
            self._by_id[letter.id] = letter
        elif known.data != letter.data or known.topic != letter.topic:
            self.contradictions.append(letter.id)
        else:
            self._by_id[letter.id] = msgspec.structs.replace(known, copies=known.copies + 1)


def seconds_of(text: str) -> float:
    """An ISO 8601 instant as seconds since 1970. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()


def named(status: str, reason: str) -> str:
    """An answer in one word, with the reason of those that need one: `missed(power)`."""
    return f"{status}({reason})" if reason and status in NEED_A_REASON else status
