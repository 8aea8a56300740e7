"""The relays: whether their lines are there and free; with --pulse, whether the camera hangs on its own."""

import secrets
import time
from collections.abc import Callable

from agent import fittings
from agent.config.sections import RelaysSection, RelayWiring
from agent.core.events import CommandReceived
from agent.core.moment import at
from agent.core.orders import Command, RestartCamera
from agent.core.state import Settled
from agent.doctor.camera import plugged_in
from agent.doctor.findings import Outcome, fault, not_checked, ok
from agent.doctor.lines import NotWired, demand_line
from agent.doctor.visit import Visit
from agent.hw.control import NobodyListens, Refused, deliver
from agent.hw.relays import RelayFault
from agent.hw.usb import SysfsPort
from agent.onlooker import Onlooker

EXPIRES_AFTER, ANSWERS_WITHIN = 60.0, 5.0
"""Seconds: a command that is late must not cut a power; an agent answers within one turn of its loop."""
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
    """Cut the camera's power, see it go; restore it, see it come back. Never in a check, and only if asked for."""
    if not visit.pulse:
        return not_checked("not_asked")
    if not visit.config.camera.is_device or visit.config.relays.camera is None:
        return not_checked("none")
    if visit.check_under_way:
        return not_checked("check_under_way")
    try:
        return _by_the_agent(visit) if visit.agent_runs else _by_ourselves(visit)
    except (RelayFault, Refused, NobodyListens) as error:
        return fault("stuck", detail=str(error))


def _by_ourselves(visit: Visit) -> Outcome:
    """The power is restored when the visit ends, however it ends. Raises RelayFault."""
    relays = fittings.relays(visit.config)
    visit.undo.callback(relays.close)
    relays.cut("camera")
    gone = _seen_going(visit)
    relays.restore("camera")
    return _told_of(visit, gone)


def _by_the_agent(visit: Visit) -> Outcome:
    """A running agent's relays are its own: it is asked, as by command, and may refuse. Raises Refused."""
    command = Command(
        id=f"doctor-{secrets.token_hex(4)}",
        expires=at(visit.now.utc + EXPIRES_AFTER),
        requested_by="doctor",
        order=RestartCamera(),
    )
    deliver(visit.config.device.state, CommandReceived(command))
    settled = _settled(visit, command.id)
    if settled is None:
        raise Refused("the running agent did not say what it does")
    if settled.outcome in {"refused", "failed"}:
        return not_checked("refused", detail=settled.reason)
    return _told_of(visit, _seen_going(visit))


def _settled(visit: Visit, command: str) -> Settled | None:
    """What the agent answered, by its memory."""
    until = time.monotonic() + ANSWERS_WITHIN
    while time.monotonic() < until:
        onlooker = Onlooker(visit.config.device.state)
        try:
            state = onlooker.state()
        finally:
            onlooker.close()
        if state and command in state.commands:
            return state.commands[command]
        time.sleep(LOOK_AGAIN)
    return None


def _seen_going(visit: Visit) -> float | None:
    return _within(visit.config.recovery.camera_off_seconds, lambda: not plugged_in(visit))


def _told_of(visit: Visit, gone: float | None) -> Outcome:
    recovery = visit.config.recovery
    if gone is None:
        return fault("not_cut", seconds=recovery.camera_off_seconds)
    back = _within(recovery.camera_off_seconds + recovery.camera_boot_seconds, lambda: plugged_in(visit))
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
