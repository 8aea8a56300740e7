"""The control socket: only what may be done at the device, only by its owner."""

import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, CommandReceived, ConsentGranted, ConsentWithdrawn
from agent.core.orders import Command, RestartCamera, SetSchedule
from agent.hw.control import FILE, LONGEST, ControlSocket, NobodyListens, Refused, deliver

Inbox = SimpleQueue[AnyEvent]
PATIENCE = 30.0


@pytest.fixture
def inbox() -> Inbox:
    return SimpleQueue()


@pytest.fixture
def directory(tmp_path: Path, inbox: Inbox) -> Iterator[Path]:
    deep = tmp_path / ("a-folder-with-a-long-name-" * 4) / "state"  # beyond what a Unix address holds
    deep.mkdir(parents=True)
    control = ControlSocket(deep, inbox.put)
    control.start()
    yield deep
    control.stop()


def say(directory: Path, line: bytes) -> bytes:
    descriptor = directory / FILE
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(PATIENCE)
        short = directory.parent.parent / "s"
        short.symlink_to(directory)
        sock.connect(str(short / descriptor.name))
        sock.sendall(line)
        sock.shutdown(socket.SHUT_WR)
        return sock.recv(LONGEST)


def test_consent_given_at_the_device_reaches_the_agent(directory: Path, inbox: Inbox) -> None:
    granted = ConsentGranted(reference="form-1", date="2026-11-02", person=True)
    deliver(directory, granted)
    deliver(directory, ConsentWithdrawn(by="person"))
    assert inbox.get(timeout=PATIENCE) == granted
    assert inbox.get(timeout=PATIENCE) == ConsentWithdrawn(by="person")


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b'{"type":"LookReported","look":"l","report":{"verdict":"in_bed"}}\n',  # nobody may make up a verdict
        b'{"type":"ConsentGranted","person":"yes"}\n',
        b"\xff\xfe\n",
        b"x" * (LONGEST - 1) + b"\n",
    ],
)
def test_anything_else_is_refused_and_changes_nothing(directory: Path, inbox: Inbox, line: bytes) -> None:
    assert b'"delivered":false' in say(directory, line)
    assert inbox.empty()


def test_the_socket_is_its_owners_alone(directory: Path) -> None:
    assert stat.S_IMODE((directory / FILE).stat().st_mode) == 0o600


def test_a_socket_left_by_a_killed_agent_is_replaced(tmp_path: Path, inbox: Inbox) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / FILE))
    with pytest.raises(NobodyListens):
        deliver(tmp_path, ConsentWithdrawn(by="person"))
    control = ControlSocket(tmp_path, inbox.put)
    control.start()
    deliver(tmp_path, ConsentWithdrawn(by="person"))
    control.stop()
    assert not (tmp_path / FILE).exists()


def test_without_an_agent_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(NobodyListens):
        deliver(tmp_path, ConsentWithdrawn(by="person"))


def test_of_all_commands_only_the_cameras_restart_is_taken_at_the_device(
    directory: Path, inbox: Inbox
) -> None:
    until = datetime(2026, 11, 21, 12, tzinfo=UTC)
    restart = CommandReceived(Command("c-1", until, "doctor", RestartCamera()))
    deliver(directory, restart)
    assert inbox.get(timeout=PATIENCE) == restart
    with pytest.raises(Refused, match="only restart-camera"):
        deliver(directory, CommandReceived(Command("c-2", until, "doctor", SetSchedule(("23:30",)))))
    assert inbox.empty()
