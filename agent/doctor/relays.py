"""The relays: whether their lines are there and free; with --pulse, whether the camera hangs on its own."""

import time
from collections.abc import Callable

from agent import fittings
from agent.config.sections import RelaysSection, RelayWiring
from agent.doctor.camera import plugged_in
from agent.doctor.findings import Outcome, fault, not_checked, ok
from agent.doctor.lines import NotWired, demand_line
from agent.doctor.visit import Visit
from agent.hw.relays import RelayFault
from agent.hw.usb import SysfsPort

LOOK_AGAIN = 0.2
"""Seconds between two looks whether the camera is gone, or back."""


def lines(visit: Visit) -> Outcome:
    """Asked of the kernel; nothing is taken and nothing switched."""
    section = visit.config.relays
    fitted = {"camera": section.camera, "router": section.router}
    wired = {name: wiring for name, wiring in fitted.items() if wiring is not None}
    if section.driver == "none" or not wired:
        return not_checked("none")
    for name, wiring in wired.items():
        try:
            _demand_its_line(visit, section, wiring)
        except NotWired as error:
            return fault("not_wired", relay=name, detail=str(error))
    return ok(relays=", ".join(f"{name} ({_told(wiring)})" for name, wiring in wired.items()))


def pulse(visit: Visit) -> Outcome:
    """Cut the camera's power, see it go; restore it, see it come back.

    Only while no agent runs: its relays are its own, and no check can be under way. The power is restored when the
    visit ends, however it ends.
    """
    if not visit.pulse:
        return not_checked("not_asked")
    if visit.agent_runs:
        return not_checked("agent_runs")
    if not visit.config.camera.is_device or visit.config.relays.camera is None:
        return not_checked("none")
    recovery = visit.config.recovery
    relays = fittings.relays(visit.config)
    visit.undo.callback(relays.close)
    try:
        relays.cut("camera")
        gone = _within(recovery.camera_off_seconds, lambda: not plugged_in(visit))
        relays.restore("camera")
    except RelayFault as error:
        return fault("stuck", detail=str(error))
    if gone is None:
        return fault("not_cut", seconds=recovery.camera_off_seconds)
    back = _within(recovery.camera_boot_seconds, lambda: plugged_in(visit))
    if back is None:
        return fault("not_back", seconds=recovery.camera_boot_seconds)
    return ok(gone=round(gone, 1), back=round(back, 1))


def _demand_its_line(visit: Visit, section: RelaysSection, wiring: RelayWiring) -> None:
    """Raises NotWired."""
    if section.driver_of(wiring) == "gpiod" and wiring.line is not None:
        demand_line(visit, section.chip, wiring.line)
    elif wiring.port and not SysfsPort(wiring.port, visit.root).power.exists():
        raise NotWired(f"the hub of USB port {wiring.port} cannot cut its power, or nothing sits there")


def _told(wiring: RelayWiring) -> str:
    return f"USB {wiring.port}" if wiring.port else f"line {wiring.line}"


def _within(seconds: float, true: Callable[[], bool]) -> float | None:
    """After how many seconds it became true; None if it did not in time."""
    begun = time.monotonic()
    while (spent := time.monotonic() - begun) < seconds:
        if true():
            return spent
        time.sleep(LOOK_AGAIN)
    return None
