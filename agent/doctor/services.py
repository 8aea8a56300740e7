"""systemd: whether the units are installed, start by themselves, and are watched over."""

import shutil
import subprocess

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from agent.doctor.words import needs

AGENT, SOCKET = "nattro.service", "nattro-vision.socket"
PATIENCE = 3.0


def agent(visit: Visit) -> Outcome:
    if not _systemd_runs(visit):
        return not_checked("no_systemd")
    unit = show(AGENT, "LoadState", "ActiveState", "UnitFileState", "NRestarts", "Result")
    if unit["LoadState"] != "loaded":
        return fault("not_installed", unit=AGENT)
    if unit["ActiveState"] != "active":
        return fault("not_running", unit=AGENT, state=unit["ActiveState"], result=unit["Result"])
    if unit["UnitFileState"] != "enabled":
        return warning("not_enabled", unit=AGENT)
    restarts = int(unit["NRestarts"] or 0)
    return warning("restarted", unit=AGENT, times=restarts) if restarts else ok(unit=AGENT)


def socket(visit: Visit) -> Outcome:
    if not _systemd_runs(visit):
        return not_checked("no_systemd")
    unit = show(SOCKET, "LoadState", "ActiveState", "UnitFileState")
    if unit["LoadState"] != "loaded":
        return fault("not_installed", unit=SOCKET)
    if unit["ActiveState"] != "active":
        return fault("not_listening", unit=SOCKET, state=unit["ActiveState"])
    return ok(unit=SOCKET) if unit["UnitFileState"] == "enabled" else warning("not_enabled", unit=SOCKET)


def watchdog(visit: Visit) -> Outcome:
    """systemd restarts an agent that makes no progress."""
    if not _systemd_runs(visit):
        return not_checked("no_systemd")
    unit = show(AGENT, "LoadState", "WatchdogUSec")
    if unit["LoadState"] != "loaded":
        return needs("services.agent")
    patience = unit["WatchdogUSec"]
    return fault("off") if patience in {"", "0", "infinity"} else ok(patience=patience)


def hardware_watchdog(visit: Visit) -> Outcome:
    """The machine itself restarts when even systemd has stopped."""
    if not _systemd_runs(visit):
        return not_checked("no_systemd")
    if not (visit.root / "dev/watchdog").exists():
        return warning("missing")
    patience = show("", "RuntimeWatchdogUSec")["RuntimeWatchdogUSec"]
    return warning("off") if patience in {"", "0", "infinity"} else ok(patience=patience)


def show(unit: str, *properties: str) -> dict[str, str]:
    """Properties of a unit, or of the manager if `unit` is empty. Raises OSError, subprocess.SubprocessError."""
    command = [
        "systemctl",
        "show",
        "--no-pager",
        f"--property={','.join(properties)}",
        *([unit] if unit else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return {name: told.get(name, "") for name in properties}


def _systemd_runs(visit: Visit) -> bool:
    """As sd_booted(3) asks it."""
    return (visit.root / "run/systemd/system").is_dir() and shutil.which("systemctl") is not None
