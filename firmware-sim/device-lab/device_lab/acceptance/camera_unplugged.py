"""The camera falls off its bus in mid-look: udev tells, a relay's pulse brings it back, all is reported."""

import time
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.device import RECORDED, UNPLUGGABLE, Device
from device_lab.machine import MachineFailed

UNPLUG = "echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind"


def show(device: Device) -> Iterator[Shown]:
    device.configure(camera=UNPLUGGABLE)
    device.start()
    begun = time.monotonic()
    device.listener.command("test-check", minutes=5)
    device.await_open_camera()
    gone_at = device.boot_seconds()
    device.machine.demand("sh", "-c", UNPLUG)
    unplugged = time.monotonic()
    fault = device.listener.wait(
        "fault", lambda data: data["kind"] == "camera_gone", seconds=120.0, since=unplugged
    )
    yield Shown(
        "camera unbound in mid-look is noticed",
        f"fault camera_gone at the broker: {fault.data['text']['en']}",
        fault.data["state"] == "present",
        f"{fault.at - unplugged:.1f} s",
    )
    mended = device.listener.wait(
        "recovery",
        lambda data: data["step"] == "relay" and data["outcome"] == "mended",
        seconds=240.0,
        since=unplugged,
    )
    yield _pulse(device, gone_at)
    steps = [
        f"{each.data['step']} {each.data['outcome']}" for each in device.listener.all("recovery", unplugged)
    ]
    yield Shown(
        "recovered, and every step reported",
        ", ".join(steps),
        ok=True,
        figure=f"{mended.at - unplugged:.0f} s",
    )
    answer = device.listener.wait("check", lambda data: data["kind"] == "test", seconds=400.0, since=begun)
    status, reason = answer.data["status"], answer.data["reason"]
    yield Shown(
        "the check goes on; a test picture is nobody in bed",
        f"{status} ({reason or 'no reason'}), {len(answer.data['looks'])} looks",
        status != "in_bed",
    )
    device.configure(camera=RECORDED)
    device.start()


def _pulse(device: Device, since_boot: float) -> Shown:
    changes = [change for change in device.changes("RELAY_CAMERA") if change.boot > since_boot]
    if len(changes) < 2 or not changes[0].cut or changes[1].cut:
        raise MachineFailed(f"no whole pulse on the camera's line: {changes}")
    cut, restored = changes[0].boot, changes[1].boot
    return Shown(
        "a relay pulse seen on the line",
        "RELAY_CAMERA low, then high again, by an independent watcher",
        ok=True,
        figure=f"{restored - cut:.1f} s off, {cut - since_boot:.1f} s after the loss",
    )
