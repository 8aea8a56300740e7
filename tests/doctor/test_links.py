"""Single links: clock changes, the net's file, the disk."""

import errno
import json
import os
import shutil
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.doctor import disk, model
from agent.doctor.schedule import clock_change
from tests.doctor.home import Home, by_name, troubles

STOCKHOLM = "Europe/Stockholm"


@pytest.mark.parametrize(
    ("today", "change"),
    [
        ("2027-03-22 09:00", "2027-03-28"),
        ("2027-03-20 09:00", None),
        ("2027-03-27 23:59", "2027-03-28"),
        ("2027-03-28 01:59", "2027-03-28"),
        ("2027-03-28 03:01", None),
        ("2026-10-25 00:30", "2026-10-25"),
        ("2026-10-25 14:00", None),
    ],
)
def test_a_change_of_clocks_is_told_a_week_ahead(today: str, change: str | None) -> None:
    utc = datetime.fromisoformat(today).replace(tzinfo=ZoneInfo(STOCKHOLM)).timestamp()
    assert clock_change(utc, STOCKHOLM) == change


def test_a_zone_without_summer_time_has_no_change() -> None:
    assert clock_change(1_800_000_000.0, "Africa/Nairobi") is None


@pytest.fixture
def net(tmp_path: Path) -> Path:
    shutil.copytree(
        model.installed(), tmp_path / "net", ignore=shutil.ignore_patterns("training", "__pycache__")
    )
    return tmp_path / "net"


def test_the_shipped_net_is_intact(net: Path) -> None:
    assert model.compare(net).state == "ok"


def test_one_flipped_bit_of_the_net_is_seen(net: Path) -> None:
    file = net / json.loads((net / "manifest.json").read_text())["file"]
    graph = bytearray(file.read_bytes())
    graph[len(graph) // 2] ^= 1
    file.write_bytes(graph)
    assert (model.compare(net).state, model.compare(net).code) == ("fault", "damaged")


@pytest.mark.parametrize("lost", ["manifest.json", "bed_occupancy.onnx"])
def test_a_net_that_lacks_a_file_is_unreadable(net: Path, lost: str) -> None:
    (net / lost).unlink()
    assert model.compare(net).code == "unreadable"


def test_a_damaged_net_is_a_fault_of_its_link(home: Home, net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (net / "bed_occupancy.onnx").write_bytes(b"")
    monkeypatch.setattr(model, "installed", lambda: net)
    assert troubles(home.examined()) == {"model.hash": "damaged"}


@pytest.mark.parametrize(("margin", "code"), [("NEARLY_FULL", "nearly_full"), ("ALL_BUT_FULL", "full")])
def test_a_disk_that_fills_up_is_told_before_it_is_full(
    home: Home, monkeypatch: pytest.MonkeyPatch, margin: str, code: str
) -> None:
    monkeypatch.setattr(disk, margin, shutil.disk_usage(home.device.state).free * 2)
    assert troubles(home.examined()) == {"disk.space": code}


@pytest.mark.parametrize("error", [errno.EROFS, errno.ENOSPC, errno.EIO])
def test_a_disk_that_takes_nothing_is_a_fault(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(error, os.strerror(error))
        return opened(path, flags, mode)

    monkeypatch.setattr("agent.doctor.disk.os.open", refuse)
    assert by_name(home.examined())["disk.writable"].code == "refuses"


def test_trying_to_write_leaves_nothing_behind(home: Home) -> None:
    before = sorted(home.device.state.iterdir())
    assert by_name(home.examined())["disk.writable"].state == "ok"
    assert sorted(home.device.state.iterdir()) == before


@pytest.fixture
def mute_worker(tmp_path: Path) -> Iterator[Path]:
    """A worker's socket on which nobody ever answers."""
    path = tmp_path / "vision.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield path


def test_a_worker_that_says_nothing_is_told(
    home: Home, mute_worker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.doctor.worker.PATIENCE", 0.1)
    home.device.change('# worker = "child"  ', f'worker = "socket:{mute_worker}"  ')
    assert troubles(home.examined()) == {"worker.answers": "silent"}


def test_a_socket_unit_that_is_not_started_is_told(home: Home, tmp_path: Path) -> None:
    home.device.change('# worker = "child"  ', f'worker = "socket:{tmp_path}/nobody.sock"  ')
    assert troubles(home.examined()) == {"worker.answers": "not_started"}


def test_a_reference_that_cannot_be_read_is_told_by_the_worker_itself(home: Home) -> None:
    home.device.change('reference = "reference"', f'reference = "{home.device.folder}/lost"')
    report = home.examined()
    assert troubles(report) == {"camera.commissioned": "unreadable", "worker.answers": "refuses"}
    assert "reference" in by_name(report)["worker.answers"].means.en


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_store_that_is_not_the_agents_is_told(home: Home) -> None:
    os.chown(home.device.state / "nattro.db", 65534, 65534)
    assert troubles(home.examined()) == {"disk.access": "not_the_agents"}
