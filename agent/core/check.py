"""The check protocol: when a window opens, which looks are made, and the one answer.

Level-triggered: events leave their mark in the state, and `advance`, called after every event, does
whatever is due. So a restart in mid-window simply goes on.
"""

from agent.core import alarms, camera, faults, lock, schedule
from agent.core.actions import ExtendLook, SetLamp, StartLook, StopLook
from agent.core.answers import conclude, needs_alarm, text_of
from agent.core.events import LookFailed, LookReport
from agent.core.facts import Answer, AnswerStatus, FaultKind, LookResult, LookSummary
from agent.core.moment import at
from agent.core.policy import MINUTE
from agent.core.schedule import Slot
from agent.core.state import Check, CheckKind, OpenWindow
from agent.core.turn import Turn

TEST_MARGIN_SECONDS = 5.0
ANSWERS_REMEMBERED = 256


def open_agreed(turn: Turn, slot: Slot) -> None:
    """Begin the check of a window that is open now."""
    policy = turn.policy.check
    end = slot.start + policy.window_seconds
    end_boot = turn.after(end - turn.now.utc)
    turn.state.window = OpenWindow(check=slot.id, start=slot.start, end=end, end_boot=end_boot)
    check = Check(
        id=slot.id,
        kind="agreed",
        start=slot.start,
        end=end,
        answer_by_boot=end_boot - policy.answer_margin_seconds,
        further_looks=policy.further_looks,
        began_late=turn.now.utc - slot.start > MINUTE,
    )
    _begin(turn, check, counts=policy.window_minutes)


def open_extra(turn: Turn) -> str | None:
    """Begin the one extra check of the open window. Returns the refusal, None if it has begun."""
    window, policy = turn.state.window, turn.policy.check
    if turn.state.check is not None:
        return "a check is under way"
    if window is None or turn.reached(window.end_boot) or not window.start <= turn.now.utc < window.end:
        return "no agreed window is open"
    if window.extra_used:
        return "this window's extra check was used already"
    if (reason := lock.locked(turn)) is not None:
        return f"locked: {reason}"
    answer_by = window.end_boot - policy.answer_margin_seconds
    if turn.after(policy.look_seconds) > answer_by:
        return "too little of the window is left for a look"
    window.extra_used = True
    check = Check(
        id=f"{window.check}+extra",
        kind="extra",
        start=turn.now.utc,
        end=window.end,
        answer_by_boot=answer_by,
        further_looks=policy.further_looks,
    )
    _begin(turn, check, counts=0)
    return None


def open_test(turn: Turn, command: str, minutes: int) -> str | None:
    """Begin a test check in a window of its own. Returns the refusal, None if it has begun."""
    if turn.state.check is not None:
        return "a check is under way"
    if (reason := lock.locked(turn)) is not None:
        return f"locked: {reason}"
    if not lock.within_caps(turn, minutes):
        return "today's cap of windows or unlocked minutes is reached"
    coming = schedule.next_slot(turn.policy, turn.state, turn.now.utc)
    if coming is not None and coming.start - turn.now.utc < minutes * MINUTE:
        return "an agreed window opens before the test would be over"
    check = Check(
        id=f"test-{command}",
        kind="test",
        start=turn.now.utc,
        end=turn.now.utc + minutes * MINUTE,
        answer_by_boot=turn.after(minutes * MINUTE - TEST_MARGIN_SECONDS),
        further_looks=0,
    )
    _begin(turn, check, counts=minutes)
    return None


def _begin(turn: Turn, check: Check, counts: float) -> None:
    if (reason := lock.locked(turn)) is not None:
        settle(turn, check, "missed", reason)
    elif counts and not lock.within_caps(turn, counts):
        settle(turn, check, "missed", "cap")
    elif turn.after(turn.policy.check.look_seconds) > check.answer_by_boot:
        settle(turn, check, "missed", _why_late(turn, check))
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
    if check is not None and check.look == look:
        _count_look(check, "failed", ("crashed",), None, turn.now.utc - check.look_at)
        _trouble(turn, check, "worker_failed", "the worker ended without a word")


def _wants_extension(turn: Turn, check: Check, report: LookReport) -> bool:
    """Unsure, or a fault that no restart mends and that is to be seen twice: look on, if there is time."""
    if check.extended or turn.policy.check.extension_seconds == 0:
        return False
    if turn.after(turn.policy.check.extension_seconds) > check.answer_by_boot:
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
    reason = lock.locked(turn)
    if reason is not None and check.look is not None:
        _close_camera(turn)
        check.look, check.phase, check.next_look_boot = None, "waiting", turn.now.boot
    if reason is not None and reason != "clock":
        turn.state.check = None
        settle(turn, check, "missed", reason)
    elif turn.reached(check.answer_by_boot) or not _inside_its_window(turn, check):
        _close_camera(turn)
        _answer(turn, check)
    elif reason is None:
        _go_on(turn, check)


def _go_on(turn: Turn, check: Check) -> None:
    state = turn.state
    if check.phase == "mending":
        if state.camera.ladder is None and state.camera.gave_up is not None:
            _answer(turn, check)
        elif state.camera.ladder is None or state.camera.ladder.step == "ready":
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
    turn.ask(StartLook(look, policy.look_seconds, deadline=check.answer_by_boot))


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
    conclusion = conclude(check.looks, nothing_seen=_why_nothing(turn, check))
    settle(turn, check, conclusion.status, conclusion.reason, conclusion.p_occupied)


def _why_nothing(turn: Turn, check: Check) -> str:
    if not turn.now.trusted or not _inside_its_window(turn, check):
        return "clock"
    return _why_late(turn, check) if check.began_late else "no_time"


def _why_late(turn: Turn, check: Check) -> str:
    absence = turn.state.absence
    if absence is not None and absence.overlaps(check.start, check.end):
        return "stopped" if absence.clean else "power"
    return "no_time"


def end_test(turn: Turn) -> None:
    """An agreed window opens: the test makes room for it."""
    check = turn.state.check
    if check is not None and check.kind == "test":
        _close_camera(turn)
        _answer(turn, check)


def settle(turn: Turn, check: Check, status: AnswerStatus, reason: str, p: float | None = None) -> None:
    """Give the check its one answer, and the alarm that belongs to it."""
    answer = Answer(
        check=check.id,
        kind=check.kind,
        status=status,
        reason=reason,
        window_start=at(check.start),
        window_end=at(check.end),
        answered_at=turn.now.calendar,
        looks=tuple(check.looks),
        p_occupied=p,
        late=turn.now.utc >= check.end,
        text=text_of(status, reason),
    )
    turn.say(answer)
    _remember(turn, check.kind, check.id, check.start)
    if check.kind == "test":
        return
    if status == "in_bed":
        alarms.clear_all(turn, "in_bed")
    elif needs_alarm(status, reason):
        alarms.raise_for(turn, answer)


def _remember(turn: Turn, kind: CheckKind, check: str, start: float) -> None:
    state = turn.state
    state.answered = [*state.answered, check][-ANSWERS_REMEMBERED:]
    if kind == "agreed":
        state.settled_until = max(start, state.settled_until or start)
        schedule.publish(turn)


def deadlines(turn: Turn) -> list[float | None]:
    """When the check goes on."""
    check = turn.state.check
    if check is None:
        return []
    window_end = turn.after(check.end - turn.now.utc) if turn.now.trusted else None
    may_look = check.phase == "waiting" and turn.state.camera.open_look is None and lock.locked(turn) is None
    return [check.answer_by_boot, window_end, check.next_look_boot if may_look else None]
