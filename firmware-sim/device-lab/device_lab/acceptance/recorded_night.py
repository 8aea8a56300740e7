"""A V4L2 node plays a recorded night: the agreed check is answered at the broker, through the real units."""

import time
from collections.abc import Iterator
from datetime import datetime

from device_lab.acceptance import Shown
from device_lab.broker import Heard
from device_lab.device import RECORDED, Device

SLEEPER, EMPTY = "covered_sleeper", "empty_made"
NOT_IN_BED = ("not_in_bed", "uncertain")
"""Of an empty bed both are right, and both are alarms."""


def show(device: Device) -> Iterator[Shown]:
    device.play(SLEEPER)
    check = device.agree_on_next_minute()
    answer = device.listener.wait("check", lambda data: data["check"] == check, seconds=400.0, since=0.0)
    yield Shown(
        f"agreed check, somebody asleep on {RECORDED}",
        _told(answer),
        answer.data["status"] == "in_bed",
        f"{_seconds_after_begin(answer):.0f} s after the window's begin",
    )
    yield _lamp(device)
    yield _units(device)
    device.play(EMPTY)
    begun = time.monotonic()
    device.listener.command("test-check", minutes=5)
    answer = device.listener.wait("check", lambda data: data["kind"] == "test", seconds=400.0, since=begun)
    yield Shown(
        "test check by command, the bed empty",
        _told(answer),
        answer.data["status"] in NOT_IN_BED,
        f"{answer.at - begun:.0f} s after the command",
    )


def _told(answer: Heard) -> str:
    data = answer.data
    reason = f" ({data['reason']})" if data["reason"] else ""
    chance = "" if data["p_occupied"] is None else f", p = {data['p_occupied']:.2f}"
    looks = f"{len(data['looks'])} look{'s' if len(data['looks']) != 1 else ''}"
    return f"{data['status']}{reason} at the broker{chance}, {looks}"


def _seconds_after_begin(answer: Heard) -> float:
    begin, end = (datetime.fromisoformat(answer.data[name]) for name in ("window_start", "answered_at"))
    return (end - begin).total_seconds()


def _lamp(device: Device) -> Shown:
    """The lamp is out while its line is driven (high), and lit while it is low."""
    lit = [change for change in device.changes("LAMP") if change.level == 0]
    out = [change for change in device.changes("LAMP") if change.level == 1]
    spells = [(on, next((off for off in out if off.boot > on.boot), None)) for on in lit]
    last = next(((on, off) for on, off in reversed(spells) if off is not None), None)
    if last is None or last[1] is None:
        return Shown(
            "the lamp is lit while the camera is open", "it was not seen lit and out again", ok=False
        )
    return Shown(
        "the lamp is lit while the camera is open",
        "lit before the look and out after it, seen on its line",
        ok=True,
        figure=f"lit for {last[1].boot - last[0].boot:.0f} s",
    )


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
