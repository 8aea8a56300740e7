"""Memory: room for a look, and whether frames could reach a swap file."""

from agent.doctor.findings import Outcome, not_checked, ok, warning
from agent.doctor.visit import Visit

A_LOOK = 250
"""Megabytes that should be free: what a look takes at its peak, and as much again."""


def free(visit: Visit) -> Outcome:
    if visit.health.memory_free is None:
        return not_checked("unreadable")
    megabytes = visit.health.memory_free // (1024 * 1024)
    return ok(megabytes=megabytes) if megabytes >= A_LOOK else warning("little", megabytes=megabytes)


def limits(visit: Visit) -> Outcome:
    """Raspberry Pi OS boots with the memory cgroup off: then the units' caps are only written words."""
    controllers = visit.text("sys/fs/cgroup/cgroup.controllers")
    if controllers is None:
        return not_checked("unreadable")
    return ok() if "memory" in controllers.split() else warning("cgroup_off")


def swap(visit: Visit) -> Outcome:
    """Frames are locked in memory by the worker itself; the unit's ban on swap needs the memory cgroup."""
    table = visit.text("proc/swaps")
    if table is None:
        return not_checked("unreadable")
    on_disk = [line.split()[0] for line in table.splitlines()[1:] if not line.startswith("/dev/zram")]
    if not on_disk:
        return ok()
    if "memory" in (visit.text("sys/fs/cgroup/cgroup.controllers") or "").split():
        return ok("barred", swap=", ".join(on_disk))
    return warning("lock_alone", swap=", ".join(on_disk))
