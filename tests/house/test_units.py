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
def installed(tmp_path: Path) -> dict[str, Path]:
    """The units as on a device, with a program that exists here in place of /usr/lib/nattro."""
    placed = {}
    for unit in (AGENT, WORKER, SOCKET):
        text = (UNITS / unit).read_text()
        for program in ("/usr/lib/nattro/bin/nattro", "/usr/lib/nattro/bin/python"):
            text = text.replace(program, "/bin/true")
        placed[unit] = tmp_path / unit.replace("@", "@1")  # a template is judged by an instance of it
        placed[unit].write_text(text)
    (tmp_path / WORKER).write_text(placed[WORKER].read_text())
    return placed


@needs_systemd
def test_systemd_has_nothing_to_remark(installed: dict[str, Path]) -> None:
    """Not even what it calls a warning: an unknown key is no more than that to it."""
    done = _analysed("verify", "--man=no", "--recursive-errors=no", *installed.values())
    assert done.returncode == 0
    assert done.stderr == ""


@needs_systemd
def test_a_misspelt_key_would_be_noticed(installed: dict[str, Path]) -> None:
    agent = installed[AGENT]
    agent.write_text(agent.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    assert "WatchdogSecs" in _analysed("verify", "--man=no", agent).stderr


@needs_systemd
@pytest.mark.parametrize("unit", [AGENT, WORKER])
def test_the_sandbox_is_tight(installed: dict[str, Path], unit: str) -> None:
    """Exposure at most 2.0 of 10; systemd says "safe" below 2, "medium" from 4, and most services have 9.6."""
    done = _analysed("security", "--offline=yes", "--threshold=20", installed[unit])
    print(f"\n{unit}: {done.stdout.strip().splitlines()[-1].lstrip('→ ')}")
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def _analysed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


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


def test_the_net_can_read_what_processor_it_runs_on() -> None:
    """ONNX Runtime crashes on arm64 without /proc/cpuinfo."""
    assert not any(line.startswith("ProcSubset=") for line in lines(WORKER))


def test_the_key_is_handed_over_and_not_read() -> None:
    assert "LoadCredential=credentials:/etc/nattro/credentials" in lines(AGENT)
    assert "d /etc/nattro/credentials 0700 root root" in lines("nattro.tmpfiles")


def test_a_hung_machine_is_reset() -> None:
    assert any(line.startswith("RuntimeWatchdogSec=") for line in lines("nattro-watchdog.conf"))


def test_no_fault_leaves_a_unit_failed_for_good() -> None:
    assert "StartLimitIntervalSec=0" in lines(AGENT)
    assert "StartLimitIntervalSec=0" in lines(WORKER)
    assert "TriggerLimitIntervalSec=0" in lines(SOCKET)


def test_the_socket_is_the_agents_alone() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(UNITS / SOCKET)
    assert (unit["Socket"]["SocketUser"], unit["Socket"]["SocketMode"]) == ("nattro", "0600")


def test_power_is_restored_however_the_agent_ends() -> None:
    assert any(line.startswith("ExecStopPost=") and "relay release" in line for line in lines(AGENT))
