"""Promise 2: exactly one answer to each agreed check, in time, or a `missed` that says why."""

from collections.abc import Iterator
from itertools import pairwise

from firmware_sim.letters import Letter, named
from firmware_sim.referee.evidence import Evidence
from firmware_sim.referee.orders import Order
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.seen_clock import NOTICED_WITHIN
from firmware_sim.windows import MINUTE, AgreedWindow

ARRIVE_WITHIN = 60.0
DUST = 0.05
JUST_BEFORE = 0.01
RETURN_WITHIN = 600.0
"""After power, network and clock are back. The promise allows an hour."""
SETTLE = 45.0
"""A device that runs this long before a window's end, by a clock that stands, decides before it."""


def heard_for_a_minute(night: Evidence, moment: float, topic: str) -> float:
    """When what is said on this topic at this moment must have come."""
    for begin, end in night.deaf(topic):
        if begin <= moment + ARRIVE_WITHIN:
            moment = max(moment, end + RETURN_WITHIN)
    return moment + ARRIVE_WITHIN


# ---- never two


def each_check_has_one_answer(night: Evidence) -> Iterator[Violation]:
    """A second one is excused only if the first was not durable and its sender died, or lost its memory."""
    for check, answers in night.answers.items():
        for earlier, later in pairwise(answers):
            if not _forgotten_between(night, earlier, later):
                told = " and ".join(named(x.data["status"], x.data["reason"]) for x in answers)
                yield Violation(later.at, 2, f"check {check} was answered {len(answers)} times: {told}")


def _forgotten_between(night: Evidence, earlier: Letter, later: Letter) -> bool:
    first, second = night.when_said(earlier), night.when_said(later)
    lost = night.lost_between(first - DUST, second + DUST)
    as_new = lost and earlier.epoch != later.epoch and not _knows_of_its_loss(night, second)
    withdrawn_since = later.data["reason"] == "consent_withdrawn" and night.consent_at(second).at > first
    says_why = later.data["reason"] == "state_lost" or withdrawn_since or _is_paused_again(night, later)
    if as_new or (lost and says_why):
        return True
    return night.forgot(earlier, second)


def _is_paused_again(night: Evidence, later: Letter) -> bool:
    """By a clock that was led back a window may begin after a loss, too, and a new pause may cover it."""
    window, said = night.window(later.data["check"]), night.when_said(later)
    if later.data["status"] != "paused" or window is None:
        return False
    lost = max((at for at in night.losses if at <= said), default=said)
    moments = (lost, *(at for at in night.clock.changes if lost < at < said))
    return any(night.clock.shown(moment) < window.start for moment in moments)


def _knows_of_its_loss(night: Evidence, moment: float) -> bool:
    """Consent that was in force left its mark. Without it, or with new consent, a device begins as a new one."""
    last = night.remembers_since(moment + DUST)
    anew = any(change.state == "given" and last <= change.at <= moment for change in night.consent)
    return night.consent_at(last).state == "lost" and not anew


def answers_belong_to_checks(night: Evidence) -> Iterator[Violation]:
    """An answer is to an agreed check, or to a test or an extra check that was ordered."""
    ordered = {order.id: order for order in night.orders if order.counts and order.name == "test-check"}
    extra = [order.at for order in night.orders if order.counts and order.name == "extra-check"]
    for check, answers in night.answers.items():
        kind, said = answers[0].data["kind"], night.when_said(answers[0])
        window = night.window(check.partition("+")[0])
        if kind == "test":
            known = check.removeprefix("test-") in ordered
        elif kind == "extra":
            known = window is not None and any(at <= said + DUST for at in extra)
        else:
            known = window is not None and _was_agreed(night, window)
        if not known:
            yield Violation(
                answers[0].at, 2, f"{kind} check {check} was answered, but never agreed or ordered"
            )
        elif window is not None and kind != "test" and _too_early(night, answers[0], window):
            yield Violation(answers[0].at, 2, f"check {check} was answered before its window began")


def _was_agreed(night: Evidence, answered: AgreedWindow) -> bool:
    """A clock that moved may have shown another day; a lost store brings back the configured times at once."""
    begin, end = night.elapsed(answered.start), night.elapsed(answered.end)
    lost = night.lost_between(begin, end) or _a_schedule_was_forgotten(night, end)
    time_of_day = answered.check.partition("T")[2]
    if night.clock.changes or lost:
        return time_of_day in night.agreed_times
    return any(window.check == answered.check for window in night.windows) or any(
        time_of_day in order.asks.get("times", ()) for order in _perhaps_taken(night, begin)
    )


def _perhaps_taken(night: Evidence, by: float) -> list[Order]:
    """Other times that a dying process was told, if none are known to have come since."""
    return [
        order
        for order in night.orders
        if order.name == "set-schedule"
        and order.valid
        and order.at <= by
        and night.off.at(order.at - JUST_BEFORE) is None
        and not night.took_in(order.at)
        and not any(order.at - JUST_BEFORE < since < by for since, _, _ in night.agreed)
    ]


def _too_early(night: Evidence, answer: Letter, window: AgreedWindow) -> bool:
    """A clock that has shown the window's time, and was set back, makes its answer no earlier."""
    return night.when_said(answer) < min(night.clock.came(window.start), night.elapsed(window.start)) - 1.0


