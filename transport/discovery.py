"""Tells Home Assistant what this device is: one retained payload with device, origin and components.

Home Assistant says `online` on its birth topic when it (re)starts; the description is then published again.
Every template keeps to the wire's own words, so that nothing is said here that the contract does not say.
"""

import msgspec

from agent.core.facts import AlarmKind
from transport.connection import Words
from transport.topics import Address

BORN = b"online"
ALARM_KINDS: tuple[AlarmKind, ...] = ("not_in_bed", "uncertain", "camera_fault", "missed")
FAULT_NAMES = {
    "camera_gone": "Camera gone",
    "camera_covered": "Camera covered",
    "camera_moved": "Camera moved",
    "uplink_down": "Uplink down",
    "clock_untrusted": "Clock not trusted",
}


def birth_topic(prefix: str) -> str:
    """Where Home Assistant says that it has started."""
    return f"{prefix}/status"


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
