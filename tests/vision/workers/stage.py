"""What the misbehaving workers share: the socket, the first message, and lines to say."""

import argparse
import socket

from vision.protocol import Extend, Judged, Look, Opened, ToWorker, Unpacker, pack


class Stage:
    """The agent's end of the conversation, seen from the worker."""

    def __init__(self) -> None:
        parser = argparse.ArgumentParser()
        parser.add_argument("--fd", type=int)
        self.agent = socket.socket(fileno=parser.parse_args().fd)
        self._unpacker = Unpacker(ToWorker)
        first = self.hear()
        assert isinstance(first, Look)
        self.look = first.look

    def hear(self) -> Look | Extend | None:
        """The agent's next message; None when it has hung up."""
        while data := self.agent.recv(4096):
            for message in self._unpacker.feed(data):
                assert isinstance(message, Look | Extend)
                return message
        return None

    def open(self, notes: tuple[str, ...] = ()) -> None:
        self.agent.sendall(pack(Opened(self.look, 640, 480, "none", notes)))

    def judge(
        self, verdict: str = "in_bed", p: float | None = 0.99, frames: int = 200, look: str = ""
    ) -> None:
        self.agent.sendall(pack(Judged(look or self.look, verdict, p, ("person_seen",), {}, 20.0, frames)))  # type: ignore[arg-type]

    def wait(self) -> None:
        """Until the agent hangs up."""
        while self.hear() is not None:
            continue
