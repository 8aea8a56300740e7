"""The agent as a process of its own: started, spoken to, stopped and killed as on a device."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.config import example

PATIENCE = 60.0
GRANT = ["--reference", "form-2031", "--date", "2026-01-02", "--person", "--alone"]


class Device:
    """A folder with a configuration, and the agent that runs on it."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]  # nobody listens there: a night without broker
        text = example().replace("device:/dev/video0", "recording:film.avi")
        text = text.replace('"/var/lib/nattro"', '"state"').replace("broker.example.org", "127.0.0.1")
        text = text.replace("# plain = false", "plain = true").replace("# port = 8883", f"port = {port}")
        lines = [
            line for line in text.splitlines() if not line.startswith(("ca =", "certificate =", "key ="))
        ]
        self.file = folder / "nattro.toml"
        self.file.write_text("\n".join(lines))
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        self.notify.settimeout(PATIENCE)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "run", "--config", str(self.file)],
            stderr=subprocess.PIPE,
            text=True,
            env={"NOTIFY_SOCKET": self.notify.getsockname(), "WATCHDOG_USEC": "180000000"},
        )
        assert self.notify.recv(4096).startswith(b"READY=1")

    def nattro(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent.cli", *arguments, "--config", str(self.file)],
            capture_output=True,
            text=True,
            check=False,
        )

    def status(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.nattro("status", "--json").stdout)
        return told

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def journal(self) -> list[dict[str, object]]:
        with sqlite3.connect(self.file.parent / "state/nattro.db") as connection:
            rows = connection.execute(
                "SELECT first FROM journal WHERE kind = 'event' ORDER BY seq"
            ).fetchall()
        connection.close()
        return [json.loads(row[0]) for row in rows]


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(tmp_path)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.communicate()
    made.notify.close()


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
