"""The disk: room, health and access rights of what the device remembers."""

import errno
import os
import pwd
import shutil
import stat
from pathlib import Path

from agent.doctor.findings import Outcome, Value, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from agent.store import FILE as STORE
from agent.store import LOCK

MEGABYTE = 1024 * 1024
ALL_BUT_FULL, NEARLY_FULL = 32 * MEGABYTE, 256 * MEGABYTE
"""Bytes. A full outbox, its reserve and the journal of 90 days take some 100 MB together."""
NAMELESS_UNKNOWN = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}
"""What file systems say that have no files without a name."""
OWNER = "nattro"
WORN = 80
"""Percent of the flash's life."""


def space(visit: Visit) -> Outcome:
    folder = _nearest(visit.config.device.state)
    free = shutil.disk_usage(folder).free
    told: dict[str, Value] = {"megabytes": free // MEGABYTE, "folder": str(folder)}
    if free < ALL_BUT_FULL:
        return Outcome("fault", "full", told)
    return Outcome("warning", "nearly_full", told) if free < NEARLY_FULL else Outcome("ok", "ok", told)


def writable(visit: Visit) -> Outcome:
    """Tried with a file that never gets a name: nothing is left behind, whatever happens."""
    folder = _nearest(visit.config.device.state)
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except PermissionError:
        raise
    except OSError as error:
        if error.errno in NAMELESS_UNKNOWN and not os.statvfs(folder).f_flag & os.ST_RDONLY:
            return not_checked("not_tried", folder=str(folder))
        return fault("refuses", folder=str(folder), detail=str(error.strerror))
    try:
        os.write(descriptor, b"nattro doctor")
        os.fsync(descriptor)
    except OSError as error:
        return fault("refuses", folder=str(folder), detail=str(error.strerror))
    finally:
        os.close(descriptor)
    return ok(folder=str(folder))


def wear(visit: Visit) -> Outcome:
    """Of eMMC, which tells it; SD cards do not."""
    percent = visit.health.disk_wear
    if percent is None:
        return not_checked("unreadable")
    return warning("worn", percent=percent) if percent >= WORN else ok(percent=percent)


def access(visit: Visit) -> Outcome:
    """The folder of the device's memory belongs to the agent and is closed to everybody else."""
    folder = visit.config.device.state
    try:
        found = folder.stat()
    except FileNotFoundError:
        return warning("missing", folder=str(folder))
    if stat.S_IMODE(found.st_mode) & 0o077:
        return fault("open", folder=str(folder), mode=f"{stat.S_IMODE(found.st_mode):04o}")
    wanted = _user_id(OWNER)
    if wanted is not None and found.st_uid != wanted:
        return fault("not_the_agents", folder=str(folder), owner=_user_name(found.st_uid))
    strangers = [each for each in (folder / STORE, folder / LOCK) if _owner(each) not in {None, found.st_uid}]
    if strangers:
        return fault("not_the_agents", folder=str(strangers[0]), owner=_user_name(strangers[0].stat().st_uid))
    return ok(folder=str(folder), owner=_user_name(found.st_uid))


def store(visit: Visit) -> Outcome:
    """Whether the device's memory can be read. (That of a new device is made by its first start.)"""
    if visit.state is not None:
        return ok(version=visit.state.version or "-")
    if visit.store_error and (visit.config.device.state / STORE).exists():
        return fault("unreadable", detail=visit.store_error)
    return warning("none")


def _nearest(folder: Path) -> Path:
    """The folder, or the one in which it will be made."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _owner(file: Path) -> int | None:
    try:
        return file.stat().st_uid
    except FileNotFoundError:
        return None


def _user_id(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
