"""A V4L2 node plays a recorded night: the agreed check is answered at the broker, through the real units."""

import time
from collections.abc import Iterator
from datetime import datetime

from device_lab.acceptance import Shown
from device_lab.broker import Heard
from device_lab.device import RECORDED, Device

SLEEPER, EMPTY = "covered_sleeper", "empty_made"
SEEN_FROM = 0.9
LAMP_GOES_OUT = 30.0
NOT_IN_BED = ("not_in_bed", "uncertain")
"""Of an empty bed both are right, and both are alarms."""


def show(device: Device) -> Iterator[Shown]:
    device.play(SLEEPER)
    check, begun = device.agree_on_next_minute(), device.boot_seconds()
    answer = device.listener.wait("check", lambda data: data["check"] == check, seconds=400.0, since=0.0)
    yield Shown(
        f"agreed check, somebody asleep on {RECORDED}: the net sees them (in_bed, or uncertain for want of frames)",
        _told(answer),
        _sees_somebody(answer),
        f"{_seconds_after_begin(answer):.0f} s after the window's begin",
    )
    yield _lamp(device, begun)
    yield _units(device)
    device.play(EMPTY)
    asked = time.monotonic()
    device.listener.command("test-check", minutes=5)
    answer = device.listener.wait("check", lambda data: data["kind"] == "test", seconds=400.0, since=asked)
    yield Shown(
        "test check by command, the bed empty",
        _told(answer),
        answer.data["status"] in NOT_IN_BED,
        f"{answer.at - asked:.0f} s after the command",
    )


def _sees_somebody(answer: Heard) -> bool:
    """An emulated processor judges a frame a second, too few to see a breath; the net's word alone is no in_bed."""
    chance = answer.data["p_occupied"]
    return answer.data["status"] in ("in_bed", "uncertain") and chance is not None and chance > SEEN_FROM


def _told(answer: Heard) -> str:
    data = answer.data
    reason = f" ({data['reason']})" if data["reason"] else ""
    chance = "" if data["p_occupied"] is None else f", p = {data['p_occupied']:.2f}"
    looks = f"{len(data['looks'])} look{'s' if len(data['looks']) != 1 else ''}"
    return f"{data['status']}{reason} at the broker{chance}, {looks}"


def _seconds_after_begin(answer: Heard) -> float:
    begin, end = (datetime.fromisoformat(answer.data[name]) for name in ("window_start", "answered_at"))
    return (end - begin).total_seconds()


def _lamp(device: Device, begun: float) -> Shown:
    """The lamp is out while its line is driven (high). begun: the device's boot clock before the look."""
    asked = "the lamp is lit while the camera is open"
    until = time.monotonic() + LAMP_GOES_OUT
    while time.monotonic() < until:
        since = [change for change in device.changes("LAMP") if change.boot > begun]
        if [change.level for change in since[:2]] == [0, 1]:
            lit = since[1].boot - since[0].boot
            return Shown(
                asked, "lit before the look and out after it, seen on its line", True, f"lit for {lit:.0f} s"
            )
        time.sleep(1.0)
    return Shown(asked, "it was not seen lit and out again", ok=False)


def _units(device: Device) -> Shown:
    """The worker ran as the user of its own unit, started by systemd on its socket."""
    started = device.journal("--unit=nattro-vision@*.service", "--grep=Started", "--quiet").splitlines()
    accepted = device.machine.demand(
        "systemctl", "show", "--property=NAccepted", "--value", "nattro-vision.socket"
    )
    return Shown(
        "by systemd's units, the worker on its socket",
        f"nattro-vision@ started {len(started)} time{'s' if len(started) != 1 else ''}",
        int(accepted) > 0 and bool(started),
    )
