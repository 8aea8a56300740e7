"""kill -9 while a relay cuts the camera's power, on a board that keeps a line's level: the power comes back."""

import time
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.device import Device
from device_lab.machine import MachineFailed

PULSE = 60
"""Seconds that the pulse would take, so that it cannot be its own end that is seen."""
AWAIT_CUT = (
    'until tail -n 1 /run/lab/lines.jsonl | grep -q \'"RELAY_CAMERA", "level": 0\'; do sleep 0.2; done'
)


def show(device: Device) -> Iterator[Shown]:
    device.configure(
        change=lambda text: text.replace("camera_off_seconds = 10", f"camera_off_seconds = {PULSE}")
    )
    device.start()
    device.listener.command("restart-camera")
    if device.machine.shell(AWAIT_CUT, timeout=60.0).rc != 0:
        raise MachineFailed("the restart of the camera cut nothing")
    killed_at = device.boot_seconds()
    device.machine.demand("kill", "-KILL", str(device.main_pid()))
    since = time.monotonic()
    device.listener.wait("heartbeat", lambda _: True, seconds=300.0, since=since)
    cut, restored = _pulse(device, killed_at)
    by = "ExecStopPost=" if restored < device.agent_began() else "the next agent at its start"
    yield Shown(
        f"kill -9 in a pulse of {PULSE} s: the power is restored, measured on the line",
        f"cut, agent killed, restored by {by}",
        restored - cut < PULSE,
        f"{restored - cut:.1f} s off, of them {restored - killed_at:.1f} s after the kill",
    )
    device.configure()
    device.start()


def _pulse(device: Device, killed_at: float) -> tuple[float, float]:
    changes = device.changes("RELAY_CAMERA")
    cut = next(
        (change.boot for change in reversed(changes) if change.cut and change.boot <= killed_at + 1), None
    )
    back = next((change.boot for change in changes if not change.cut and change.boot > killed_at), None)
    if cut is None or back is None:
        raise MachineFailed(f"the camera's power was not cut and restored: {changes}")
    return cut, back
