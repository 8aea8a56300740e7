"""The agent's camera with real workers that behave, crash, hang, flood and lie. None of them hangs the agent."""

import queue
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core.actions import ExtendLook, StartLook
from agent.core.events import AnyEvent, LookClosed, LookFailed, LookOpened, LookReported, LookStuck
from agent.core.moment import Now
from agent.hw import camera as camera_module
from agent.hw import camera_talk
from agent.hw.camera import CameraSettings, WorkerCamera
from agent.hw.camera_worker import ChildWorker
from tests.vision.bedroom import BED

REPOSITORY = Path(__file__).parents[2]
EARLIER_THAN_BOOT = 1000.0


class Clock:
    """A clock that is not the kernel's: deadlines are meant on it all the same."""

    def now(self) -> Now:
        return Now(boot=time.clock_gettime(time.CLOCK_BOOTTIME) - EARLIER_THAN_BOOT, utc=0.0)


class Agent:
    """A camera and the inbox that it posts into."""

    def __init__(self, **settings: object) -> None:
        self.inbox: queue.SimpleQueue[AnyEvent] = queue.SimpleQueue()
        known = {"source": "recording:film.avi", "bed": BED, **settings}
        self.camera = WorkerCamera(CameraSettings(**known), self.inbox.put, Clock())  # type: ignore[arg-type]

    def look(self, look: str = "look-1", seconds: float = 20.0, until: float = 60.0) -> None:
        self.camera.start(StartLook(look, seconds, deadline=Clock().now().boot + until))

    def next(self) -> AnyEvent:
        return self.inbox.get(timeout=20)

    def until_closed(self) -> list[AnyEvent]:
        events = [self.next()]
        while not isinstance(events[-1], LookClosed):
            events.append(self.next())
        return events


def with_worker(name: str) -> Agent:
    return Agent(command=(sys.executable, "-m", f"tests.vision.workers.{name}"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)  # where `python -m tests.vision.workers…` is found
    monkeypatch.setattr(camera_talk, "SILENCE", 0.5)
    monkeypatch.setattr(camera_talk, "UNTIL_OPENED", 3.0)


@pytest.fixture
def agent() -> Iterator[Agent]:
    good = with_worker("good")
    yield good
    good.camera.close()


def test_a_look_is_opened_reported_extended_reported_again_and_closed(agent: Agent) -> None:
    agent.look()
    assert agent.next() == LookOpened("look-1")
    first = agent.next()
    assert isinstance(first, LookReported)
    assert (first.report.verdict, first.report.p_occupied) == ("uncertain", 0.6)
    agent.camera.extend(ExtendLook("look-1", 30.0))
    second = agent.next()
    assert isinstance(second, LookReported)
    assert second.report.verdict == "in_bed"
    agent.camera.stop("look-1")
    assert agent.next() == LookClosed("look-1")


def test_a_camera_serves_one_look_after_the_other(agent: Agent) -> None:
    for look in ("first", "second"):
        agent.look(look)
        assert isinstance(agent.next(), LookOpened)
        agent.camera.stop(look)
        assert agent.until_closed()[-1] == LookClosed(look)


def test_a_second_look_while_one_is_open_is_refused(agent: Agent) -> None:
    agent.look("first")
    assert isinstance(agent.next(), LookOpened)
    assert isinstance(agent.next(), LookReported)
    agent.look("second")
    refused = agent.next()
    assert isinstance(refused, LookFailed)
    assert (refused.look, refused.why) == ("second", "busy")
    assert agent.next() == LookClosed("second")


def test_the_deadline_closes_the_camera_whatever_the_worker_does() -> None:
    agent = with_worker("good")
    agent.look(until=1.5)
    kinds = [type(event) for event in agent.until_closed()]
    assert kinds == [LookOpened, LookReported, LookClosed]


def test_a_worker_that_ignores_everything_is_killed_at_the_stop() -> None:
    agent = with_worker("hangs")
    agent.look()
    assert agent.next() == LookOpened("look-1")
    agent.camera.stop("look-1")
    assert agent.next() == LookClosed("look-1")


@pytest.mark.parametrize(
    ("worker", "why", "words"),
    [
        ("crashes", "crashed", "SIGSEGV"),
        ("exits_early", "crashed", "exit status 7"),
        ("hangs", "hung", "silent"),
        ("hangs_at_once", "hung", "silent"),
        ("floods", "flooded", "messages"),
        ("babbles", "nonsense", "no"),
        ("announces_a_giant", "nonsense", "4294967295"),
        ("judges_twice", "nonsense", "out of turn"),
        ("judges_unasked", "nonsense", "out of turn"),
        ("judges_nothing", "nonsense", "without a single frame"),
        ("judges_another_look", "nonsense", "another look"),
        ("troubled", "busy", "another process"),
    ],
)
def test_a_worker_that_misbehaves_is_a_failed_look_and_gone(worker: str, why: str, words: str) -> None:
    agent = with_worker(worker)
    agent.look()
    events = agent.until_closed()
    failures = [event for event in events if isinstance(event, LookFailed)]
    assert [failure.why for failure in failures] == [why]
    assert words in failures[0].detail
    assert len(failures[0].detail) <= 300
    assert not any(isinstance(e, LookReported) and e.report.verdict == "in_bed" for e in events)
    assert agent.inbox.empty()


def test_a_worker_that_cannot_be_started_is_a_failed_look() -> None:
    agent = Agent(command=("/nowhere/python",))
    agent.look()
    failed = agent.next()
    assert isinstance(failed, LookFailed)
    assert failed.why == "crashed"
    assert agent.next() == LookClosed("look-1")


def test_a_worker_that_not_even_sigkill_ends_is_stuck_until_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_module, "STUCK_AFTER", 0.2)
    monkeypatch.setattr(ChildWorker, "kill", lambda _: None)  # as a driver in uninterruptible sleep makes it
    agent = with_worker("hangs")
    agent.look()
    assert agent.next() == LookOpened("look-1")
    agent.camera.stop("look-1")
    assert agent.next() == LookStuck("look-1")
    monkeypatch.undo()
    agent.camera._session._worker.kill()  # type: ignore[union-attr]  # the driver lets go
    assert agent.next() == LookClosed("look-1")


