"""The power goes in mid-look and comes back in the same window: the check is answered, and answered once."""

import time
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.acceptance.recorded_night import SLEEPER
from device_lab.broker import Heard
from device_lab.device import Device

AFTERWARDS = 20.0
"""Seconds for which the broker is watched for a second answer."""


def show(device: Device) -> Iterator[Shown]:
    device.play(SLEEPER)
    check = device.agree_on_next_minute()
    device.await_open_camera()
    cut = time.monotonic()
    device.machine.power_off()
    before = device.answers(check)
    device.machine.power_on()
    answer = device.listener.wait("check", lambda data: data["check"] == check, seconds=400.0, since=0.0)
    time.sleep(AFTERWARDS)
    answers = device.answers(check)
    yield Shown(
        "power-off in mid-look, power-on: the check is answered once",
        f"{len(before)} answers before the cut, {len(answers)} in all: {_told(answer)}",
        not before and len(answers) == 1,
        f"{answer.at - cut:.0f} s after the cut",
    )
    returned = [each for each in device.listener.all("recovery", cut) if each.data["target"] == "power"]
    yield Shown(
        "the power cut itself is reported",
        f"recovery: power {returned[0].data['step']}" if returned else "nothing was said of it",
        bool(returned),
    )


def _told(answer: Heard) -> str:
    status, reason = answer.data["status"], answer.data["reason"]
    return f"{status} ({reason})" if reason else str(status)
