"""The USB port: off, wait, on, by whichever way the kernel offers."""

from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.actions import ResetUsb
from agent.core.events import AnyEvent, UsbResetDone
from agent.hw.relays import RelayFault, Relays, off_for
from agent.hw.usb import SysfsPort, SysfsPower, Uhubctl, UsbPort

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


# ---- the port's power in the place of a relay


def test_a_hub_s_switch_serves_as_a_relay(tmp_path: Path) -> None:
    (disable,) = sysfs(tmp_path, "1-1:1.0/1-1-port2/disable")
    disable.write_text("1")  # whoever ran before died in mid-pulse
    relays = Relays({"camera": SysfsPower("1-1.2", tmp_path)})
    assert disable.read_text() == "0"
    seen: list[str] = []
    off_for(relays, "camera", 5.0, lambda _: seen.append(disable.read_text()))
    assert (seen, disable.read_text()) == (["1"], "0")
    assert relays.working() == {"camera": True}


def test_a_hub_that_cannot_cut_a_port_s_power_is_no_relay(tmp_path: Path) -> None:
    sysfs(tmp_path, "1-1.2/authorized")  # its driver can be started anew, but the camera stays under power
    relays = Relays({"camera": SysfsPower("1-1.2", tmp_path)})
    assert relays.working() == {"camera": False}
    assert "can this hub cut its ports' power?" in relays.faults()["camera"]
    with pytest.raises(RelayFault):
        relays.cut("camera")


def program(folder: Path, *, code: int = 0) -> tuple[str, Path]:
    """A uhubctl that notes how it was called."""
    told, file = folder / "told", folder / "uhubctl"
    file.write_text(
        f'#!/bin/sh\necho "$@" >> {told}\necho "No compatible devices detected!" >&2\nexit {code}\n'
    )
    file.chmod(0o755)
    return str(file), told


@pytest.mark.parametrize(
    ("port", "words"), [("1-1.2", "--location 1-1 --ports 2"), ("2-3", "--location 2 --ports 3")]
)
def test_uhubctl_is_told_the_hub_and_its_port(tmp_path: Path, port: str, words: str) -> None:
    command, told = program(tmp_path)
    relays = Relays({"camera": Uhubctl(port, (command,))})
    off_for(relays, "camera", 5.0, lambda _: None)
    actions = [f"{words} --action {action}" for action in ("on", "off", "on")]
    assert told.read_text().splitlines() == actions  # on at the start, whatever was before
    relays.working()
    assert len(told.read_text().splitlines()) == 3  # asking runs nothing


def test_a_uhubctl_that_fails_or_is_missing_is_a_fault_and_says_why(tmp_path: Path) -> None:
    command, _ = program(tmp_path, code=1)
    with pytest.raises(RelayFault, match="uhubctl: No compatible devices detected!"):
        Relays({"camera": Uhubctl("1-1.2", (command,))}).cut("camera")
    missing = Relays({"camera": Uhubctl("1-1.2", (str(tmp_path / "nowhere"),))})
    assert missing.working() == {"camera": False}


def test_a_port_left_off_by_a_killed_agent_is_switched_on_at_the_start(tmp_path: Path) -> None:
    (disable,) = sysfs(tmp_path, "1-1:1.0/1-1-port2/disable")
    disable.write_text("1")
    UsbPort(SysfsPort("1-1.2", tmp_path), lambda _: None).release()
    assert disable.read_text() == "0"
    UsbPort(SysfsPort("1-1.3", tmp_path), lambda _: None).release()  # no such port: nothing to switch on


def test_an_agent_that_stops_in_mid_reset_switches_the_port_on(tmp_path: Path) -> None:
    (disable,) = sysfs(tmp_path, "1-1:1.0/1-1-port2/disable")
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    port = UsbPort(SysfsPort("1-1.2", tmp_path), inbox.put)
    port.reset(ResetUsb(60.0))
    port.stop()
    assert disable.read_text() == "0"
    assert inbox.get(timeout=PATIENCE) == UsbResetDone(ok=True)
