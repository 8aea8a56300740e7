"""The vision worker: started as for a look, but given a film that does not exist. The camera stays closed."""

import secrets
import socket
import time

import msgspec

from agent.doctor.findings import Outcome, fault, not_checked, ok
from agent.doctor.visit import Visit
from agent.hw.camera_worker import ChildWorker, UnitWorker, Worker
from agent.hw.clock import boot_time
from vision.protocol import Look, ProtocolBreach, ToAgent, Trouble, Unpacker, pack

NO_FILM = "recording:/nonexistent/nattro-doctor"
PATIENCE = 12.0
"""Seconds: a small computer loads OpenCV and ONNX Runtime in some five."""


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
    return ok(seconds=f"{time.monotonic() - begun:.1f}")


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
