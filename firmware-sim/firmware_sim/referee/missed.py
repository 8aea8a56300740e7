"""Promise 2: a `missed` says why, and it was so."""

from collections.abc import Iterator

from firmware_sim.referee.answers import SETTLE, knew_the_time_again
from firmware_sim.referee.evidence import Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.seen_clock import NOTICED_WITHIN
from firmware_sim.windows import MINUTE, AgreedWindow

DUST = 0.05


def nothing_stood_in_the_way_of_a_missed_check(night: Evidence) -> Iterator[Violation]:
    """A check is missed only for what was the case in its window, and for the reason that it names."""
    for check, answers in night.answers.items():
        for answer in answers:
            window = night.window(check.partition("+")[0])
            if answer.data["status"] != "missed" or window is None or answer.data["kind"] == "test":
                continue
            reason = answer.data["reason"]
            if not _was_so(night, reason, window, night.when_said(answer)):
                yield Violation(answer.at, 2, f"check {check} says missed({reason}), but that was not so")


def _was_so(night: Evidence, reason: str, window: AgreedWindow, said: float) -> bool:
    """Whether the reason was there between the window's beginning and the answer."""
    begin = min(night.clock.came(window.start), night.elapsed(window.start), said) - NOTICED_WITHIN
    begin -= night.slowness(begin, said)  # what came is heard when what came before it is stored
    end = said + 1.0
    locked = night.locked_by_consent
    was_right = night.clock.was_right(begin, end)
    truths = {
        "power": _has_not_run_since_a_power_cut(night, begin, end) or not was_right,
        "stopped": night.off.touch(begin, end) or not was_right,
        "clock": not was_right,
        "privacy_switch": night.spells("switch", "locked").touch(begin, end)
        or _was_locked(night, begin, end),
        "no_consent": locked["none"].touch(begin, end) or _in_doubt(night, end) or _just_given(night, said),
        "consent_withdrawn": locked["withdrawn"].touch(begin, end)
        or _in_doubt(night, end)
        or any(change.state == "withdrawn" and begin <= change.at <= end for change in night.consent),
        "state_lost": locked["lost"].touch(begin, end)
        or _in_doubt(night, end)
        or any(change.state == "lost" and begin <= change.at <= end for change in night.consent)
        or any(knew_the_time_again(night, lost, end) > begin for lost in night.losses if lost <= end),
        "cap": _cap_may_be_reached(night, window, said),
        "no_time": _something_took_its_time(night, window, begin, end),
    }
    return truths.get(reason, False)


def _has_not_run_since_a_power_cut(night: Evidence, begin: float, end: float) -> bool:
    """With power back it starts, unless its disk does not let it; a life that could store nothing is forgotten."""
    cuts = [seen.at for seen in night.states("mains") if seen.state == "off"]
    return night.spells("mains", "off").touch(begin, end) or any(
        since <= cut <= back
        for away, back in night.off.between(begin, end)
        for since, _ in night.forgotten.between(away, back)
        for cut in cuts
    )


def _was_locked(night: Evidence, begin: float, end: float) -> bool:
    """If only for an instant."""
    return any(seen.state == "locked" and begin <= seen.at <= end for seen in night.states("switch"))


def _in_doubt(night: Evidence, until: float) -> bool:
    """Consent that could not be stored, or was told to a dying process, may have been forgotten."""
    return any(change.in_doubt for change in night.consent if change.at <= until)


def _just_given(night: Evidence, said: float) -> bool:
    """Consent does not reach back: a window that opens in the same instant is answered without it."""
    return any(
        change.state == "given" and said - 0.01 <= change.at <= said + 0.01 for change in night.consent
    )


def _cap_may_be_reached(night: Evidence, window: AgreedWindow, said: float) -> bool:
    """Counted generously: every answer and every test of the same local day may have used a window."""
    limits, length = night.policy.limits, night.policy.check.window_minutes
    day = night.scenario.night.local(night.elapsed(night.clock.shown(said))).date()
    windows, minutes = 1, float(length)
    for check, answers in night.answers.items():
        if check == window.check or answers[0].data["kind"] == "extra":
            continue
        then = night.when_said(answers[0])
        near = night.scenario.night.local(night.elapsed(night.clock.shown(then))).date()
        if abs((near - day).days) <= 1 and then <= said:
            windows += 1
            minutes += length
    return windows > limits.windows_per_day or minutes > limits.unlocked_minutes_per_day


def _something_took_its_time(night: Evidence, window: AgreedWindow, begin: float, end: float) -> bool:
    """The device was away, or waited for its disk; the camera was mended; other times came, or the clock moved."""
    ailing = any(
        word.said in ("failed", "stuck", "camera_fault") and begin - 600 <= word.at <= end
        for look in night.looks
        for word in look.words
    )
    return (
        ailing
        or night.off.touch(begin, end)
        or night.spells("node", "gone").touch(begin, end)
        or not night.clock.stood(begin, end)
        or any(order.name == "set-schedule" and begin <= order.at <= end for order in night.orders)
        or night.spells("switch", "locked").touch(begin, end)
        or any(night.spells(part, "off").touch(begin - 10 * MINUTE, end) for part in ("relay.camera", "usb"))
        or night.spells("camera", "open").at(begin) is not None
        or night.spells("disk", "writes").touch(end - SETTLE, end - 1.0 - DUST)
        or window.end - window.start < 6 * MINUTE
    )


JUDGEMENTS: tuple[Judgement, ...] = (nothing_stood_in_the_way_of_a_missed_check,)