def test_the_privacy_switch_closes_the_camera_before_the_core_has_heard_of_it(agent: Agent) -> None:
    agent.look()
    assert agent.next() == LookOpened("look-1")
    agent.camera.lock(locked=True)
    assert agent.until_closed()[-1] == LookClosed("look-1")
    assert not agent.camera.may_be_open()


def test_no_look_begins_while_the_privacy_switch_is_locked(agent: Agent) -> None:
    agent.camera.lock(locked=True)
    agent.look("locked")
    refused = agent.next()
    assert isinstance(refused, LookFailed)
    assert (refused.why, refused.detail) == ("refused", "the privacy switch is locked")
    assert agent.next() == LookClosed("locked")
    agent.camera.lock(locked=False)
    agent.look("unlocked")
    assert agent.next() == LookOpened("unlocked")


def test_a_camera_may_be_open_for_as_long_as_a_worker_lives(tmp_path: Path) -> None:
    agent = Agent(command=(sys.executable, "-m", "tests.vision.workers.good"), trace=tmp_path / "worker.lock")
    another = Agent(trace=tmp_path / "worker.lock")  # the agent after this one
    assert not another.camera.may_be_open()
    agent.look()
    assert agent.next() == LookOpened("look-1")
    assert agent.camera.may_be_open()
    assert another.camera.may_be_open()
    agent.camera.stop("look-1")
    agent.until_closed()
    assert not another.camera.may_be_open()


def test_a_unit_on_a_socket_serves_as_a_child_does(tmp_path: Path) -> None:
    path = tmp_path / "vision.sock"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    agent = Agent(unit_socket=path)
    agent.look()
    connection, _ = listening.accept()
    unit = subprocess.Popen(
        [sys.executable, "-m", "tests.vision.workers.good", "--fd", str(connection.fileno())],
        cwd=REPOSITORY,
        pass_fds=[connection.fileno()],
    )
    connection.close()
    assert agent.next() == LookOpened("look-1")
    assert isinstance(agent.next(), LookReported)
    agent.camera.stop("look-1")
    assert agent.next() == LookClosed("look-1")
    assert unit.wait(timeout=20) == 0
    listening.close()


def test_a_unit_that_no_sigkill_of_ours_reaches_is_stuck_until_systemd_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "STUCK_AFTER", 0.2)
    path = tmp_path / "vision.sock"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    agent = Agent(unit_socket=path)
    agent.look()
    connection, _ = listening.accept()
    unit = subprocess.Popen(
        [sys.executable, "-m", "tests.vision.workers.hangs", "--fd", str(connection.fileno())],
        cwd=REPOSITORY,
        pass_fds=[connection.fileno()],
    )
    connection.close()
    assert agent.next() == LookOpened("look-1")
    agent.camera.stop("look-1")
    assert agent.next() == LookStuck("look-1")  # the core cuts the camera's power
    assert agent.camera.may_be_open()  # and the lamp stays lit
    unit.kill()  # RuntimeMaxSec=, or the driver lets go of a camera without power
    assert agent.next() == LookClosed("look-1")
    assert not agent.camera.may_be_open()
    unit.wait(timeout=20)
    listening.close()


def test_a_unit_that_nobody_listens_for_is_a_failed_look(tmp_path: Path) -> None:
    agent = Agent(unit_socket=tmp_path / "nobody.sock")
    agent.look()
    assert isinstance(agent.next(), LookFailed)
    assert agent.next() == LookClosed("look-1")


def test_the_real_worker_answers_the_agent(
    worker_environment: dict[str, str], films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_talk, "UNTIL_OPENED", 20.0)
    monkeypatch.setattr(camera_talk, "SILENCE", 5.0)
    monkeypatch.setenv("PYTHONPATH", worker_environment["PYTHONPATH"])
    monkeypatch.chdir(films)
    agent = Agent(source=f"recording:{films / 'empty.avi'}", paced=False)
    agent.look(seconds=10.0)
    assert agent.next() == LookOpened("look-1")
    reported = agent.next()
    assert isinstance(reported, LookReported)
    assert reported.report.verdict == "not_in_bed"
    agent.camera.stop("look-1")
    assert agent.next() == LookClosed("look-1")


def test_the_agent_imports_nothing_that_could_see() -> None:
    code = (
        "import sys, agent.hw.camera; print([m for m in ('cv2', 'numpy', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_camera_could_not_be_given_is_logged_within_bounds(caplog: pytest.LogCaptureFixture) -> None:
    agent = with_worker("notes")
    agent.look()
    assert agent.next() == LookOpened("look-1")
    assert "the camera has no control infrared" in caplog.text
    assert len(caplog.records) <= 16
    assert max(len(record.message) for record in caplog.records) < 400
    agent.camera.close()
