"""The camera port: one vision worker per look, started for it and gone after it, whatever it does.

Each look has a thread that owns its worker: it listens, guards against silence, floods and nonsense, ends the
worker when it is told to or when the deadline comes (ask, 0.3 s, SIGKILL), and posts LookClosed only when the
worker is gone for certain. The agent itself never opens the camera and never sees a frame.
"""

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from agent.core.actions import ExtendLook, StartLook
from agent.core.events import LookClosed, LookFailed, LookOpened, LookReport, LookReported, LookStuck
from agent.hw.camera_talk import Conversation, Failed
from agent.hw.camera_trace import LockTrace, SocketTrace, Trace
from agent.hw.camera_worker import OWN_WORKER, ChildWorker, UnitWorker, Worker
from agent.ports import Clock, Post
from vision.protocol import Bed, Doubt, Extend, Look, ProtocolBreach, Stakes, ToWorker, pack

log = logging.getLogger(__name__)

GRACE = 0.3  # seconds between asking a worker to end and killing it
STUCK_AFTER = 3.0  # seconds after SIGKILL at which the driver must be holding it
READ_SIZE = 16 * 1024


class CameraSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at, and with what.

    source: `device:` and a camera's name, or `recording:/path/film.avi`; bed: corners in pixels, head-left,
    head-right, foot-right, foot-left; reference: folder of the installation's reference of the empty bed;
    paced: recordings play in real time; unit_socket: where systemd's worker listens, None to start `command` as a
    child; controls: the camera's settings by name; stakes: what mistakes cost here;
    trace: what workers leave while they live.
    """

    source: str
    bed: Bed
    reference: Path | None = None
    paced: bool = True
    start_at: float = 0.0
    command: Sequence[str] = OWN_WORKER
    unit_socket: Path | None = None
    controls: Mapping[str, int] = {}
    stakes: Stakes = Stakes()
    trace: Path | None = None

    def workers(self) -> Trace | None:
        """What tells of living workers, also of those of an agent before; None if nothing does."""
        if self.unit_socket is not None:
            return SocketTrace(self.unit_socket)
        return LockTrace(self.trace) if self.trace else None


class WorkerCamera:
    """Looks through vision workers. Implements agent.ports.Camera; one look at a time."""

    def __init__(self, settings: CameraSettings, post: Post, clock: Clock) -> None:
        self.settings = settings
        self._post = post
        self._clock = clock
        self._session: _Session | None = None
        self._locked = threading.Event()

    def may_be_open(self) -> bool:
        """Whether a worker may hold the camera, of this agent or of one before it."""
        if self._session is not None and self._session.open:
            return True
        workers = self.settings.workers()
        return workers is not None and workers.alive()

    def lock(self, *, locked: bool) -> None:
        """The privacy switch: close the camera at once and keep it closed. From any thread, before the core."""
        if not locked:
            self._locked.clear()
            return
        self._locked.set()
        session = self._session
        if session is not None:
            session.stop()

    def start(self, look: StartLook) -> None:
        """Start a worker for this look. A second look while one is open is refused: the camera has one owner."""
        if self._locked.is_set():
            self._post(LookFailed(look.look, "refused", "the privacy switch is locked"))
            self._post(LookClosed(look.look))
            return
        if self._session is not None and self._session.open:
            self._post(LookFailed(look.look, "busy", f"{self._session.look} still holds the camera"))
            self._post(LookClosed(look.look))
            return
        boot_deadline = _boot_seconds() + look.deadline - self._clock.now().boot
        self._session = session = _Session(self.settings, look, boot_deadline, self._post)
        session.begin()
        if (
            self._locked.is_set()
        ):  # turned while the session was made: whichever thread is second sees the other
            session.stop()

    def extend(self, more: ExtendLook) -> None:
        """Have the worker go on with the same evidence. Nothing happens if that look is over."""
        if self._session is not None and self._session.look == more.look:
            self._session.extend(more.seconds)

    def stop(self, look: str) -> None:
        """Close the camera now. Nothing happens if that look is over."""
        if self._session is not None and self._session.look == look:
            self._session.stop()

    def close(self) -> None:
        """End whatever looks, and wait for it as long as a worker may take to be killed."""
        if self._session is not None:
            self._session.stop()
            self._session.join(GRACE + STUCK_AFTER + 1)


class _Session:
    """One look and its worker, in a thread of their own."""

    def __init__(self, settings: CameraSettings, look: StartLook, deadline: float, post: Post) -> None:
        self.look = look.look
        self.open = True
        self._settings = settings
        self._wish = look
        self._deadline = deadline
        self._post = post
        self._orders: list[float | None] = []  # seconds of extensions asked for; None: stop
        self._ordered = threading.Lock()
        self._bell_out, self._bell_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name=f"look {look.look}", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def extend(self, seconds: float) -> None:
        self._order(seconds)

    def stop(self) -> None:
        self._order(None)

    def _order(self, seconds: float | None) -> None:
        with self._ordered:
            self._orders.append(seconds)
            if self._bell_in >= 0:
                os.write(self._bell_in, b"!")

    def _run(self) -> None:
        try:
            self._look()
        finally:
            with self._ordered:
                os.close(self._bell_out)
                os.close(self._bell_in)
                self._bell_in = -1

    def _look(self) -> None:
        try:
            worker = self._worker = self._start_worker()
        except OSError as error:
            self._post(LookFailed(self.look, "crashed", f"the vision worker cannot be started: {error}"))
            self._say_closed()
            return
        try:
            self._converse(worker)
        except Failed as failure:
            self._post(LookFailed(self.look, failure.why, failure.detail))
        self._end(worker)

    def _start_worker(self) -> Worker:
        if self._settings.unit_socket is not None:
            return UnitWorker(self._settings.unit_socket)
        if self._settings.trace is None:
            return ChildWorker(self._settings.command)
        with LockTrace(self._settings.trace).left_by_a_child() as descriptor:
            return ChildWorker(self._settings.command, inherits=[descriptor])

    def _converse(self, worker: Worker) -> None:
        """Until the worker hangs up after its verdict, we are told to stop, or the deadline. Raises Failed."""
        conversation = Conversation(self.look, _boot_seconds())
        worker.socket.setblocking(False)
        self._tell(worker, self._request())
        while True:
            readable = self._wait(worker, conversation)
            if _boot_seconds() >= self._deadline:
                return
            if self._bell_out in readable and not self._obey(worker, conversation):
                return
            if worker.socket in readable and not self._listen(worker, conversation):
                return
            patience = conversation.patience(_boot_seconds())
            if patience is not None and patience <= 0:
                raise Failed("hung", "the vision worker fell silent")

    def _wait(self, worker: Worker, conversation: Conversation) -> list[socket.socket | int]:
        now = _boot_seconds()
        limits = [self._deadline - now, conversation.patience(now)]
        timeout = max(0.0, min(limit for limit in limits if limit is not None))
        watched: list[socket.socket | int] = [worker.socket, self._bell_out]
        return select.select(watched, [], [], min(timeout, 60.0))[0]

    def _obey(self, worker: Worker, conversation: Conversation) -> bool:
        """Carry out what was ordered meanwhile; False if that is to stop."""
        with self._ordered:
            orders, self._orders = self._orders, []
            os.read(self._bell_out, 1024)
        for seconds in orders:
            if seconds is None:
                return False
            conversation.extended(_boot_seconds())
            self._tell(worker, Extend(self.look, seconds))
        return True

    def _listen(self, worker: Worker, conversation: Conversation) -> bool:
        """Take in what the worker says; False if it hung up after its verdict. Raises Failed."""
        try:
            data = worker.socket.recv(READ_SIZE)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            if conversation.over:
                return False
            worker.gone(within=GRACE)
            raise Failed("crashed", f"the vision worker ended in mid-look: {worker.last_words()}")
        for heard in conversation.hear(data, _boot_seconds()):
            if isinstance(heard, LookReport):
                self._post(LookReported(self.look, heard))
            else:
                for note in heard.notes:
                    log.warning("camera: %r", note)
                self._post(LookOpened(self.look))
        return True

    def _tell(self, worker: Worker, message: ToWorker) -> None:
        try:
            worker.socket.sendall(pack(message))
        except BlockingIOError as error:
            raise Failed("hung", "the vision worker does not listen") from error
        except ProtocolBreach as breach:
            raise Failed("refused", str(breach)) from breach
        except OSError:
            pass  # it is gone; reading will tell how

    def _request(self) -> Look:
        settings, wish = self._settings, self._wish
        return Look(
            look=self.look,
            source=settings.source,
            bed=settings.bed,
            seconds=wish.seconds,
            deadline=self._deadline,
            reference=str(settings.reference) if settings.reference else None,
            paced=settings.paced,
            start_at=settings.start_at,
            integrity_only=wish.integrity_only,
            controls=dict(settings.controls),
            doubt=Doubt(wish.doubt_in_bed, wish.doubt_not_in_bed),
            stakes=settings.stakes,
        )

    def _end(self, worker: Worker) -> None:
        """Ask, kill, and tell the core when the worker is gone; LookStuck in between if it will not go."""
        worker.ask_to_end()
        if not worker.gone(within=GRACE):
            worker.kill()
            if not worker.gone(within=STUCK_AFTER):
                self._post(LookStuck(self.look))
                while not worker.gone(within=60.0):
                    worker.kill()
        worker.socket.close()
        self._say_closed()

    def _say_closed(self) -> None:
        self.open = False  # before the core hears of it, for it may begin the next look at once
        self._post(LookClosed(self.look))


def _boot_seconds() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
