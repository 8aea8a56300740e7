"""Switches the camera's USB port off and on, as pulling the plug and putting it back would.

Newer kernels let a hub's port be disabled, which cuts its power where the hub can do so; older ones can at least
de-authorise the device, which makes its driver start anew. On some boards all ports share one power switch.
"""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent.core.actions import ResetUsb
from agent.core.events import UsbResetDone
from agent.ports import Post

SHORTEST, LONGEST = 1.0, 60.0
_PORT = re.compile(r"^(?P<bus>\d+)-(?P<chain>[\d.]+)$")


class Switch(Protocol):
    """What can be switched off and on. Both raise OSError."""

    def off(self) -> None: ...
    def on(self) -> None: ...


class SysfsPort:
    """A port below /sys/bus/usb/devices, by the name of the device that sits in it (`1-1.2`)."""

    def __init__(self, port: str, root: Path = Path("/")) -> None:
        self._devices = root / "sys/bus/usb/devices"
        self._device = self._devices / port / "authorized"
        self._hub_port = self._devices / _hub_port(port) / "disable"

    def off(self) -> None:
        if self._hub_port.exists():
            self._hub_port.write_text("1", encoding="ascii")
        else:
            self._device.write_text("0", encoding="ascii")

    def on(self) -> None:
        if self._hub_port.exists():
            self._hub_port.write_text("0", encoding="ascii")
        else:
            self._device.write_text("1", encoding="ascii")


def _hub_port(port: str) -> str:
    """`1-1.2` is port 2 of hub 1-1: `1-1:1.0/1-1-port2`; `1-1` is port 1 of the root hub: `1-0:1.0/usb1-port1`."""
    found = _PORT.match(port)
    if not found:
        raise ValueError(f"{port} is no USB port; names look like 1-1.2")
    upstream, _, number = found["chain"].rpartition(".")
    if not upstream:
        return f"{found['bus']}-0:1.0/usb{found['bus']}-port{number}"
    hub = f"{found['bus']}-{upstream}"
    return f"{hub}:1.0/{hub}-port{number}"


class UsbPort:
    """The Usb port: off, wait, on, in a thread of its own. Without a switch every reset fails and says so."""

    def __init__(
        self, switch: Switch | None, post: Post, wait: Callable[[float], object] | None = None
    ) -> None:
        self._switch = switch
        self._post = post
        self._wait = wait or threading.Event().wait

    def reset(self, reset: ResetUsb) -> None:
        if self._switch is None:
            self._post(UsbResetDone(ok=False, detail="no USB port is configured"))
            return
        seconds = min(max(reset.seconds, SHORTEST), LONGEST)
        threading.Thread(
            target=self._carry_out, args=(self._switch, seconds), name="usb-reset", daemon=True
        ).start()

    def _carry_out(self, switch: Switch, seconds: float) -> None:
        try:
            try:
                switch.off()
                self._wait(seconds)
            finally:
                switch.on()
        except OSError as error:
            self._post(UsbResetDone(ok=False, detail=f"{error.filename}: {error.strerror}"))
        else:
            self._post(UsbResetDone(ok=True))
