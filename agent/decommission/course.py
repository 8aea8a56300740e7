"""The course of a decommissioning: hold the memory, take leave of the broker, then delete file by file.

The store's lock is held throughout, so that no agent starts meanwhile. The mark of consent goes first: whatever
happens from then on, a device that starts again is locked. The configuration goes last: it tells where things are.
"""

import fcntl
import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from agent import __version__
from agent.config import Config
from agent.core.moment import Now
from agent.core.state import ConsentState, Incompatible
from agent.decommission.erase import overwrite, remove, sync
from agent.decommission.farewell import take_leave
from agent.decommission.progress import Begun, Progress
from agent.decommission.receipt import AtTheBroker, Deleted, Kept, Receipt
from agent.decommission.targets import Target, foreign, targets
from agent.hw.clock import DeviceClock, Trust, boot_id, boot_time
from agent.onlooker import NothingToSee, Onlooker
from agent.store import LOCK

UNKNOWN = "unknown"
ASIDE = ".going"
STAYS = "tells where the files above are; goes with them"


class AgentRuns(Exception):
    """A process holds the device's memory."""


class NotAllowed(Exception):
    """The user may not delete it; the text says who and what. Nothing was changed."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be deleted, for whoever must confirm it. undelivered: None if the memory cannot be read."""

    device: str
    files: tuple[Target, ...]
    consent: ConsentState | None
    undelivered: int | None


def plan(config: Config, file: Path) -> Plan:
    """Look, and change nothing. Raises NotAllowed."""
    try:
        files = [target for target in targets(config, file) if _is_there(target.path)]
        forbidden = [each.path for each in files if not os.access(each.path.parent, os.W_OK | os.X_OK)]
    except PermissionError as error:
        raise NotAllowed(f"{error.filename} is closed to {_user()}") from error
    if forbidden:
        raise NotAllowed(f"{_user()} may not delete {', '.join(map(str, forbidden))}")
    consent, undelivered = _memory(config.device.state)
    return Plan(
        device=f"{config.site.name}/{config.device.id}",
        files=tuple(files),
        consent=consent,
        undelivered=undelivered,
    )


def carry_out(config: Config, file: Path, planned: Plan, progress: Progress) -> Receipt:
    """Delete everything. Raises AgentRuns, and OSError if not even the first step could be noted."""
    with _holding(config.device.state):
        _begin(planned, config.device.state / LOCK, progress)
        consented = planned.consent is not None and planned.consent.state == "given"
        absent = [target.path for target in targets(config, file) if not _is_there(target.path)]
        strangers = foreign(config, file)
        if progress.broker is None or not progress.broker.reached:
            progress.note(take_leave(config, _now(), consented=consented))
        kept = _delete_all(targets(config, file), progress)
    return _receipt(progress, absent=absent, kept=kept, strangers=strangers)


def conclude(file: Path, progress: Progress) -> Receipt:
    """Go on where the configuration is gone already, and so all that it named; what is left is no secret."""
    lock = Path(progress.begun.lock) if progress.begun else file
    left = [Target("configuration", file), Target("lock", lock)]
    return _receipt(progress, absent=[], kept=_delete_all(left, progress), strangers=[])


@contextmanager
def _holding(state: Path) -> Iterator[None]:
    if not state.is_dir():
        yield
        return
    lock = os.open(state / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AgentRuns from None
    else:
        yield
    finally:
        os.close(lock)


def _begin(planned: Plan, lock: Path, progress: Progress) -> None:
    if progress.begun is None:
        consent = planned.consent
        progress.note(
            Begun(
                device=planned.device,
                lock=str(lock),
                at=_now().calendar,
                consent=consent.state if consent else UNKNOWN,
                consent_reference=consent.reference if consent else "",
                undelivered=planned.undelivered,
            )
        )


def _delete_all(files: list[Target], progress: Progress) -> list[Kept]:
    """What could not be deleted. While there is such a thing the configuration stays, to find it by."""
    kept: list[Kept] = []
    for target in files:
        if target.kind == "configuration" and kept:
            kept.append(Kept(path=str(target.path), reason=STAYS))
        elif (failed := _delete(target, progress)) is not None:
            kept.append(failed)
    return kept


def _delete(target: Target, progress: Progress) -> Kept | None:
    """Noted when it is noise, before it is gone: no power cut can lose it from the receipt."""
    try:
        doomed = _set_aside(target.path) if target.kind == "configuration" else target.path
        size, overwritten = overwrite(doomed)
        progress.note(
            Deleted(
                kind=target.kind,
                path=str(target.path),
                bytes=size,
                overwritten=overwritten,
                at=_now().calendar,
            )
        )
        remove(doomed)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Kept(path=str(target.path), reason=str(error.strerror or error))
    return None


def _set_aside(file: Path) -> Path:
    """A configuration goes as a whole: half overwritten it could not be read when the power comes back."""
    aside = file.with_name(file.name + ASIDE)
    if _is_there(file):
        file.rename(aside)
        sync(file.parent)
    return aside


def _receipt(progress: Progress, *, absent: list[Path], kept: list[Kept], strangers: list[Path]) -> Receipt:
    now, begun = _now(), progress.begun
    deleted = tuple(each for each in progress.deleted if not _is_there(Path(each.path)))
    gone = {each.path for each in deleted}
    return Receipt(
        device=begun.device if begun else "",
        version=__version__,
        by=_user(),
        begun=begun.at if begun else now.calendar,
        finished=now.calendar,
        clock_trusted=now.trusted,
        consent=begun.consent if begun else UNKNOWN,
        consent_reference=begun.consent_reference if begun else "",
        undelivered=begun.undelivered if begun else None,
        deleted=deleted,
        absent=tuple(str(path) for path in absent if str(path) not in gone),
        kept=tuple(kept),
        foreign=tuple(map(str, strangers)),
        broker=progress.broker or AtTheBroker(reached=False, detail="not asked"),
        complete=not kept,
    )


def _memory(state: Path) -> tuple[ConsentState | None, int | None]:
    try:
        onlooker = Onlooker(state)
        try:
            found = onlooker.state()
            waiting = onlooker.waiting(boot_id(), boot_time())
            return (found.consent if found else ConsentState()), len(waiting)
        finally:
            onlooker.close()
    except (NothingToSee, Incompatible):
        return None, None


def _is_there(path: Path) -> bool:
    """A link counts, also one that leads nowhere. Raises PermissionError."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _now() -> Now:
    return DeviceClock(Trust()).now()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user id {os.geteuid()}"
