"""Bugs that break promise 5: power is cut too often, for nothing, for too long, or without a word."""

from typing import Any

from agent.core import camera, faults, life, uplink
from agent.core.faults import FAULTS, RESTART
from agent.core.policy import MINUTE
from agent.core.turn import Turn
from firmware_sim.mutants.planting import Planted, after, always, nothing
from firmware_sim.ports import hands
from firmware_sim.ports.hands import Relays

_resume = uplink.resume
_report = camera._report  # noqa: SLF001 # bugs grow inside


def _with_rungs(**rungs: Any) -> Any:
    """The table of faults, with other ways to mend some of them."""
    return {kind: row._replace(rungs=rungs.get(kind, row.rungs)) for kind, row in FAULTS.items()}


def _pulse_for_a_broker(turn: Turn, *_: Any) -> None:
    """A broker that does not answer is taken for a router that hangs."""
    state = turn.state.uplink
    if state.broker_silent_since_boot is None:
        state.broker_silent_since_boot = turn.now.boot
    silent_for = turn.now.boot - state.broker_silent_since_boot
    patience = turn.policy.recovery.uplink_down_minutes * MINUTE
    if silent_for >= patience and state.step == "watching" and uplink._may_restart(turn):  # noqa: SLF001
        uplink._pulse(turn, "uplink_down")  # noqa: SLF001


def _forgets_restarts(turn: Turn) -> None:
    turn.state.uplink.restarts_boot.clear()


def _without_gaps(turn: Turn) -> bool:
    return uplink.restarts_today(turn) < turn.policy.limits.router_restarts_per_day


def _no_patience(turn: Turn, answer: Any) -> None:
    """One failed round is enough."""
    del answer
    if turn.state.uplink.step == "watching" and uplink._may_restart(turn):  # noqa: SLF001
        uplink._pulse(turn, "uplink_down")  # noqa: SLF001


def _stays_off(relays: Relays) -> None:
    """The coils stay driven when the agent dies."""
    relays._alive = False  # noqa: SLF001


def _tells_only_beginnings(turn: Turn, ladder: Any, outcome: str, detail: str = "") -> None:
    if outcome == "started":
        _report(turn, ladder, "started", detail)


COVERED = _with_rungs(camera_covered=RESTART, camera_moved=RESTART, camera_dark=RESTART)
FAILED = _with_rungs(worker_failed=RESTART)

MENDINGS: tuple[Planted, ...] = (
    Planted(
        "cap of camera restarts forgotten",
        5,
        "the camera's power is cut again and again",
        ((camera, "restarts_today", always(0)),),
    ),
    Planted(
        "cap of router restarts forgotten",
        5,
        "the router is restarted again and again",
        ((uplink, "_may_restart", always(True)), (uplink, "restarts_today", always(0))),
    ),
    Planted(
        "restarts forgotten at a start",
        5,
        "a reboot forgets how often the router was restarted",
        ((uplink, "resume", after(_resume, _forgets_restarts)),),
    ),
    Planted(
        "no gaps between restarts",
        5,
        "the router is restarted as soon as it has booted",
        ((uplink, "_may_restart", _without_gaps),),
    ),
    Planted(
        "router restarted for a broker",
        5,
        "every home restarts its router at once",
        ((uplink, "_broker_is_silent", _pulse_for_a_broker),),
    ),
    Planted(
        "router restarted at once",
        5,
        "the router is restarted for a moment's silence",
        ((uplink, "_unreachable", _no_patience),),
    ),
    Planted(
        "restart for a covered camera",
        5,
        "power is cut for what it cannot mend",
        ((camera, "FAULTS", COVERED), (faults, "FAULTS", COVERED)),
    ),
    Planted(
        "restart for a failed worker",
        5,
        "power is cut for a program's fault",
        ((camera, "FAULTS", FAILED), (faults, "FAULTS", FAILED)),
    ),
    Planted(
        "power stays off when killed",
        5,
        "camera or router stay without power",
        ((Relays, "process_died", _stays_off),),
    ),
    Planted(
        "pulses far too long",
        5,
        "a device is without power for minutes",
        ((hands, "clamped", always(300.0)),),
    ),
    Planted(
        "mending not reported",
        5,
        "nobody learns how the mending went",
        ((camera, "_report", _tells_only_beginnings),),
    ),
    Planted(
        "power cuts not reported",
        5,
        "nobody learns that the device was without power",
        ((life, "_report_power", nothing),),
    ),
)
