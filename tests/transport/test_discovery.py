"""What Home Assistant is told."""

import json
from typing import get_args

from agent.core.facts import AlarmKind, FaultKind
from transport.discovery import ALARM_KINDS, FAULT_NAMES, describe
from transport.topics import Address

ADDRESS = Address(site="north", device="n-4711")


def test_the_description_has_device_origin_components_and_availability() -> None:
    words = describe("homeassistant", ADDRESS, "1.0")
    payload = json.loads(words.payload)
    assert words.topic == "homeassistant/device/n-4711/config"
    assert words.retain
    assert payload["device"]["identifiers"] == ["nattro-n-4711"]
    assert payload["origin"]["name"] == "nattro"
    assert payload["availability"][0]["topic"] == ADDRESS.status
    assert {"in_bed", "answer", "heartbeat", "next_window"} < set(payload["components"])


def test_every_component_names_its_platform_and_itself_and_listens_to_this_device_alone() -> None:
    components = json.loads(describe("homeassistant", ADDRESS, "1.0").payload)["components"]
    for component in components.values():
        assert component["platform"] in ("sensor", "binary_sensor")
        assert component["state_topic"].startswith(ADDRESS.root)
    unique = {component["unique_id"] for component in components.values()}
    assert len(unique) == len(components)


def test_all_alarms_and_only_known_faults_are_described() -> None:
    assert set(ALARM_KINDS) == set(get_args(AlarmKind))
    assert set(FAULT_NAMES) <= set(get_args(FaultKind))
