"""The USB port: off, wait, on, by whichever way the kernel offers."""

from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.actions import ResetUsb
from agent.core.events import AnyEvent, UsbResetDone
from agent.hw.usb import SysfsPort, UsbPort

PATIENCE = 30.0


def sysfs(root: Path, *names: str) -> list[Path]:
    files = [root / "sys/bus/usb/devices" / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("initial")
    return files


def reset(root: Path, port: str, watched: Path) -> tuple[UsbResetDone, str]:
    """What came of it, and what the file said while the port was off."""
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    seen: list[str] = []
    UsbPort(SysfsPort(port, root), inbox.put, lambda _: seen.append(watched.read_text())).reset(ResetUsb(5.0))
    done = inbox.get(timeout=PATIENCE)
    assert isinstance(done, UsbResetDone)
    return done, "".join(seen)


@pytest.mark.parametrize(
    ("port", "hub_port"),
    [
        ("1-1", "1-0:1.0/usb1-port1/disable"),
        ("1-1.2", "1-1:1.0/1-1-port2/disable"),
        ("2-1.4.3", "2-1.4:1.0/2-1.4-port3/disable"),
    ],
)
def test_a_hub_that_can_cut_a_ports_power_does_so(tmp_path: Path, port: str, hub_port: str) -> None:
    (disable,) = sysfs(tmp_path, hub_port)
    assert reset(tmp_path, port, disable) == (UsbResetDone(ok=True), "1")
    assert disable.read_text() == "0"


def test_an_older_kernel_deauthorises_the_device(tmp_path: Path) -> None:
    (authorized,) = sysfs(tmp_path, "1-1.2/authorized")
    assert reset(tmp_path, "1-1.2", authorized) == (UsbResetDone(ok=True), "0")
    assert authorized.read_text() == "1"


def test_a_port_that_is_not_there_is_reported(tmp_path: Path) -> None:
    done, _ = reset(tmp_path, "1-1.2", tmp_path)
    assert not done.ok
    assert "1-1.2/authorized: No such file or directory" in done.detail


def test_without_a_port_every_reset_fails_and_says_why() -> None:
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    UsbPort(None, inbox.put).reset(ResetUsb(5.0))
    assert inbox.get(timeout=PATIENCE) == UsbResetDone(ok=False, detail="no USB port is configured")
