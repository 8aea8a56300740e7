"""A kernel that hangs is reset by the hardware watchdog, and the device is back by itself."""

import time
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.device import Device

RESET_SECONDS = 180.0


def show(device: Device) -> Iterator[Shown]:
    fed = device.machine.demand("systemctl", "show", "--property=RuntimeWatchdogUSec", "--value").strip()
    driver = device.machine.demand("cat", "/sys/class/watchdog/watchdog0/identity").strip()
    device.machine.demand("sync")
    device.machine.forget_events()
    begun = time.monotonic()
    device.machine.hang("echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger")
    seen = device.machine.await_event("RESET", RESET_SECONDS)
    reset = time.monotonic()
    yield Shown(
        f"a hung kernel (crashed, panic=0) is reset by the watchdog ({driver}, fed by systemd, {fed})",
        f"QEMU's events: {', '.join(seen)}",
        "WATCHDOG" in seen,
        f"{reset - begun:.0f} s",
    )
    device.machine.await_boot()
    beat = device.listener.wait("heartbeat", lambda _: True, seconds=400.0, since=reset)
    yield Shown(
        "and comes back by itself",
        "a heartbeat at the broker",
        ok=True,
        figure=f"{beat.at - reset:.0f} s after the reset",
    )
