"""The vision worker as a real process over a real socket, with the tests' own net and films."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.vision.bedroom import BED
from vision.protocol import Extend, Judged, Look, Opened, Progress, ToAgent, Trouble, Unpacker, pack

AS_SYSTEMD_DOES = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "vision", "--socket-activation"])
"""
MEMORY_GOAL = 120 * 1024 * 1024


def boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Worker:
    """The process and our end of its socket."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(30)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vision", "--fd", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            cwd=folder,
        )
        theirs.close()
        self._unpacker = Unpacker(ToAgent)
        self._heard: list[object] = []

    def say(self, message: Look | Extend) -> None:
        self.ours.sendall(pack(message))

    def hear(self) -> object:
        """The next message; None when the worker has hung up."""
        while not self._heard:
            data = self.ours.recv(65536)
            if not data:
                return None
            self._heard += self._unpacker.feed(data)
        return self._heard.pop(0)

    def hear_until(self, kind: type) -> object:
        while not isinstance(message := self.hear(), kind):
            assert message is not None, "the worker hung up"
        return message

    def status(self, name: str) -> str:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(name + ":"))

    def close(self) -> int:
        self.ours.close()
        return self.process.wait(timeout=20)


Started = Callable[[], Worker]


@pytest.fixture
def start(worker_environment: dict[str, str], tmp_path: Path) -> Iterator[Started]:
    workers: list[Worker] = []

    def start_one() -> Worker:
        workers.append(Worker(worker_environment, tmp_path))
        return workers[-1]

    yield start_one
    for worker in workers:
        worker.ours.close()
        worker.process.kill()
        worker.process.wait()


def wish(film: Path, **more: object) -> Look:
    fields = {"look": "look-1", "source": f"recording:{film}", "bed": BED, "seconds": 10.0, "paced": False}
    return Look(**{**fields, "deadline": boot() + 60, **more})  # type: ignore[arg-type]


def test_a_look_brings_opened_and_one_verdict_with_numbers_and_no_pixels(start: Started, films: Path) -> None:
    worker = start()
    worker.say(wish(films / "sleeper.avi"))
    opened = worker.hear_until(Opened)
    assert opened == Opened("look-1", 640, 480, "bright-beds-1")
    judged = worker.hear_until(Judged)
    assert isinstance(judged, Judged)
    assert judged.verdict == "in_bed"
    assert judged.p_occupied is not None
    assert judged.p_occupied > 0.95
    assert len(msgspec.json.encode(judged)) < 1500
    assert worker.close() == 0


def test_an_empty_bed_takes_the_whole_look_and_an_extension_adds_to_the_evidence(
    start: Started, films: Path
) -> None:
    worker = start()
    worker.say(wish(films / "empty.avi", seconds=10.0))
    first = worker.hear_until(Judged)
    assert isinstance(first, Judged)
    assert first.verdict == "not_in_bed"
    assert first.seconds == pytest.approx(10.0, abs=0.2)
    worker.say(Extend("look-1", 5.0))
    second = worker.hear_until(Judged)
    assert isinstance(second, Judged)
    assert second.seconds == pytest.approx(15.0, abs=0.2)
    assert second.frames > first.frames


@pytest.mark.parametrize(("film", "reason"), [("covered.avi", "covered"), ("frozen.avi", "frozen")])
def test_a_camera_that_cannot_see_is_a_fault(start: Started, films: Path, film: str, reason: str) -> None:
    worker = start()
    worker.say(wish(films / film))
    judged = worker.hear_until(Judged)
    assert isinstance(judged, Judged)
    assert (judged.verdict, judged.p_occupied, judged.reasons[0]) == ("camera_fault", None, reason)


def test_a_blind_test_judges_the_camera_and_not_the_bed(start: Started, films: Path) -> None:
    worker = start()
    worker.say(wish(films / "sleeper.avi", seconds=1.0, integrity_only=True))
    opened = worker.hear_until(Opened)
    assert isinstance(opened, Opened)
    assert opened.model == "none"
    judged = worker.hear_until(Judged)
    assert isinstance(judged, Judged)
    assert (judged.verdict, judged.p_occupied, judged.reasons) == ("uncertain", None, ("bed_not_judged",))
    assert "appearance" not in judged.cues


def test_a_paced_film_tells_of_its_progress_about_once_a_second(start: Started, films: Path) -> None:
    worker = start()
    worker.say(wish(films / "empty.avi", seconds=4.0, paced=True))
    worker.hear_until(Opened)
    told = []
    while isinstance(message := worker.hear(), Progress):
        told.append(message)
    assert isinstance(message, Judged)
    assert 2 <= len(told) <= 6


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"source": "recording:/nowhere/film.avi"}, "gone", "no recording"),
        ({"source": "device:/dev/video-of-nobody"}, "gone", "no camera"),
        ({"source": "telepathy:"}, "refused", "no source"),
        ({"bed": ((0, 0), (9000, 0), (9000, 9), (0, 9))}, "refused", "corner"),
        ({"reference": "/nowhere"}, "refused", "lacks"),
    ],
)
def test_what_cannot_be_looked_at_is_told_and_the_worker_ends(
    start: Started, films: Path, change: dict[str, object], kind: str, words: str
) -> None:
    worker = start()
    worker.say(wish(films / "sleeper.avi", **change))
    trouble = worker.hear_until(Trouble)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == kind
    assert words in trouble.detail
    assert worker.process.wait(timeout=10) == 3


def test_a_film_too_short_to_judge_is_stalled(start: Started, films: Path) -> None:
    worker = start()
    worker.say(wish(films / "short.avi"))
    trouble = worker.hear_until(Trouble)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == "stalled"


def test_the_deadline_ends_a_worker_whose_driver_hangs(start: Started, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hangs.avi")
    worker = start()
    deadline = boot() + 3.0
    worker.say(wish(tmp_path / "hangs.avi", deadline=deadline))
    assert worker.hear() is None
    assert boot() >= deadline


def test_a_closed_socket_ends_a_worker_whose_driver_hangs(start: Started, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hangs.avi")
    worker = start()
    worker.say(wish(tmp_path / "hangs.avi"))
    assert worker.close() == 0


def test_garbage_from_the_agent_ends_the_worker(start: Started) -> None:
    worker = start()
    worker.ours.sendall(b"\x00\x00\x00\x05hello")
    assert worker.process.wait(timeout=20) == 2


def test_the_worker_has_given_up_what_it_does_not_need(start: Started, films: Path) -> None:
    worker = start()
    worker.say(wish(films / "empty.avi", seconds=5.0))
    worker.hear_until(Judged)
    process = Path(f"/proc/{worker.process.pid}")
    limits = {
        line[:26].strip(): line[26:].split()[0] for line in (process / "limits").read_text().splitlines()[1:]
    }
    assert worker.status("NoNewPrivs") == "1"
    assert limits["Max core file size"] == "0"
    assert limits["Max file size"] == "0"
    assert limits["Max open files"] == "64"
    if (process / "ns/net").readlink() == Path("/proc/self/ns/net").readlink():
        print("this machine lets a process without privileges make no network namespace: not tested here")
    else:
        interfaces = (process / "net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]


def test_the_worker_stays_small_and_writes_no_file(start: Started, films: Path, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    worker = start()
    worker.say(wish(films / "sleeper.avi", seconds=15.0))
    worker.hear_until(Judged)
    peak = int(worker.status("VmHWM").split()[0]) * 1024
    print(f"peak memory of the worker: {peak / 2**20:.0f} MB")
    assert peak <= MEMORY_GOAL
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("accept", [True, False])
def test_systemd_can_pass_the_socket(
    worker_environment: dict[str, str], films: Path, tmp_path: Path, accept: bool
) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "vision.sock"))
    listening.listen()
    ours = socket.socket(socket.AF_UNIX)
    ours.connect(str(tmp_path / "vision.sock"))
    passed = listening.accept()[0] if accept else listening
    process = subprocess.Popen(
        [sys.executable, "-c", AS_SYSTEMD_DOES, str(passed.fileno())],
        pass_fds=[passed.fileno()],
        env=worker_environment,
        cwd=tmp_path,
    )
    passed.close()
    ours.sendall(pack(wish(films / "covered.avi")))
    ours.settimeout(30)
    unpacker = Unpacker(ToAgent)
    heard: list[object] = []
    while not any(isinstance(message, Judged) for message in heard):
        heard += unpacker.feed(ours.recv(65536))
    ours.close()
    listening.close()
    assert process.wait(timeout=20) == 0


def test_without_a_socket_the_worker_says_so(worker_environment: dict[str, str], tmp_path: Path) -> None:
    for arguments in (["--fd", "77"], ["--socket-activation"]):
        done = subprocess.run(
            [sys.executable, "-m", "vision", *arguments],
            env=worker_environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "no usable socket" in done.stderr
