"""The doctor beside a running agent: neither the connection nor the memory of it is disturbed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Subscriber, mosquitto
from tests.house.device import GRANT, Device

ROOT = "nattro/v1/soderhagen/home-17"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    (tmp_path / "broker").mkdir()
    with mosquitto(tmp_path / "broker") as broker:
        made = Device(tmp_path, port=broker.port, film="covered_sleeper")
        assert made.nattro("consent", "grant", *GRANT).returncode == 0
        listener = Subscriber(broker.port, f"{ROOT}/#")
        made.start(synchronised=True)
        listener.await_count(1)
        yield made
        listener.close()
        made.close()


def test_the_agent_keeps_its_connection_and_its_memory(device: Device) -> None:
    report = json.loads(device.nattro("doctor", "--json").stdout)
    found = {each["check"]: each for each in report["findings"]}
    assert found["broker.login"]["state"] == found["broker.read_back"]["state"] == "ok"
    assert found["disk.store"]["state"] == found["consent.recorded"]["state"] == "ok"
    assert found["clock.trust"]["state"] == "ok"  # as the agent remembers it
    assert found["worker.answers"]["state"] == "ok"
    status = device.status()
    assert (status["running"], status["broker_connected"]) == (True, True)
    assert "BrokerLost" not in {entry["type"] for entry in device.journal()}


def test_the_text_is_plain_where_it_is_piped(device: Device) -> None:
    told = device.nattro("doctor", "--lang", "sv").stdout
    assert "\x1b" not in told
    assert "✔ OK: Inloggning  Brokern släpper in enheten (klient nattro-soderhagen-home-17-doctor)." in told
    assert "EJ KONTROLLERAT: Enhetens certifikat" in told


def test_a_device_that_runs_is_not_decommissioned(device: Device) -> None:
    done = device.nattro("decommission", "--yes")
    assert done.returncode == 4
    assert "stop it first: sudo systemctl stop nattro" in done.stderr
    assert device.status()["consent"] == "given"
