"""Switches a USB port off and on, as pulling the plug and putting it back would.

Newer kernels let a hub's port be disabled, which cuts its power where the hub can do so; `uhubctl` does the same
from outside the kernel; and any kernel can at least de-authorise a device, which makes its driver start anew. On
some boards (Raspberry Pi 4 and 5) all ports share one power switch: all lose it together.
"""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from agent.core.actions import ResetUsb
from agent.core.events import UsbResetDone
from agent.hw.relays import LONGEST, SHORTEST, PowerSwitch, RelayFault
from agent.ports import Post

UHUBCTL_SECONDS = 15.0
_PORT = re.compile(r"^(?P<bus>\d+)-(?P<chain>[\d.]+)$")


class Switch(Protocol):
    """What can be switched off and on. Both raise OSError."""

    def off(self) -> None: ...
    def on(self) -> None: ...


class SysfsPort:
    """A port below /sys/bus/usb/devices, by the name of the device that sits in it (`1-1.2`)."""

    def __init__(self, port: str, root: Path = Path("/")) -> None:
        devices = root / "sys/bus/usb/devices"
        self._device = devices / port / "authorized"
        self.power = devices / _hub_port(port) / "disable"
        """The file that cuts the power, where the hub can."""

    def off(self) -> None:
        if self.power.exists():
            self.power.write_text("1", encoding="ascii")
        else:
            self._device.write_text("0", encoding="ascii")

    def on(self) -> None:
        if self.power.exists():
            self.power.write_text("0", encoding="ascii")
        else:
            self._device.write_text("1", encoding="ascii")


class SysfsPower(PowerSwitch):
    """A port's power by the kernel. De-authorising is no substitute here: the camera would stay under power."""

    def __init__(self, port: str, root: Path = Path("/")) -> None:
        self._file = SysfsPort(port, root).power

    def cut(self) -> None:
        self._write("1")

    def restore(self) -> None:
        self._write("0")

    def ready(self) -> None:
        """The right to write is looked at."""
        try:
            with self._file.open("r+", encoding="ascii"):
                pass  # that it opens for writing is the answer
        except OSError as error:
            raise RelayFault(f"{self._file}: {error.strerror}; can this hub cut its ports' power?") from error

    def _write(self, word: str) -> None:
        try:
            self._file.write_text(word, encoding="ascii")
        except OSError as error:
            raise RelayFault(f"{self._file}: {error.strerror}") from error


class Uhubctl(PowerSwitch):
    """A port's power by the program of that name, which must be installed and may need rights on the bus."""

    def __init__(self, port: str, command: Sequence[str] = ("uhubctl",)) -> None:
        hub, _, number = port.rpartition("." if "." in port else "-")
        self._command = (*command, "--location", hub, "--ports", number)

    def cut(self) -> None:
        self._run("off")

    def restore(self) -> None:
        self._run("on")

    def ready(self) -> None:
        """That the program is there is all that can be told without running it."""
        if shutil.which(self._command[0]) is None:
            raise RelayFault(f"the program {self._command[0]} is not installed")

    def _run(self, action: str) -> None:
        try:
            done = subprocess.run(
                [*self._command, "--action", action],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=UHUBCTL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RelayFault(f"uhubctl cannot be run: {error}") from error
        if done.returncode:
            raise RelayFault(f"uhubctl: {(done.stderr or done.stdout).strip()[:200]}")


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
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._busy: threading.Thread | None = None

    def reset(self, reset: ResetUsb) -> None:
        if self._switch is None:
            self._post(UsbResetDone(ok=False, detail="no USB port is configured"))
            return
        seconds = min(max(reset.seconds, SHORTEST), LONGEST)
        self._busy = threading.Thread(
            target=self._carry_out, args=(self._switch, seconds), name="usb-reset", daemon=True
        )
        self._busy.start()

    def release(self) -> None:
        """Switch the port on: whoever ran before may have died with it off. (A reset will tell if it cannot be.)"""
        if self._switch is not None:
            try:
                self._switch.on()
            except OSError:
                return  # no such port yet, or no right to it: told when it is to be used

    def stop(self) -> None:
        """End a reset early, with the port switched on."""
        self._stopping.set()
        if self._busy is not None:
            self._busy.join()

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
