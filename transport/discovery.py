"""Tells Home Assistant what this device is: one retained payload with device, origin and components.

Home Assistant says `online` on its birth topic when it (re)starts; the description is then published again.
Every template keeps to the wire's own words, so that nothing is said here that the contract does not say.
"""

import random

import msgspec

from agent.core.facts import AlarmKind
from transport.connection import Received, Words
from transport.topics import Address

BORN = b"online"
SPREAD_SECONDS = 30.0
"""Devices answer the birth message at some instant within this time, not all at once."""
REFUSALS = 3
ALARM_KINDS: tuple[AlarmKind, ...] = ("not_in_bed", "uncertain", "camera_fault", "missed")
FAULT_NAMES = {
    "camera_gone": "Camera gone",
    "camera_covered": "Camera covered",
    "camera_moved": "Camera moved",
    "uplink_down": "Uplink down",
    "clock_untrusted": "Clock not trusted",
}


class Introduction:
    """When to describe the device to Home Assistant; times are monotonic seconds.

    A courtesy that must cost nothing: a broker that hangs up over it several times running is spared it.
    """

    def __init__(self, prefix: str, address: Address, version: str) -> None:
        self._birth_topic = f"{prefix}/status"
        self._words = describe(prefix, address, version)
        self._welcome = bool(prefix)
        self._due: float | None = None
        self._packet: int | None = None
        self._refusals = 0

    @property
    def filters(self) -> list[str]:
        """What to subscribe to."""
        return [self._birth_topic] if self._welcome else []

    @property
    def next_deadline(self) -> float | None:
        """When `words` has something to say."""
        return self._due

    def connected(self, now: float) -> None:
        self._due = now if self._welcome else None

    def words(self, now: float) -> Words | None:
        """What to publish now, if anything."""
        if self._due is None or now < self._due:
            return None
        self._due = None
        return self._words

    def sent(self, packet: int | None) -> None:
        self._packet = packet

    def acknowledged(self, packet: int) -> None:
        if packet == self._packet:
            self._packet = None
            self._refusals = 0

    def heard(self, message: Received, now: float) -> None:
        """Home Assistant has started anew. Its retained birth message is older than our connection."""
        if message.topic == self._birth_topic and message.payload == BORN and not message.retained:
            self._due = now + random.uniform(0, SPREAD_SECONDS)

    def connection_ended(self) -> None:
        self._refusals += self._packet is not None
        self._packet = None
        self._welcome = self._welcome and self._refusals < REFUSALS


def describe(prefix: str, address: Address, version: str) -> Words:
    """The device's description, to be published retained on its discovery topic."""
    payload = {
        "device": {
            "identifiers": [f"nattro-{address.device}"],
            "name": f"nattro {address.device}",
            "manufacturer": "nattro",
            "model": "night supervision",
            "sw_version": version or "unknown",
        },
        "origin": {"name": "nattro", "sw_version": version or "unknown"},
        "availability": [
            {"topic": address.status, "value_template": "{{ value_json.data.state }}"},
        ],
        "payload_available": "online",
        "payload_not_available": "offline",
        "qos": 1,
        "components": _components(address),
    }
    return Words(f"{prefix}/device/{address.device}/config", msgspec.json.encode(payload), retain=True)


def _components(address: Address) -> dict[str, dict[str, object]]:
    components = {
        "in_bed": {
            "platform": "binary_sensor",
            "name": "In bed",
            "device_class": "occupancy",
            "state_topic": f"{address.root}/check",
            "value_template": (
                "{{ {'in_bed': 'ON', 'not_in_bed': 'OFF'}.get(value_json.data.status, 'None') }}"
            ),
        },
        "answer": {
            "platform": "sensor",
            "name": "Last answer",
            "icon": "mdi:bed",
            "state_topic": f"{address.root}/check",
            "value_template": "{{ value_json.data.status }}",
            "json_attributes_topic": f"{address.root}/check",
            "json_attributes_template": "{{ value_json.data | tojson }}",
        },
        "heartbeat": {
            "platform": "sensor",
            "name": "Last heartbeat",
            "device_class": "timestamp",
            "entity_category": "diagnostic",
            "state_topic": f"{address.root}/heartbeat",
            "value_template": "{{ value_json.time }}",
        },
        "next_window": {
            "platform": "sensor",
            "name": "Next window",
            "device_class": "timestamp",
            "entity_category": "diagnostic",
            "state_topic": f"{address.root}/schedule",
            "value_template": "{{ value_json.data.windows[0].start if value_json.data.windows else None }}",
        },
    }
    for alarm in ALARM_KINDS:
        name = f"Alarm: {alarm.replace('_', ' ')}"
        components[f"alarm_{alarm}"] = _flag(name, f"{address.root}/alarm/{alarm}")
    for fault, name in FAULT_NAMES.items():
        components[f"fault_{fault}"] = _flag(name, f"{address.root}/fault/{fault}", diagnostic=True)
    described: dict[str, dict[str, object]] = {}
    for key, component in components.items():
        described[key] = {"unique_id": f"nattro-{address.device}-{key}", **component}
    return described


def _flag(name: str, topic: str, *, diagnostic: bool = False) -> dict[str, str]:
    """A problem that is on until its last word on the topic is `cleared`, or the topic is emptied."""
    flag = {
        "platform": "binary_sensor",
        "name": name,
        "device_class": "problem",
        "state_topic": topic,
        "value_template": "{{ 'OFF' if value == '' or value_json.data.state == 'cleared' else 'ON' }}",
    }
    return {**flag, "entity_category": "diagnostic"} if diagnostic else flag
