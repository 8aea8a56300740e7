"""Start, end, and the loss of memory: what a new process makes of the snapshot it resumes from."""

from zlib import crc32

from agent.core import agenda, camera, consent, faults, heartbeat, schedule, uplink
from agent.core.actions import SetLamp, StopLook
from agent.core.events import Started
from agent.core.facts import Consent, Recovery
from agent.core.moment import Now
from agent.core.state import Absence, BlindTest, rebase
from agent.core.turn import Turn

SHORT_ABSENCE_SECONDS = 5.0
IDS_SKIPPED = 1000
IDS_SPREAD = 10_000
"""Ids that a process may have used without being able to store that it did are not used again: each process
skips a thousand, and by its random instance up to IDS_SPREAD thousands more, since several may have died on a full
disk."""


def started(turn: Turn, event: Started) -> None:
    """Go on from where the last process ended. Its worker is gone with it, its pulses are over."""
    state = turn.state
    state.sequence += IDS_SKIPPED * (1 + crc32(event.instance.encode()) % IDS_SPREAD)
    rebooted = state.boot_id not in ("", event.boot_id)
    state.died = state.last is not None and not event.clean
    _account_for_absence(turn, event, rebooted)
    state.boot_id, state.instance, state.version = event.boot_id, event.instance, event.version
    state.epoch = event.epoch
    if event.store == "lost":
        _memory_is_lost(turn)
    elif state.consent.state == "given" and not event.consent_marked:
        consent.withdrawn(turn, by="")  # withdrawn by a process that could not commit it any more
    if event.privacy_switch is not None:
        state.privacy_switch = event.privacy_switch
    _the_camera_is_closed(turn)
    state.clock_untrusted_since_boot = None
    state.started_boot = turn.now.boot
    _the_configuration_may_be_new(turn)
    turn.ask(SetLamp(False))
    camera.resume(turn)
    uplink.resume(turn)
    heartbeat.begin(turn)
    schedule.publish(turn)


def stopping(turn: Turn) -> None:
    """Close the camera before the process ends; the check goes on when it is started again."""
    look = turn.state.camera.open_look
    if look is not None:
        turn.ask(StopLook(look))


def store_failed(turn: Turn, detail: str) -> None:
    """Commits fail: go on, and say so."""
    faults.present(turn, "store_failed", detail)


def store_recovered(turn: Turn) -> None:
    """Commits succeed again, or do so in a new life whose snapshot says that they did not."""
    faults.cleared(turn, "store_failed")


def _account_for_absence(turn: Turn, event: Started, rebooted: bool) -> None:
    """Measure how long nobody was at home, and move the boot-time instants of an earlier boot to this one."""
    state, now = turn.state, turn.now
    if state.last is None:
        return
    away = _seconds_away(turn, state.last, rebooted)
    if rebooted:
        rebase(state, now.boot - state.last.boot - away)
    if away < SHORT_ABSENCE_SECONDS and not rebooted:
        return
    power = rebooted and not event.clean
    state.absence = Absence(state.last.utc, now.utc if now.trusted else None, power)
    if power:
        _report_power(turn, away if now.trusted else None)


def date_the_return(turn: Turn) -> None:
    """The clock was not trusted when the device came back; now it tells when that was, and how long it was away."""
    absence, started = turn.state.absence, turn.state.started_boot
    if absence is None or absence.end is not None or started is None:
        return
    end = turn.now.utc - (turn.now.boot - started)
    turn.state.absence = Absence(start=absence.start, end=end, power=absence.power)
    if absence.power:
        _report_power(turn, max(0.0, end - absence.start))


def _report_power(turn: Turn, seconds: float | None) -> None:
    length = None if seconds is None else round(seconds, 1)
    turn.say(Recovery(target="power", step="returned", outcome="done", fault="power_lost", seconds=length))


def _seconds_away(turn: Turn, last: Now, rebooted: bool) -> float:
    """How long it was at least: after a reboot as long as the device is up again, so that caps and gaps hold.

    More only by a clock that can be trusted.
    """
    if not rebooted:
        return turn.now.boot - last.boot
    dated = turn.now.utc - last.utc if turn.now.trusted and last.trusted else 0.0
    return max(turn.now.boot, dated)


def _the_configuration_may_be_new(turn: Turn) -> None:
    """New times hold from now on; what began under the old ones is answered under those."""
    state, times = turn.state, turn.policy.times
    if state.times is None and state.configured_times not in (None, times):
        state.times = state.configured_times
        agenda.close_the_books(turn)
        state.times = None
    state.configured_times = times


def _memory_is_lost(turn: Turn) -> None:
    """Stay locked until consent is recorded anew."""
    turn.state.consent.state = "lost"
    turn.state.memory_lost_boot = turn.now.boot
    faults.present(turn, "state_lost")
    turn.say(Consent(state="lost"), instead_of="consent")


def _the_camera_is_closed(turn: Turn) -> None:
    """The worker died with the last process: what it was looking at is to be looked at again."""
    state = turn.state
    state.camera.open_look = None
    state.camera.stopping = False
    state.blind_test = BlindTest(
        last_result=state.blind_test.last_result, settled_until=state.blind_test.settled_until
    )
    check = state.check
    if check is not None:
        check.began_late = True
    if check is not None and check.phase == "looking":
        check.phase, check.look, check.next_look_boot = "waiting", None, turn.now.boot