# ---- never none


def each_check_is_answered_in_time(night: Evidence) -> Iterator[Violation]:
    for window in night.windows:
        answer = next(iter(night.answers.get(window.check, [])), None)
        comes = night.ends(window)
        due = _due(night, window, comes)
        if _was_forgotten(night, window, comes, due):
            continue
        if answer is None:
            if due <= night.end:
                yield Violation(due, 2, f"check {window.check} was never answered")
            continue
        if answer.at > due:
            yield Violation(due, 2, f"the answer to {window.check} came {answer.at - due:.0f} s too late")
        late = night.when_said_first(answer) > comes + 1.0 + night.slowness(comes - SETTLE, comes)
        if late and _must_be_decided_by(night, comes, night.when_said(answer)):
            yield Violation(comes, 2, f"check {window.check} was decided after its window's end")


def _due(night: Evidence, window: AgreedWindow, comes: float) -> float:
    """When the answer must have arrived. A clock may jump over the window just as the device is heard again."""
    begun, until = night.begins(window), comes + ARRIVE_WITHIN
    slowness = night.slowness(begun, until)
    heard = night.heard_throughout(min(begun, comes - SETTLE - NOTICED_WITHIN), until, "/check")
    if heard and night.clock.stood(begun, until):
        return until + slowness
    moment = _decided_by(night, window, comes) + slowness
    for begin, end in night.deaf("/check"):
        if begin <= moment + ARRIVE_WITHIN:
            moment = max(moment, end)
    return moment + RETURN_WITHIN


def _decided_by(night: Evidence, window: AgreedWindow, comes: float) -> float:
    """When a process knew that the window was over, and said so or stored it: for who is away no time passes."""
    for away, back in night.off:
        unheard = away <= _could_be_told(night, comes) and comes < back
        if unheard and not night.surely_stored(comes, away):
            comes = night.clock.comes(window.end, back)
    return comes


def _must_be_decided_by(night: Evidence, comes: float, said: float) -> bool:
    """The device ran, and knew the time, just before the window ended; and what it decided was not forgotten."""
    before = comes - SETTLE - NOTICED_WITHIN
    ran = comes < night.end and night.ran_throughout(before, comes) and night.clock.stood(before, comes)
    return ran and not _died_before_it_was_stored(night, comes, said)


def _died_before_it_was_stored(night: Evidence, comes: float, said: float) -> bool:
    """What was decided while nothing could be stored is stored soon after, if the process lives to do so."""
    forgotten = night.forgotten.at(comes)
    return forgotten is not None and night.off.touch(comes, min(said + DUST, forgotten[1]))


def _was_forgotten(night: Evidence, window: AgreedWindow, comes: float, due: float) -> bool:
    """The store was lost before the answer had to be out, and the window was over when the device began anew.

    Or other times may have come before it began.
    A device that had no consent when its memory was lost is as new: it owes what begins from then on.
    """
    begun = night.begins(window)
    if window.since and _a_schedule_was_forgotten(night, due):
        return True
    if any(
        window.check.partition("T")[2] not in x.asks.get("times", ()) for x in _perhaps_taken(night, begun)
    ):
        return True
    for lost in night.losses:
        again = _knew_the_time_again(night, lost, _could_be_told(night, comes))
        if window.since and begun <= lost <= due:
            return True  # agreed on by a command that went with the store
        remembers = night.consent_at(lost).state == "lost" and not _its_mark_is_in_doubt(night, lost)
        if lost <= due and (comes if remembers else begun) <= again + NOTICED_WITHIN:
            return True
    return False


def _could_be_told(night: Evidence, moment: float) -> float:
    """When the device was heard, at this moment or next after it."""
    silence = night.deaf("/check").at(moment)
    return silence[1] if silence else moment


def _its_mark_is_in_doubt(night: Evidence, lost: float) -> bool:
    """Whether consent left its mark, by which a loss is noticed, if the last word on it may have been forgotten."""
    before = [change for change in night.consent if change.at <= lost and change.state != "lost"]
    return bool(before) and before[-1].in_doubt


def _knew_the_time_again(night: Evidence, lost: float, until: float) -> float:
    """When the first process after a loss that lived to take it in had any idea of the time.

    One that dies before this moment, and before it could store anything, leaves the device as new as it was.
    """
    began = (
        at for at in night.starts if at >= lost and night.took_in(at) and not _is_in_vain(night, at, until)
    )
    return night.clock.known_from(next(began, night.end))


def _is_in_vain(night: Evidence, start: float, until: float) -> bool:
    death = night.death_after(start)
    return death < until and not night.surely_stored(start, death)


def _a_schedule_was_forgotten(night: Evidence, until: float) -> bool:
    """Agreed on by a command that could not be stored, and gone with the process that was told."""
    return any(
        order.name == "set-schedule" and not order.kept and night.off.touch(order.at, until)
        for order in night.orders
    )


# ---- and it says why


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
        or any(_knew_the_time_again(night, lost, end) > begin for lost in night.losses if lost <= end),
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


JUDGEMENTS: tuple[Judgement, ...] = (
    each_check_has_one_answer,
    answers_belong_to_checks,
    each_check_is_answered_in_time,
    nothing_stood_in_the_way_of_a_missed_check,
)
