"""The agent as a process of its own: started, spoken to, stopped and killed as on a device."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.device import GRANT, PATIENCE, Device


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(tmp_path)
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.05)


def test_it_starts_is_told_of_consent_and_ends_in_good_order(device: Device) -> None:
    device.start()
    until(lambda: device.nattro("status").returncode == 0)
    assert device.status()["running"] is True
    granted = device.nattro("consent", "grant", *GRANT)
    assert "Consent given by the person" in granted.stdout, granted.stderr
    withdrawn = device.nattro("consent", "withdraw")
    assert "the camera is locked" in withdrawn.stdout, withdrawn.stderr
    assert device.end(signal.SIGTERM) == 0
    events = [str(event["type"]) for event in device.journal()]
    assert events[0] == "Started"
    assert events[-1] == "Stopping"
    assert "ConsentGranted" in events
    assert device.status()["running"] is False
    assert not (device.file.parent / "state/control.sock").exists()


def test_a_killed_agent_comes_back_with_its_memory(device: Device) -> None:
    assert device.nattro("consent", "grant", *GRANT).returncode == 0
    device.start()
    assert device.end(signal.SIGKILL) == -signal.SIGKILL
    assert device.status()["consent"] == "given"
    device.start()
    assert device.end(signal.SIGTERM) == 0
    starts = [event for event in device.journal() if event["type"] == "Started"]
    assert [start.get("clean", False) for start in starts] == [False, True, False]


def test_two_agents_do_not_share_a_memory(device: Device) -> None:
    device.start()
    second = device.nattro("run")
    assert second.returncode == 4
    assert "another nattro process uses" in second.stderr


def test_everything_it_writes_is_its_own(device: Device) -> None:
    device.start()
    until(lambda: device.nattro("status").returncode == 0)
    state = device.file.parent / "state"
    assert state.stat().st_mode & 0o077 == 0
    assert [file.name for file in state.iterdir() if file.stat().st_mode & 0o077] == []
    device.end(signal.SIGTERM)


def test_what_it_is_made_of_and_how_it_is_reach_the_core(device: Device) -> None:
    device.start()
    until(lambda: any(event["type"] == "InventoryTaken" for event in device.journal()))
    assert device.end(signal.SIGTERM) == 0
    events = {str(event["type"]): event for event in device.journal()}
    assert events["Started"]["privacy_switch"] is False  # none is fitted: known before anything else
    inventory, health = events["InventoryTaken"]["inventory"], events["HealthRead"]["health"]
    assert isinstance(inventory, dict)
    assert isinstance(health, dict)
    assert inventory["version"]
    assert inventory["camera"] is None  # a recording
    assert "ended_clean" not in health  # nothing has ended on a new device
    assert len(health["boot_id"]) == 36
    assert health["clock"] in ("synchronised", "rtc", "holdover", "untrusted")
