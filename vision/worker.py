"""The vision worker: serves one look over a socket, then ends. See vision.protocol for the conversation.

Three threads: this one judges frames; the feed's reads the camera; and one listens to the agent, so that a closed
socket ends the process at once, whatever the other two are doing.
"""

import queue
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from vision.deadline import exit_at, leave
from vision.protocol import (
    Extend,
    Judged,
    Look,
    Opened,
    Progress,
    ProtocolBreach,
    ToAgent,
    ToWorker,
    Trouble,
    Unpacker,
    pack,
)

if TYPE_CHECKING:
    from vision.session import Session
    from vision.verdict import Judgement

# OpenCV, NumPy and ONNX Runtime take most of a second to import, on a small device several: the watch over the
# deadline must stand before that. Hence the imports inside `_look`.

READ_SIZE = 16 * 1024
EXIT_BREACH, EXIT_TROUBLE = 2, 3


def serve(agent: socket.socket) -> None:
    """Serve the one look that the agent asks for; does not return before the agent is gone."""
    agent.setblocking(True)
    asked: queue.SimpleQueue[Look | Extend] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(agent, asked), name="agent", daemon=True).start()
    look = asked.get()
    if not isinstance(look, Look):
        leave(EXIT_BREACH)
        return
    exit_at(look.deadline)
    try:
        _look(agent, look, asked)
    except OSError:
        leave()  # the agent is gone


def _listen(agent: socket.socket, asked: "queue.SimpleQueue[Look | Extend]") -> None:
    unpacker = Unpacker(ToWorker)
    try:
        while data := agent.recv(READ_SIZE):
            for message in unpacker.feed(data):
                if isinstance(message, Look | Extend):
                    asked.put(message)
    except (OSError, ProtocolBreach):
        leave(EXIT_BREACH)
    leave()


def _look(agent: socket.socket, look: Look, asked: "queue.SimpleQueue[Look | Extend]") -> None:
    from vision.capture import CaptureTrouble
    from vision.session import Refused, Session, source_named
    from vision.verdict import Demands

    def tell(message: ToAgent) -> None:
        agent.sendall(pack(message))

    def tell_progress(session: Session) -> None:
        tell(Progress(look.look, session.frames, session.seconds, session.p_occupied))

    try:
        source = source_named(look.source, paced=look.paced, start_at=look.start_at, controls=look.controls)
        reference = Path(look.reference) if look.reference else None
        with Session(
            source,
            look.bed,
            reference,
            integrity_only=look.integrity_only,
            demands=Demands(look.stakes, look.doubt),
        ) as session:
            tell(Opened(look.look, *session.size, session.model, tuple(session.notes)))
            wanted = look.seconds
            while True:
                judgement = session.watch(wanted, tell_progress)
                tell(_judged(look, session, judgement))
                wanted = session.seconds + _more(look, asked)
    except CaptureTrouble as trouble:
        tell(Trouble(look.look, trouble.kind, trouble.detail))
        leave(EXIT_TROUBLE)
    except Refused as refusal:
        tell(Trouble(look.look, "refused", str(refusal)))
        leave(EXIT_TROUBLE)


def _more(look: Look, asked: "queue.SimpleQueue[Look | Extend]") -> float:
    """Holds the camera until the agent asks for more seconds; it may as well close the socket, or wait too long."""
    message = asked.get()
    if not isinstance(message, Extend) or message.look != look.look:
        leave(EXIT_BREACH)
        return 0.0
    return message.seconds


def _judged(look: Look, session: "Session", judgement: "Judgement") -> Judged:
    return Judged(
        look.look,
        judgement.verdict,
        judgement.p_occupied,
        judgement.reasons,
        session.cues(),
        session.seconds,
        session.frames,
    )
