"""The vision worker: started as for a look, but given a film that does not exist. The camera stays closed."""

import secrets
import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from agent.hw.camera_talk import UNTIL_OPENED
from agent.hw.camera_worker import ChildWorker, UnitWorker, Worker
from agent.hw.clock import boot_time
from vision.protocol import Look, ProtocolBreach, ToAgent, Trouble, Unpacker, pack

NO_FILM = "recording:/nonexistent/nattro-doctor"
PATIENCE = UNTIL_OPENED
"""Seconds: what the agent waits for is no fault to the doctor. (A small computer that is idle needs some five.)"""
CONFINED_WITHIN = 3.0
"""Seconds until the worker has given up what it can, and locked its memory."""


def answers(visit: Visit) -> Outcome:
    """A worker that says "there is no such film" has started, loaded net and reference, and talks."""
    if visit.check_under_way:
        return not_checked("check_under_way")
    begun = time.monotonic()
    try:
        worker = _started(visit)
    except OSError as error:
        return fault("not_started", where=visit.config.camera.worker, detail=str(error.strerror or error))
    try:
        visit.worker_locks = _locked_kilobytes(visit)
        said = _ask(worker.socket, visit)
    except (OSError, ProtocolBreach) as error:
        return fault("silent", detail=str(error))
    finally:
        worker.ask_to_end()
        if not worker.gone(2.0):
            worker.kill()
        worker.socket.close()
    if said is None:
        return fault("silent", detail=worker.last_words())
    if said.kind != "gone":
        return fault("refuses", detail=said.detail)
    return ok(seconds=round(time.monotonic() - begun, 1))


def locked(visit: Visit) -> Outcome:
    """Whether the worker that was just started has locked its memory, as the kernel tells."""
    if visit.worker_locks is None:
        return not_checked("unseen")
    if visit.worker_locks == 0:
        return warning("not_locked")
    return ok(megabytes=visit.worker_locks // 1024)


def _locked_kilobytes(visit: Visit) -> int | None:
    """Of the worker that waits for its look: it has confined itself by then. None if no worker is seen."""
    until = time.monotonic() + CONFINED_WITHIN
    found: int | None = None
    while not found and time.monotonic() < until:
        time.sleep(0.05)
        found = max((_locked(process) for process in _workers(visit)), default=None)
    return found


def _workers(visit: Visit) -> Iterator[Path]:
    for process in (visit.root / "proc").glob("[0-9]*"):
        words = (visit.text(process / "cmdline") or "").split("\0")
        if ("-m", "vision") in pairwise(words):
            yield process


def _locked(process: Path) -> int:
    """Kilobytes; 0 if it is gone."""
    try:
        lines = (process / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmLck:")), 0)


def _started(visit: Visit) -> Worker:
    path = visit.config.camera.worker_socket
    return UnitWorker(path) if path else ChildWorker()


def _ask(connection: socket.socket, visit: Visit) -> Trouble | None:
    camera = visit.config.camera
    look = Look(
        look=f"doctor-{secrets.token_hex(4)}",
        source=NO_FILM,
        bed=camera.bed,
        reference=str(camera.reference) if camera.reference else None,
        seconds=1.0,
        deadline=boot_time() + PATIENCE,
    )
    connection.settimeout(PATIENCE)
    connection.sendall(pack(look))
    unpacker = Unpacker(ToAgent)
    while data := connection.recv(4096):
        for message in unpacker.feed(data):
            if isinstance(message, Trouble):
                return message
            raise ProtocolBreach(f"{msgspec.json.encode(message).decode()} about a film that does not exist")
    return None
