"""What living workers leave, so that an agent after a crash knows whether the camera may be open."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.hw.camera_trace import LockTrace, SocketTrace

PATIENCE = 30.0
REPOSITORY = Path(__file__).parents[2]
AGENT = """
import sys, time
from pathlib import Path
from agent.hw.camera_trace import LockTrace
from agent.hw.camera_worker import ChildWorker
with LockTrace(Path(sys.argv[1])).left_by_a_child() as descriptor:
    worker = ChildWorker([sys.executable, "-c", "import time; time.sleep(600)"], inherits=[descriptor])
print(worker._process.pid, flush=True)
time.sleep(600)
"""
"""An agent whose worker ignores everything, as one that hangs in the driver does."""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", AGENT, str(tmp_path / "worker.lock")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    yield process
    process.kill()
    process.communicate()


def test_a_worker_that_outlives_its_killed_agent_is_known_until_it_is_gone(
    tmp_path: Path, agent: subprocess.Popen[str]
) -> None:
    trace = LockTrace(tmp_path / "worker.lock")
    assert agent.stdout
    worker = int(agent.stdout.readline())
    assert trace.alive()
    agent.kill()
    agent.wait()
    assert trace.alive()
    descriptor = os.pidfd_open(worker)
    os.kill(worker, signal.SIGKILL)
    assert select.select([descriptor], [], [], PATIENCE)[0]  # a pidfd is readable once its process has ended
    os.close(descriptor)
    assert not trace.alive()


def test_without_a_worker_nothing_is_alive(tmp_path: Path) -> None:
    trace = LockTrace(tmp_path / "worker.lock")
    assert not trace.alive()
    with trace.left_by_a_child():
        assert trace.alive()
    assert not trace.alive()


def test_what_cannot_be_told_counts_as_alive(tmp_path: Path) -> None:
    assert LockTrace(tmp_path / "no-folder" / "worker.lock").alive()
    assert SocketTrace(tmp_path / "vision.sock", root=tmp_path).alive()


def test_a_unit_is_alive_from_the_connection_until_it_closes_its_end(tmp_path: Path) -> None:
    path = tmp_path / "vision.sock"
    trace = SocketTrace(path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        assert not trace.alive()
        with socket.socket(socket.AF_UNIX) as agent:
            agent.connect(str(path))
            assert trace.alive()  # systemd has not even accepted it
            unit, _ = listening.accept()
        assert trace.alive()  # the agent is gone, the unit hangs in the driver
        unit.close()
        assert not trace.alive()
