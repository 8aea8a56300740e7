"""Promise 2: exactly one answer to each agreed check, in time."""

from collections.abc import Iterator
from itertools import pairwise

from firmware_sim.letters import Letter, named
from firmware_sim.referee.evidence import ARRIVE_WITHIN, RETURN_WITHIN, Evidence
from firmware_sim.referee.orders import Order
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.seen_clock import NOTICED_WITHIN
from firmware_sim.windows import AgreedWindow

DUST = 0.05
JUST_BEFORE = 0.01
SETTLE = 45.0
"""A device that runs this long before a window's end, by a clock that stands, decides before it."""


# ---- never two


def each_check_has_one_answer(night: Evidence) -> Iterator[Violation]:
    """A second one is excused only if the first was not durable and its sender died, or lost its memory."""
    for check, answers in night.answers.items():
        for earlier, later in pairwise(answers):
            if not _forgotten_between(night, earlier, later):
                told = " and ".join(named(x.data["status"], x.data["reason"]) for x in answers)
                yield Violation(later.at, 2, f"check {check} was answered {len(answers)} times: {told}")


def _forgotten_between(night: Evidence, earlier: Letter, later: Letter) -> bool:
    first, second = night.when_said_first(earlier), night.when_said(later)
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
    return night.heard_from(moment, "/check") + RETURN_WITHIN


def _decided_by(night: Evidence, window: AgreedWindow, comes: float) -> float:
    """When a process knew that the window was over, and said so or stored it: for who is away no time passes."""
    for away, back in night.off:
        noticed = _noticed(night, comes)
        unheard = away <= _could_be_told(night, noticed) and comes < back
        if unheard and not night.surely_stored(noticed, away):
            comes = night.clock.comes(window.end, back)
    return comes


def _noticed(night: Evidence, comes: float) -> float:
    """When a process that ran as its clock was led there has looked at it; one that starts looks at once."""
    start = max((at for at in night.starts if at <= comes), default=0.0)
    led = [at for at in night.clock.changes if start < at <= comes]
    return max([comes, *(at + NOTICED_WITHIN for at in led)])


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
        again = knew_the_time_again(night, lost, _could_be_told(night, comes))
        if window.since and begun <= lost <= due:
            return True  # agreed on by a command that went with the store
        remembers = night.consent_at(lost).state == "lost" and not _its_mark_is_in_doubt(night, lost)
        moment, utc = (comes, window.end) if remembers else (begun, window.start)
        if lost <= due and (moment <= again + NOTICED_WITHIN or _was_gone_by(night, utc, again)):
            return True
    return False


def _was_gone_by(night: Evidence, utc: float, moment: float) -> bool:
    """By a clock that was trusted at this moment, whatever it showed soon after."""
    return night.clock.trusted(moment) and utc <= night.clock.shown(moment)


def _could_be_told(night: Evidence, moment: float) -> float:
    """When the device was heard, at this moment or next after it."""
    silence = night.deaf("/check").at(moment)
    return silence[1] if silence else moment


def _its_mark_is_in_doubt(night: Evidence, lost: float) -> bool:
    """Whether consent left its mark, by which a loss is noticed, if the last word on it may have been forgotten."""
    before = [change for change in night.consent if change.at <= lost and change.state != "lost"]
    return bool(before) and before[-1].in_doubt


def knew_the_time_again(night: Evidence, lost: float, until: float) -> float:
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


JUDGEMENTS: tuple[Judgement, ...] = (
    each_check_has_one_answer,
    answers_belong_to_checks,
    each_check_is_answered_in_time,
)
