"""What systemd hears: a real datagram socket in its place."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.hw.watchdog import Systemd


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.setblocking(False)
        yield sock


def heard(sock: socket.socket) -> list[str]:
    lines = []
    while True:
        try:
            lines.append(sock.recv(4096).decode())
        except BlockingIOError:
            return lines


def test_ready_progress_and_stopping_reach_systemd(systemd: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "120000000"}
    watchdog = Systemd(environment, clock=lambda: 50.0)
    watchdog.ready("home-17")
    watchdog.progress()
    watchdog.stopping()
    assert heard(systemd) == ["READY=1\nSTATUS=home-17", "WATCHDOG=1", "STOPPING=1"]


def test_a_burst_of_steps_feeds_once_and_a_long_step_is_not_made_up_for(systemd: socket.socket) -> None:
    now = [0.0]
    environment = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "120000000"}
    watchdog = Systemd(environment, clock=lambda: now[0])
    for now[0] in (0.0, 1.0, 29.0, 30.0, 31.0, 200.0):
        watchdog.progress()
    assert heard(systemd) == ["WATCHDOG=1"] * 3


def test_a_watchdog_meant_for_another_process_is_not_fed(systemd: socket.socket) -> None:
    environment = {
        "NOTIFY_SOCKET": systemd.getsockname(),
        "WATCHDOG_USEC": "120000000",
        "WATCHDOG_PID": str(os.getpid() + 1),
    }
    Systemd(environment).progress()
    assert heard(systemd) == []


def test_without_systemd_nothing_is_said_and_nothing_fails(tmp_path: Path) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "1000000"}):
        watchdog = Systemd(environment)
        watchdog.ready("home-17")
        watchdog.progress()
        watchdog.stopping()
