"""The clock: a camera never opens by a time of day that cannot be believed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from agent.hw.clock import RELEASED, kernel_is_synchronised

A_DAY = 86400.0
FAR_OFF = 120.0
"""Seconds by which a battery-backed clock may differ: agreed times are given to the minute."""


def trust(visit: Visit) -> Outcome:
    zone = ZoneInfo(visit.zone)
    local = datetime.fromtimestamp(visit.now.utc, zone).strftime("%Y-%m-%d %H:%M:%S")
    if visit.now.trusted:
        return ok(local=local, zone=visit.zone)
    return fault("untrusted", local=local, zone=visit.zone)


def network(visit: Visit) -> Outcome:
    """Whether a time server disciplines the clock: the kernel's word, or when systemd-timesyncd last heard one."""
    if kernel_is_synchronised() or _heard_today(visit):
        return ok()
    return warning("not_synchronised")


def _heard_today(visit: Visit) -> bool:
    try:
        heard = (visit.root / "run/systemd/timesync/synchronized").stat().st_mtime
    except OSError:
        return False
    return visit.now.utc - heard < A_DAY


def rtc(visit: Visit) -> Outcome:
    """A battery-backed clock carries the time over a power cut without network."""
    told = visit.text("sys/class/rtc/rtc0/since_epoch")
    if told is None or not told.isdigit():
        return not_checked("none")
    if int(told) < RELEASED:
        return warning("flat")
    off = round(abs(int(told) - visit.now.utc))
    if visit.now.trusted and off > FAR_OFF:
        return warning("off", seconds=off)
    if visit.text("sys/class/rtc/rtc0/hctosys") != "1":
        return warning("not_read_at_boot")
    return ok()
