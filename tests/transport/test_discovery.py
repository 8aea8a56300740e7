"""What Home Assistant is told."""

import json
from typing import get_args

from agent.core.facts import AlarmKind, FaultKind
from transport.connection import Received
from transport.discovery import ALARM_KINDS, FAULT_NAMES, REFUSALS, SPREAD_SECONDS, Introduction, describe
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


def test_the_device_is_introduced_at_each_connection_and_at_each_birth() -> None:
    introduction = Introduction("homeassistant", ADDRESS, "1.0")
    introduction.connected(10.0)
    assert introduction.words(10.0) is not None
    assert introduction.words(11.0) is None
    introduction.heard(Received("homeassistant/status", b"online", retained=True), 20.0)
    introduction.heard(Received("homeassistant/status", b"offline", retained=False), 20.0)
    assert introduction.next_deadline is None
    introduction.heard(Received("homeassistant/status", b"online", retained=False), 20.0)
    assert introduction.words(20.0 + SPREAD_SECONDS) is not None


def test_a_broker_that_hangs_up_over_it_is_spared_it() -> None:
    introduction = Introduction("homeassistant", ADDRESS, "1.0")
    for _ in range(REFUSALS):
        introduction.connected(0.0)
        assert introduction.words(0.0) is not None
        introduction.sent(7)
        introduction.connection_ended()
    introduction.connected(0.0)
    assert introduction.words(0.0) is None
    assert introduction.filters == []


def test_an_ordinary_loss_of_connection_is_not_held_against_the_broker() -> None:
    introduction = Introduction("homeassistant", ADDRESS, "1.0")
    for _ in range(10):
        introduction.connected(0.0)
        assert introduction.words(0.0) is not None
        introduction.sent(7)
        introduction.acknowledged(7)
        introduction.connection_ended()


def test_without_a_prefix_there_is_no_introduction() -> None:
    introduction = Introduction("", ADDRESS, "1.0")
    introduction.connected(0.0)
    assert introduction.words(0.0) is None
    assert introduction.filters == []
