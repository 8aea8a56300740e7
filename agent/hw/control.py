"""The control socket: what people do at the device reaches the running agent as an event.

`<state>/control.sock` (0600, in a 0700 folder): one JSON object and a line end in, one out. Only what may be done
at the device is understood: consent, the end of a commissioning, the privacy switch, and a restart of the camera,
which tries its relay. The agent's answer means "delivered"; what came of it shows in the store.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.core.events import (
    CommandReceived,
    CommissioningEnded,
    ConsentGranted,
    ConsentWithdrawn,
    PrivacySwitchTurned,
)
from agent.core.orders import RestartCamera
from agent.ports import Post

FILE = "control.sock"
LONGEST = 16 * 1024
PATIENCE = 5.0
"""Seconds that a client has to say what it wants, and the agent to answer."""

AtTheDevice = ConsentGranted | ConsentWithdrawn | CommissioningEnded | PrivacySwitchTurned | CommandReceived
_requests = msgspec.json.Decoder(AtTheDevice)


class NobodyListens(Exception):
    """No agent runs on this state directory."""


class Refused(Exception):
    """The running agent did not accept the request; the text says why."""


class _Reply(msgspec.Struct):
    delivered: bool
    reason: str = ""


class ControlSocket:
    """Listens in a thread of its own, asleep between requests."""

    def __init__(self, directory: Path, post: Post) -> None:
        self._directory = directory
        self._post = post
        self._listener = _listen(directory)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread out of accept()
        self._thread.join()
        self._listener.close()
        (self._directory / FILE).unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                client.settimeout(PATIENCE)
                client.sendall(msgspec.json.encode(self._answer(_read_line(client))) + b"\n")

    def _answer(self, line: bytes) -> _Reply:
        try:
            event = _requests.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _Reply(delivered=False, reason=f"not understood: {error}")
        if isinstance(event, CommandReceived) and not isinstance(event.command.order, RestartCamera):
            return _Reply(delivered=False, reason="of all commands only restart-camera is taken here")
        self._post(event)
        return _Reply(delivered=True)


def deliver(directory: Path, event: AtTheDevice) -> None:
    """Hand an event to the agent that runs on this directory. Raises NobodyListens, Refused."""
    with _dialled(directory) as connection:
        try:
            connection.sendall(msgspec.json.encode(event) + b"\n")
            reply = msgspec.json.decode(_read_line(connection), type=_Reply)
        except (OSError, msgspec.DecodeError) as error:
            raise Refused(f"the running agent did not answer: {error}") from error
    if not reply.delivered:
        raise Refused(reply.reason)


def _listen(directory: Path) -> socket.socket:
    """A socket of the owner's alone. One left by a killed agent is replaced: the store's lock tells it is dead."""
    (directory / FILE).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    with _short(directory) as address:
        before = os.umask(0o177)
        try:
            listener.bind(address)
        finally:
            os.umask(before)
    listener.listen(4)
    return listener


def _dialled(directory: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    connection.settimeout(PATIENCE)
    try:
        with _short(directory) as address:
            connection.connect(address)
    except OSError as error:
        connection.close()
        raise NobodyListens(str(error)) from error
    return connection


@contextlib.contextmanager
def _short(directory: Path) -> Iterator[str]:
    """The socket's address through the folder's descriptor: a Unix address holds 107 bytes, paths are longer."""
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{FILE}"
    finally:
        os.close(descriptor)


def _read_line(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < LONGEST:
        more = connection.recv(LONGEST - len(data))
        if not more:
            break
        data += more
    return data
