"""Mending the camera as a person would: the ladder of the fault's table row, rung by rung, within the caps.

Level-triggered: `advance` looks at where the ladder stands; a check that needs the camera looks at `ladder`
and `gave_up`. A rung ends in `ready` (a look may try the camera) or, for a camera that is gone, in its
node's return.
"""

from typing import Literal

from agent.core import faults, ledger
from agent.core.actions import Pulse, ResetUsb
from agent.core.facts import FaultKind, Recovery
from agent.core.faults import FAULTS
from agent.core.schedule import DAY
from agent.core.state import Ladder, Rung
from agent.core.turn import Turn

USB_SETTLE_SECONDS = 5.0
REOPEN_SECONDS = 2.0
FIRST_SIGHT_SECONDS = 2.0
"""After a start it takes a moment until it is known whether the camera is there."""
SEEN_IN_A_PICTURE = ("camera_covered", "camera_moved", "camera_dark", "camera_frozen")
"""Whatever is wrong with a picture, it comes from a camera that is there."""

PULSE_PATIENCE = 30.0
"""How long after its end a pulse may stay unconfirmed before the ladder goes on without it."""

Outcome = Literal["started", "mended", "not_mended", "gave_up", "done", "failed"]


def in_trouble(turn: Turn, fault: FaultKind, detail: str = "") -> None:
    """The camera has this fault: begin its ladder, or take the next rung of the one under way."""
    camera = turn.state.camera
    row = FAULTS[fault]
    if fault == "camera_gone":
        camera.present = False
    elif fault in SEEN_IN_A_PICTURE:
        faults.cleared(turn, "camera_gone")
    if camera.ladder is not None and not row.rungs:
        _report(turn, camera.ladder, "mended", "the picture is back, but shows another fault")
        camera.ladder = None
    if camera.ladder is None:
        camera.gave_up = None
        camera.ladder = Ladder(fault=fault, left=row.rungs, by_presence=row.by_presence)
        camera.ladder.until_boot = turn.now.boot
        if fault != "camera_gone":
            faults.present(turn, fault, detail)
        _next_rung(turn, camera.ladder)
    elif camera.ladder.step == "ready":
        _report(turn, camera.ladder, "not_mended", detail)
        _next_rung(turn, camera.ladder)


def works(turn: Turn) -> None:
    """A look has seen a sound picture: whatever was wrong with the camera is mended."""
    camera = turn.state.camera
    if camera.ladder is not None:
        _report(turn, camera.ladder, "mended")
        camera.ladder = None
    camera.gave_up = None
    faults.cleared(turn, *faults.OF_THE_CAMERA)


def appeared(turn: Turn) -> None:
    """The device node is there."""
    camera = turn.state.camera
    camera.present = True
    if camera.gave_up == "camera_gone":
        camera.gave_up = None
    if camera.ladder is not None and camera.ladder.by_presence and camera.ladder.step != "acting":
        _report(turn, camera.ladder, "mended")
        camera.ladder = None
    faults.cleared(turn, "camera_gone")


def vanished(turn: Turn) -> None:
    """The device node is gone."""
    camera = turn.state.camera
    camera.present = False
    if camera.ladder is None and camera.gave_up is None:
        in_trouble(turn, "camera_gone")


def acted(turn: Turn, rung: Literal["usb", "relay"], ok: bool, detail: str) -> None:
    """The pulse or reset is over: let the camera come back."""
    ladder = turn.state.camera.ladder
    if rung == "relay":
        _answer_order(turn, ok, detail)
        faults.relay_answered(turn, "camera", ok, detail)
    if ladder is None or ladder.step != "acting" or ladder.rung != rung:
        return
    if not ok:
        _report(turn, ladder, "failed", detail)
        _next_rung(turn, ladder)
        return
    ladder.step = "settling"
    boot_time = turn.policy.recovery.camera_boot_seconds if rung == "relay" else USB_SETTLE_SECONDS
    ladder.until_boot = turn.after(boot_time)


def advance(turn: Turn) -> None:
    """Go on when the time of the present rung is over."""
    ladder = turn.state.camera.ladder
    if ladder is None or ladder.step == "ready" or not turn.reached(ladder.until_boot):
        return
    if ladder.step == "acting":
        _report(turn, ladder, "failed", "no word of the pulse")
        _next_rung(turn, ladder)
    elif not ladder.by_presence:
        ladder.step = "ready"
    elif turn.state.camera.present:
        appeared(turn)
    else:
        faults.present(turn, ladder.fault)
        _report(turn, ladder, "not_mended")
        _next_rung(turn, ladder)


def may_be_tried(turn: Turn) -> bool:
    """Whether a look makes sense now: the camera is not just being restarted."""
    ladder = turn.state.camera.ladder
    return ladder is None or ladder.step == "ready"


def nobody_looks(turn: Turn) -> None:
    """No check wants the camera any more: a ladder that only a look can judge ends here, its fault stays."""
    ladder = turn.state.camera.ladder
    if ladder is not None and ladder.step == "ready":
        _report(turn, ladder, "done", "not tried by a look: no window is open")
        turn.state.camera.ladder = None


