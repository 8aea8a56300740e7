"""`python -m vision.commission`: one request on stdin, one answer on stdout; see vision.commission.protocol.

Two processes again. The one that opens the camera is a fork that has given up network and files for good, before
anything was loaded that knows pictures: it hands over numbers, and of an empty bed its reference. The other one
writes, and never sees a frame. Both end when stdin closes.
"""

import os
import sys
import threading
from pathlib import Path

import msgspec

from vision.commission.protocol import (
    EMPTY,
    AnyAnswer,
    AnyRequest,
    Failed,
    FindCards,
    Finish,
    NoOutline,
    Outline,
    Record,
    Recorded,
    Tell,
)
from vision.confinement import confine
from vision.deadline import exit_at, leave
from vision.thrift import give_memory_back


class Handed(msgspec.Struct, frozen=True):
    """What the process that sees hands over. arrays: of the empty bed alone; bed: its corners."""

    answer: AnyAnswer
    arrays: bytes = b""
    size: tuple[int, int] = (0, 0)


def main() -> int:
    """Serves one request."""
    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=AnyRequest)
    answer = _answer(request)
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _answer(request: AnyRequest) -> AnyAnswer:
    seer = _Seer(request) if isinstance(request, FindCards | Record) else None
    _end_with_stdin()
    exit_at(request.deadline)
    return _kept(request, seer.handed() if seer else None)


class _Seer:
    """The process that sees, forked before any thread and any library of pictures."""

    def __init__(self, request: AnyRequest) -> None:
        self._pipe, theirs = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._pipe)
            _see(request, theirs)
        os.close(theirs)

    def handed(self) -> Handed:
        """What it hands over before it ends."""
        with os.fdopen(self._pipe, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(self._process, 0)
        return _unpacked(told, status)


def _unpacked(told: bytes, status: int) -> Handed:
    if not told:
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "without a word"
        return Handed(Failed(kind="stalled", detail=f"the process that sees ended {how}; try again"))
    return msgspec.msgpack.decode(told, type=Handed)


def _see(request: AnyRequest, out: int) -> None:
    """In the fork, which never returns."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        give_memory_back()
        confine()
        _end_with_stdin()
        exit_at(request.deadline)
        told = memoryview(msgspec.msgpack.encode(_looked(request)))
        while told:
            told = told[os.write(out, told) :]
    finally:
        leave()


def _looked(request: AnyRequest) -> Handed:
    from vision.capture import CaptureTrouble
    from vision.commission.keeping import DRAFT
    from vision.commission.seeing import find_cards, record
    from vision.reference import ReferenceRefused, packed
    from vision.session import Refused

    try:
        if isinstance(request, FindCards):
            return Handed(find_cards(request))
        assert isinstance(request, Record)  # noqa: S101 - nothing else is looked at
        recorded, seen = record(request, Path(request.folder) / DRAFT)
    except CaptureTrouble as trouble:
        return Handed(Failed(kind=trouble.kind, detail=trouble.detail))
    except (Refused, ReferenceRefused) as refusal:
        return Handed(Failed(kind="refused", detail=str(refusal)))
    if seen is None or request.step not in EMPTY:
        return Handed(recorded)
    return Handed(recorded, packed(seen.seen[recorded.light]), seen.size)


def _kept(request: AnyRequest, handed: Handed | None) -> AnyAnswer:
    from vision.commission.keeping import Draft, Unfinished, kept
    from vision.reference import Reference, unpacked
    from vision.session import Refused, load_net

    draft = Draft(Path(request.folder))
    answer = handed.answer if handed else None
    try:
        if isinstance(request, Record) and isinstance(answer, Recorded) and answer.complaint is None:
            if handed is not None and handed.arrays:
                seen = Reference(*handed.size, request.bed, {answer.light: unpacked(handed.arrays)})
                draft.begin(answer, seen)
            else:
                draft.add(answer)
        if isinstance(request, Finish):
            draft.add_light() if request.other_light else draft.finish()
        if isinstance(request, Finish | Tell):
            return kept(Path(request.folder), load_net().sha256)
    except (Unfinished, Refused, ValueError) as error:
        return Failed(kind="refused", detail=str(error))
    except OSError as error:
        return Failed(kind="refused", detail=f"cannot write {error.filename}: {error.strerror}")
    assert isinstance(answer, Outline | NoOutline | Recorded | Failed)  # noqa: S101 - one of them was asked
    return answer


def _end_with_stdin() -> None:
    """Whoever asked has gone, or wants this to end at once: the privacy switch was thrown."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        leave(1)

    threading.Thread(target=wait, name="leash", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
