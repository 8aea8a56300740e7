"""Deletes one file so that it does not come back: overwritten, synced, then removed, and the folder synced.

On flash that is as far as software gets: the card puts what is written elsewhere, and keeps the old block until it
needs it. The receipt says so.
"""

import os
import stat
from pathlib import Path

CHUNK = 1024 * 1024


def overwrite(path: Path) -> tuple[int, bool]:
    """The file's size in bytes, and whether its content is noise now. Raises OSError if it is not there.

    What a link leads to is left alone.
    """
    found = path.lstat()
    return found.st_size, stat.S_ISREG(found.st_mode) and _overwritten(path, found.st_size)


def remove(path: Path) -> None:
    """Of a link only the link goes. Raises OSError."""
    path.unlink()
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make it durable which files the folder holds."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwritten(path: Path, size: int) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        left = size
        while left > 0:
            left -= os.write(descriptor, os.urandom(min(left, CHUNK)))
        os.fsync(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
