"""The blind test: once in a while, in the daytime, the camera is opened for a moment and only its health is
judged.

Off unless times are configured and the consent names it. It finds a dead or covered camera while somebody
is at work to mend it. The bed is not looked at.
"""

from agent.core import camera, faults, lock, pauses, schedule
from agent.core.actions import SetLamp, StartLook, StopLook
from agent.core.events import LookFailed, LookReport
from agent.core.facts import FaultKind
from agent.core.schedule import DAY
from agent.core.turn import Turn

LOOK_SECONDS = 1.0
DEADLINE_SECONDS = 20.0
SECOND_OPINION_SECONDS = 60.0
WORTH_MAKING_UP_SECONDS = 600.0


def advance(turn: Turn) -> None:
    """Begin a blind test when one is due and nothing speaks against it; end one that brings nothing."""
    state, test = turn.state, turn.state.blind_test
    if test.look is not None and turn.reached(test.until_boot):
        _close(turn, test.look)
        _found(turn, "camera_stalled", "the blind test brought no result")
    if not turn.policy.blind_test_times or not turn.now.trusted:
        return
    if turn.reached(test.again_boot):
        test.again_boot = None
        if _is_near_its_time(turn):
            _begin(turn)
    if test.settled_until is None or test.settled_until > turn.now.utc + WORTH_MAKING_UP_SECONDS:
        test.settled_until = turn.now.utc
    since = max(test.settled_until, turn.now.utc - WORTH_MAKING_UP_SECONDS)
    due = schedule.slots(turn.policy.blind_test_times, turn.policy.timezone, since, turn.now.utc + 0.001)
    if due and due[-1].start > test.settled_until:
        test.settled_until = due[-1].start
        if not pauses.covers(turn, due[-1].start) and state.camera.ladder is None:
            _begin(turn)


def _is_near_its_time(turn: Turn) -> bool:
    """A clock that was set meanwhile may have led far away from the agreed time."""
    latest = WORTH_MAKING_UP_SECONDS + DEADLINE_SECONDS + SECOND_OPINION_SECONDS
    times, utc = turn.policy.blind_test_times, turn.now.utc
    return bool(schedule.slots(times, turn.policy.timezone, utc - latest, utc + 0.001))


def reported(turn: Turn, look: str, report: LookReport) -> None:
    """The camera was judged."""
    if turn.state.blind_test.look != look:
        return
    _close(turn, look)
    if report.verdict == "camera_fault":
        _found(turn, faults.of_reasons(report.reasons), ", ".join(report.reasons))
    else:
        turn.state.blind_test.last_result = "ok"
        turn.state.blind_test.doubted = None
        camera.works(turn)


def failed(turn: Turn, event: LookFailed) -> None:
    """The camera could not be judged."""
    if turn.state.blind_test.look == event.look:
        turn.state.blind_test.look = None
        _found(turn, faults.OF_FAILED_LOOK[event.why], event.detail)


def closed(turn: Turn, look: str) -> None:
    """The worker is gone; without a word, that is a fault of its own."""
    if turn.state.blind_test.look == look:
        turn.state.blind_test.look = None
        _found(turn, "worker_failed", "the worker ended without a word")


def enforce_lock(turn: Turn) -> None:
    """Consent withdrawn or the privacy switch turned: close at once."""
    look = turn.state.blind_test.look
    if look is not None and not _allowed(turn):
        _close(turn, look)


def deadlines(turn: Turn) -> list[float | None]:
    """When the next blind test, or its second opinion, is due."""
    times, utc, test = turn.policy.blind_test_times, turn.now.utc, turn.state.blind_test
    if test.look is not None:
        return [test.until_boot]
    if not times or not turn.now.trusted:
        return []
    coming = schedule.slots(times, turn.policy.timezone, utc + 0.001, utc + 2 * DAY)
    return [test.again_boot, *(turn.after(slot.start - utc) for slot in coming[:1])]


def _allowed(turn: Turn) -> bool:
    return lock.locked(turn) is None and turn.state.consent.blind_test


def _begin(turn: Turn) -> None:
    state = turn.state
    busy = state.check is not None or state.camera.open_look is not None or not camera.may_be_tried(turn)
    if busy or not _allowed(turn):
        return
    state.looks_begun += 1
    look = f"blind-test/{state.looks_begun}"
    state.blind_test.look = state.camera.open_look = look
    turn.ask(SetLamp(True))
    state.blind_test.until_boot = turn.after(DEADLINE_SECONDS)
    turn.ask(StartLook(look, LOOK_SECONDS, deadline=state.blind_test.until_boot, integrity_only=True))


def _close(turn: Turn, look: str) -> None:
    turn.state.blind_test.look = None
    if turn.state.camera.open_look == look and not turn.state.camera.stopping:
        turn.state.camera.stopping = True
        turn.ask(StopLook(look))


def _found(turn: Turn, fault: FaultKind, detail: str) -> None:
    """Seen once it is doubted and looked at again; seen twice it is believed."""
    test = turn.state.blind_test
    test.last_result = fault
    if test.doubted == fault:
        test.doubted = None
        camera.in_trouble(turn, fault, detail)
    else:
        test.doubted = fault
        test.again_boot = turn.after(SECOND_OPINION_SECONDS)
