"""The check protocol: which looks are made, and when they make the answer.

Level-triggered: events leave their mark in the state, and `advance`, called after every event, does
whatever is due. So a restart in mid-window simply goes on.
"""

from agent.core import answering, camera, confirmations, faults, lock
from agent.core.actions import ExtendLook, SetLamp, StartLook, StopLook
from agent.core.answers import conclude
from agent.core.events import LookFailed, LookReport
from agent.core.facts import FaultKind, LookResult, LookSummary
from agent.core.moment import at
from agent.core.policy import MINUTE
from agent.core.state import Check
from agent.core.turn import Turn

HELD_FAST = "stuck"
"""Reason of a check that could not look: a worker of an earlier look sticks in the driver and holds the camera."""
TIMERS_DIFFER = 0.01
"""A worker goes at its deadline by a timer of its own: so much earlier it has not crashed. Seconds."""
DOUBTED_ABSENCE = "not_in_bed_was_wrong_here"
"""The worker's word for a bed that it would have called empty, had that not been wrong here before."""


def begin(turn: Turn, check: Check, counts: float) -> None:
    """Begin a check whose window is open, or say at once why not. counts: minutes against the caps."""
    if (reason := lock.locked(turn)) is not None:
        answering.settle(turn, check, "missed", reason)
    elif counts and not lock.within_caps(turn, counts):
        answering.settle(turn, check, "missed", "cap")
    elif turn.after(turn.policy.check.look_seconds) > check.answer_by_boot:
        answering.settle(turn, check, "missed", answering.why_late(turn, check))
    else:
        if counts:
            lock.count_window(turn, counts)
        turn.state.camera.gave_up = None
        check.next_look_boot = turn.now.boot
        turn.state.check = check


# ---- what looks bring


def reported(turn: Turn, look: str, report: LookReport) -> None:
    """A look was judged: extend it, or close the camera and let it count."""
    check = turn.state.check
    if check is None or check.look != look:
        return
    if report.verdict != "camera_fault":
        camera.works(turn)
    if _wants_extension(turn, check, report):
        check.extended = True
        check.first_half = report
        turn.ask(ExtendLook(look, turn.policy.check.extension_seconds))
        return
    _close_camera(turn)
    _count_look(check, report.verdict, report.reasons, report.p_occupied, report.seconds)
    if report.verdict == "in_bed":
        _answer(turn, check)
    elif report.verdict == "camera_fault":
        _trouble(turn, check, faults.of_reasons(report.reasons), ", ".join(report.reasons))
    else:
        _look_again_or_answer(turn, check)


def failed(turn: Turn, event: LookFailed) -> None:
    """A look came to nothing."""
    check = turn.state.check
    if check is None or check.look != event.look:
        return
    _count_look(check, "failed", (event.why,), None, turn.now.utc - check.look_at)
    _trouble(turn, check, faults.OF_FAILED_LOOK[event.why], event.detail)


def closed(turn: Turn, look: str) -> None:
    """The camera is closed for certain."""
    if turn.state.camera.open_look != look:
        return
    turn.state.camera.open_look = None
    turn.state.camera.stopping = False
    turn.ask(SetLamp(False))
    check = turn.state.check
    if check is not None and check.look == look and not turn.reached(check.answer_by_boot - TIMERS_DIFFER):
        _count_look(check, "failed", ("crashed",), None, turn.now.utc - check.look_at)
        _trouble(turn, check, "worker_failed", "the worker ended without a word")


def _wants_extension(turn: Turn, check: Check, report: LookReport) -> bool:
    """Unsure, or a fault that no restart mends and that is to be seen twice: look on, if there is time.

    A doubt of absence gives an `in_bed` no more chances than there would be without it.
    """
    if check.extended or turn.policy.check.extension_seconds == 0:
        return False
    if turn.after(turn.policy.check.extension_seconds) > check.answer_by_boot:
        return False
    if DOUBTED_ABSENCE in report.reasons:
        return False
    if report.verdict == "camera_fault":
        return not faults.FAULTS[faults.of_reasons(report.reasons)].rungs
    return report.verdict == "uncertain"


def _count_look(
    check: Check, result: LookResult, reasons: tuple[str, ...], p: float | None, seconds: float
) -> None:
    check.looks.append(
        LookSummary(
            at=at(check.look_at),
            result=result,
            reasons=reasons,
            p_occupied=p,
            seconds=round(seconds, 3),
            extended=check.extended,
        )
    )
    check.look = None


def _trouble(turn: Turn, check: Check, fault: FaultKind, detail: str) -> None:
    """The camera is at fault: mend it and look again, or answer at once if no restart mends it."""
    camera.in_trouble(turn, fault, detail)
    if turn.state.camera.ladder is None:
        _answer(turn, check)
    else:
        check.phase = "mending"


