"""The systemd units: no key misspelt, the two processes kept apart, and sandboxed as tightly as was promised."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
AGENT, WORKER, SOCKET = "nattro.service", "nattro-vision@.service", "nattro-vision.socket"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed on this machine"
)


def lines(unit: str) -> list[str]:
    return (UNITS / unit).read_text().splitlines()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as on a device, with a program that exists here in place of /usr/lib/nattro."""
    for unit in (AGENT, WORKER, SOCKET):
        text = (UNITS / unit).read_text()
        for program in ("/usr/lib/nattro/bin/nattro", "/usr/lib/nattro/bin/python"):
            text = text.replace(program, "/bin/true")
        (tmp_path / unit).write_text(text)
    return tmp_path


@needs_systemd
def test_systemd_has_nothing_to_remark(installed: Path) -> None:
    named = [installed / AGENT, installed / SOCKET, installed / WORKER.replace("@", "@1")]
    shutil.copy(installed / WORKER, named[2])
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *named], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "nattro" in line]
    assert ours == []


@needs_systemd
@pytest.mark.parametrize(("unit", "threshold"), [(AGENT, 25), (WORKER, 20)])
def test_the_sandbox_is_tight(installed: Path, unit: str, threshold: int) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={threshold}", installed / unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_process_that_sees_has_no_network() -> None:
    assert "PrivateNetwork=yes" in lines(WORKER)
    assert "RestrictAddressFamilies=none" in lines(WORKER)
    assert "InaccessiblePaths=-/var/lib/nattro -/etc/nattro" in lines(WORKER)


def test_the_process_that_has_the_network_sees_no_camera() -> None:
    assert [line for line in lines(AGENT) if line.startswith("DeviceAllow=")] == [
        "DeviceAllow=char-gpiochip rw"
    ]
    assert "DevicePolicy=closed" in lines(AGENT)
    assert not any("video" in line for line in lines(AGENT) if line.startswith("SupplementaryGroups="))


def test_the_socket_is_the_agents_alone() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(UNITS / SOCKET)
    assert (unit["Socket"]["SocketUser"], unit["Socket"]["SocketMode"]) == ("nattro", "0600")


def test_power_is_restored_however_the_agent_ends() -> None:
    assert any(line.startswith("ExecStopPost=") and "relay release" in line for line in lines(AGENT))