def restart(turn: Turn, ordered_by: str) -> str | None:
    """Cut the camera's power on a command. Returns the refusal, None if it is being done."""
    camera = turn.state.camera
    if camera.open_look is not None:
        return "a look is under way"
    if camera.ladder is not None:
        return "the camera is being restarted already"
    if (refusal := _no_more_power_cuts(turn)) is not None:
        return refusal
    camera.ordered_by = ordered_by
    camera.ladder = Ladder(fault="camera_gone", left=(), by_presence=True, rung="relay", ordered=True)
    _report(turn, camera.ladder, "started")
    _pulse(turn, camera.ladder)
    return None


def cut(turn: Turn) -> None:
    """Cut the camera's power because nothing else closes it: the worker cannot be ended. No cap holds here."""
    camera = turn.state.camera
    faults.present(turn, "worker_failed", "the worker could not be ended; the camera's power is cut")
    if camera.ladder is not None and camera.ladder.step == "acting" and camera.ladder.rung == "relay":
        return  # it is being cut already
    if camera.ladder is None:
        camera.ladder = Ladder(fault="worker_failed", left=(), by_presence=False)
    camera.ladder.rung, camera.ladder.left = "relay", ()
    _report(turn, camera.ladder, "started")
    _pulse(turn, camera.ladder, capped=False)


def restarts_today(turn: Turn) -> int:
    """Restarts of the last 24 hours."""
    camera = turn.state.camera
    camera.restarts_boot = [then for then in camera.restarts_boot if turn.now.boot - then < DAY]
    return len(camera.restarts_boot)


def deadlines(turn: Turn) -> list[float | None]:
    """When the ladder goes on."""
    ladder = turn.state.camera.ladder
    return [ladder.until_boot] if ladder is not None and ladder.step != "ready" else []


def resume(turn: Turn) -> None:
    """The agent was restarted, perhaps in mid-pulse: power is on again, go on with the boot grace."""
    ladder = turn.state.camera.ladder
    if ladder is not None and ladder.step == "acting":
        ladder.step = "settling"
        ladder.until_boot = turn.after(turn.policy.recovery.camera_boot_seconds)
    elif ladder is not None and ladder.step == "settling":
        ladder.until_boot = max(ladder.until_boot, turn.after(FIRST_SIGHT_SECONDS))
    _answer_order(turn, False, "the agent was restarted meanwhile")


def _next_rung(turn: Turn, ladder: Ladder) -> None:
    """Take the next rung that can be taken, or give up."""
    recovery = turn.policy.recovery
    while ladder.left:
        rung, *rest = ladder.left
        ladder.left = tuple(rest)
        if rung in ("usb", "relay") and _no_more_power_cuts(turn) is not None:
            continue
        ladder.rung = rung
        _report(turn, ladder, "started")
        if rung == "relay":
            _pulse(turn, ladder)
        elif rung == "usb":
            ladder.step, ladder.until_boot = "acting", turn.after(recovery.usb_off_seconds + PULSE_PATIENCE)
            _count(turn)
            turn.ask(ResetUsb(recovery.usb_off_seconds))
        else:
            pause = recovery.camera_wait_seconds if rung == "wait" else REOPEN_SECONDS
            ladder.step, ladder.until_boot = "settling", turn.after(pause)
        return
    _give_up(turn, ladder)


def _give_up(turn: Turn, ladder: Ladder) -> None:
    if ladder.by_presence and turn.state.camera.present:  # it came back meanwhile, or its power was never cut
        if not ladder.ordered:
            _report(turn, ladder, "mended", "it came back by itself")
        turn.state.camera.ladder = None
        return
    faults.present(turn, ladder.fault)
    if FAULTS[ladder.fault].rungs:
        _report(turn, ladder, "gave_up")
    turn.state.camera.gave_up = ladder.fault
    turn.state.camera.ladder = None


def _pulse(turn: Turn, ladder: Ladder, *, capped: bool = True) -> None:
    seconds = turn.policy.recovery.camera_off_seconds
    ladder.step, ladder.until_boot = "acting", turn.after(seconds + PULSE_PATIENCE)
    _count(turn)
    turn.ask(Pulse("camera", seconds, capped=capped))


def _count(turn: Turn) -> None:
    turn.state.camera.restarts_boot.append(turn.now.boot)


def _no_more_power_cuts(turn: Turn) -> str | None:
    """Why the camera's power may not be cut: the cap, or that it could not be counted. None if it may."""
    if "store_failed" in turn.state.faults:
        return faults.NOT_COUNTABLE
    if restarts_today(turn) >= turn.policy.limits.camera_restarts_per_day:
        return "the cap of camera restarts a day is reached"
    return None


def _answer_order(turn: Turn, ok: bool, detail: str) -> None:
    camera = turn.state.camera
    if camera.ordered_by is not None:
        ledger.finished(turn, camera.ordered_by, ok, detail)
        camera.ordered_by = None


def _report(turn: Turn, ladder: Ladder, outcome: Outcome, detail: str = "") -> None:
    step: Rung = ladder.rung or "reopen"
    fault = "command" if ladder.ordered else ladder.fault
    turn.say(Recovery(target="camera", step=step, outcome=outcome, fault=fault, detail=detail))