def _look_again_or_answer(turn: Turn, check: Check) -> None:
    policy = turn.policy.check
    again = turn.after(policy.further_look_after_minutes * MINUTE)
    if check.further_looks and again + policy.look_seconds <= check.answer_by_boot:
        check.further_looks -= 1
        check.phase = "waiting"
        check.next_look_boot = again
    else:
        _answer(turn, check)


# ---- what is due


def advance(turn: Turn) -> None:
    """Do what the present check needs now."""
    check = turn.state.check
    if check is None:
        return
    if turn.now.trusted:  # a clock that was set forwards leaves less of the window, never more
        check.answer_by_boot = min(check.answer_by_boot, turn.after(check.answer_by - turn.now.utc))
    reason = lock.locked(turn)
    if reason is not None and check.look is not None:
        _close_camera(turn)
        check.look, check.phase, check.next_look_boot = None, "waiting", turn.now.boot
    if reason is not None and reason != "clock":
        turn.state.check = None
        answering.settle(turn, check, "missed", reason)
    elif turn.reached(check.answer_by_boot) or not _inside_its_window(turn, check):
        _close_camera(turn)
        _answer(turn, check)
    elif reason is None:
        _go_on(turn, check)


def _go_on(turn: Turn, check: Check) -> None:
    state = turn.state
    if not camera.may_be_tried(turn):
        return
    if check.phase == "mending":
        if state.camera.ladder is None and state.camera.gave_up is not None:
            _answer(turn, check)
        else:
            _start_look(turn, check)
    elif check.phase == "waiting" and turn.reached(check.next_look_boot):
        _start_look(turn, check)


def _start_look(turn: Turn, check: Check) -> None:
    """Open the camera, if the look before is closed for certain and there is time for a look."""
    state, policy = turn.state, turn.policy.check
    if state.camera.open_look is not None:
        return
    if turn.after(policy.look_seconds) > check.answer_by_boot:
        _answer(turn, check)
        return
    state.looks_begun += 1
    look = f"{check.id}/{state.looks_begun}"
    check.phase, check.look, check.look_at = "looking", look, turn.now.utc
    check.extended, check.first_half, check.next_look_boot = False, None, None
    state.camera.open_look = look
    state.camera.last_look_at = turn.now.utc
    turn.ask(SetLamp(True))
    doubt_in_bed, doubt_not_in_bed = confirmations.doubts(turn)
    turn.ask(
        StartLook(
            look,
            policy.look_seconds,
            deadline=check.answer_by_boot,
            doubt_in_bed=doubt_in_bed,
            doubt_not_in_bed=doubt_not_in_bed,
        )
    )


def _inside_its_window(turn: Turn, check: Check) -> bool:
    """Whether UTC still says so; a clock that steps out of the window closes it."""
    return not turn.now.trusted or check.start - 1 <= turn.now.utc < check.end


def _close_camera(turn: Turn) -> None:
    camera_state = turn.state.camera
    if camera_state.open_look is not None and not camera_state.stopping:
        camera_state.stopping = True
        turn.ask(StopLook(camera_state.open_look))


# ---- the answer


def _answer(turn: Turn, check: Check) -> None:
    """The looks so far make the answer."""
    turn.state.check = None
    if check.look is not None and check.first_half is not None:
        half = check.first_half
        _count_look(check, half.verdict, half.reasons, half.p_occupied, half.seconds)
    nothing_seen = _why_nothing(turn, check)
    held_open = check.look is None and turn.state.camera.open_look is not None
    if not check.looks and held_open and nothing_seen != "clock":
        answering.settle(turn, check, "camera_fault", HELD_FAST)
        return
    conclusion = conclude(check.looks, nothing_seen=nothing_seen)
    answering.settle(turn, check, conclusion.status, conclusion.reason, conclusion.p_occupied)


def _why_nothing(turn: Turn, check: Check) -> str:
    why = answering.why_late(turn, check) if check.began_late else "no_time"
    if not turn.now.trusted or (why == "no_time" and not _inside_its_window(turn, check)):
        return "clock"
    return why


def end_test(turn: Turn) -> None:
    """An agreed window opens: the test makes room for it."""
    check = turn.state.check
    if check is not None and check.kind == "test":
        _close_camera(turn)
        _answer(turn, check)


def deadlines(turn: Turn) -> list[float | None]:
    """When the check goes on."""
    check = turn.state.check
    if check is None:
        return []
    window_end = turn.after(check.end - turn.now.utc) if turn.now.trusted else None
    may_look = (
        check.phase == "waiting"
        and turn.state.camera.open_look is None
        and camera.may_be_tried(turn)
        and lock.locked(turn) is None
    )
    return [check.answer_by_boot, window_end, check.next_look_boot if may_look else None]
