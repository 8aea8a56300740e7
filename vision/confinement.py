"""What the worker gives up before it opens a camera, so that privacy does not rest on its good behaviour.

Under systemd the unit takes most of this away already; elsewhere the worker drops what it can by itself. No
network, no file ever written, no core dump, no swap, no new privileges.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Callable

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38  # linux/prctl.h
MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4  # linux/mman.h
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h

OPEN_FILES = 64
LOCKABLE_FROM = 512 * 1024 * 1024


def confine() -> tuple[str, ...]:
    """Gives up all that it can; returns the names of what succeeded. To be called before any thread is started."""
    libc = ctypes.CDLL(None, use_errno=True)
    steps: dict[str, Callable[[], bool]] = {
        "no_core": lambda: _no_core(libc),
        "no_files": _no_files,
        "no_swap": lambda: _no_swap(libc),
        "no_network": lambda: _no_network(libc),
        "no_new_privileges": lambda: bool(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0),
    }
    return tuple(name for name, step in steps.items() if step())


def _no_core(libc: ctypes.CDLL) -> bool:
    """Neither a core dump nor another process's ptrace gets at the frames in memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return bool(libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


def _no_files() -> bool:
    """Regular files cannot grow by a byte; few descriptors."""
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))
    return True


def _no_swap(libc: ctypes.CDLL) -> bool:
    """Pages are locked as they come into use; all at once would double the worker's size.

    Under a small limit locking future pages would make allocations fail in mid-look: then rather not.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    unlimited = limit == resource.RLIM_INFINITY or limit >= LOCKABLE_FROM or os.geteuid() == 0
    return bool(unlimited and libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)


def _no_network(libc: ctypes.CDLL) -> bool:
    """A network namespace without interfaces; sockets that are already open stay usable."""
    return bool(libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
