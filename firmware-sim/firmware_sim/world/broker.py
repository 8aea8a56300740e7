"""A simulated MQTT broker: takes messages, acknowledges, denies by ACL, keeps silent, delivers twice, goes away.

What it delivers to a subscriber of everything is the record's `arrivals`: there is no other witness.
"""

from collections.abc import Callable
from typing import Literal

from firmware_sim.clock import Agenda
from firmware_sim.world.record import Arrival, Record, Sent
from firmware_sim.world.signals import Signal, Signals

Mood = Literal["works", "gone", "silent", "mute", "twice", "denies"]
Acknowledge = Callable[[int], None]
Receive = Callable[[str, bytes, bool], None]
"""Takes a command: topic, payload, and whether it is one that the broker had retained."""

RESTART_SECONDS = 2.0
SUCCESS = 0
NOT_AUTHORISED = 135
"""MQTT 5's reason code of a publish that the ACL denies."""


class Broker:
    """One broker with one device at it.

    mood: `gone` (refuses connections), `silent` (takes messages but neither delivers nor acknowledges), `mute`
    (delivers, but never acknowledges), `twice` (delivers and acknowledges twice), `denies` (refuses topics that
    contain `denied`).
    """

    def __init__(self, agenda: Agenda, record: Record, signals: Signals) -> None:
        self._agenda = agenda
        self._record = record
        self._signals = signals
        self.mood: Mood = "works"
        self.denied = ""
        self.when_changed: list[Callable[[], None]] = []
        self._receive: Receive | None = None
        self._waiting: list[tuple[str, bytes]] = []
        self._retained: dict[str, bytes] = {}
        self._words: dict[str, bytes] = {}

    @property
    def works(self) -> bool:
        return self.mood != "gone"

    def set_mood(self, mood: Mood, denied: str = "") -> None:
        self.mood, self.denied = mood, denied
        detail = f"{mood} {denied}".strip()
        self._record.note(self._agenda.elapsed, "broker", "up" if self.works else "down", detail)
        if mood == "gone":
            self._receive = None
        for tell in self.when_changed:
            tell()

    @property
    def connected(self) -> bool:
        """Whether the device is connected, as far as the broker knows."""
        return self._receive is not None

    def forget(self) -> None:
        """It is restarted, and has lost the device's session with all that waited in it."""
        self._waiting.clear()
        self.set_mood("gone")
        self._agenda.after(RESTART_SECONDS, self._come_back)

    def connect(self, receive: Receive) -> None:
        """The device connects; what is retained and what waited for it in its session is delivered."""
        self._receive = receive
        self._signals.give("connection")
        waiting, self._waiting = self._waiting, []
        for topic, payload in self._retained.items():
            receive(topic, payload, True)
        for topic, payload in waiting:
            receive(topic, payload, False)

    def lasting_words(self) -> list[bytes]:
        """What the device has said that is retained, as it is told to whoever subscribes now."""
        return list(self._words.values())

    def disconnect(self) -> None:
        self._receive = None

    def take(self, topic: str, payload: bytes, retain: bool, acknowledge: Acknowledge) -> None:
        """A publish with QoS 1 reaches the broker."""
        if self.mood == "silent":
            return
        if self.mood == "denies" and self.denied in topic:
            acknowledge(NOT_AUTHORISED)
            return
        for _ in range(2 if self.mood == "twice" else 1):
            self._record.arrivals.append(Arrival(self._agenda.elapsed, topic, payload, retain))
            if self.mood != "mute":
                acknowledge(SUCCESS)
        if retain:
            self._words[topic] = payload
        if not payload:
            self._words.pop(topic, None)
        signal = _signal_of(topic)
        if signal is not None:
            self._signals.give(signal)

    def send_command(self, name: str, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Somebody publishes a command to the device; it waits in the session while the device is away.

        retain: and again whenever the device connects, marked as retained.
        """
        self._record.commands.append(Sent(self._agenda.elapsed, name, payload))
        if self._receive is None:
            self.keep(topic, payload)
        else:
            self._receive(topic, payload, False)
        if retain:
            self._retained[topic] = payload

    def keep(self, topic: str, payload: bytes) -> None:
        """The device has not got this command: deliver it when it connects again."""
        self._waiting.append((topic, payload))

    def _come_back(self) -> None:
        if self.mood == "gone":
            self.set_mood("works")


def _signal_of(topic: str) -> Signal | None:
    """What a message on this topic gives the signal for."""
    if topic.endswith("/check"):
        return "answer"
    if topic.endswith("/reply"):
        return "reply"
    return "alarm" if "/alarm/" in topic else None
