"""The care organisation of the soak: hears every message, and acknowledges each alarm."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any

import msgspec

from firmware_sim.full.subscriber import Subscriber
from firmware_sim.killed_agent import SITE
from firmware_sim.letters import named
from transport.topics import Address

VALID_FOR = timedelta(hours=6)


class Staff:
    """Notes answers by check, each message once, and sends an `ack` for each alarm that is raised."""

    def __init__(self, device: str, now: Callable[[], datetime]) -> None:
        self._topic = f"{Address(SITE, device).root}/cmd/ack"
        self._now = now
        self._raised: SimpleQueue[str | None] = SimpleQueue()
        self._known: set[str] = set()
        self._seen: set[str] = set()
        self._thread: threading.Thread | None = None
        self.answers: dict[str, list[str]] = {}
        self.acknowledged = 0

    def begin(self, subscriber: Subscriber) -> None:
        """Acknowledge from now on, by this client."""
        self._thread = threading.Thread(target=self._acknowledge, args=(subscriber,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Go home."""
        self._raised.put(None)
        if self._thread is not None:
            self._thread.join(15)

    def hear(self, _topic: str, payload: bytes, retained: bool) -> None:
        """Called from the client's thread."""
        content: dict[str, Any] = msgspec.json.decode(payload) if payload and not retained else {}
        if "data" not in content or content["id"] in self._seen:
            return  # a repetition, or a command
        self._seen.add(content["id"])
        data = content["data"]
        if content["type"] == "check":
            self.answers.setdefault(data["check"], []).append(named(data["status"], data["reason"]))
        elif content["type"] == "alarm" and data["state"] == "raised" and data["alarm"] not in self._known:
            self._known.add(data["alarm"])
            self._raised.put(data["alarm"])

    def _acknowledge(self, subscriber: Subscriber) -> None:
        while (alarm := self._raised.get()) is not None:
            command = {
                "id": f"ack-{len(self._known)}-{self.acknowledged}",
                "expires": self._now() + VALID_FOR,
                "requested_by": "night-patrol",
                "order": {"type": "ack", "alarm": alarm},
            }
            subscriber.send(self._topic, msgspec.json.encode(command))
            self.acknowledged += 1
