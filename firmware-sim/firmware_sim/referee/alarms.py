"""Promise 4: an alarm for each answer that needs one, repeated until somebody acts, cleared only for a reason."""

from collections.abc import Callable, Iterator
from itertools import zip_longest

from firmware_sim.letters import Letter, named
from firmware_sim.referee.evidence import ARRIVE_WITHIN, Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.windows import MINUTE

A_MOMENT = 0.01
WITHOUT_ALARM = ("missed(no_consent)", "missed(consent_withdrawn)", "in_bed", "paused")


def answers_that_need_somebody_raise_an_alarm(night: Evidence) -> Iterator[Violation]:
    for answers in night.answers.values():
        for answer in answers:
            if not needs_alarm(answer):
                continue
            check, kind = answer.data["check"], answer.data["status"]
            lives = [
                x for x in night.letters.of("alarm") if x.data["check"] == check and x.data["kind"] == kind
            ]
            says_why = answer.data["reason"] in {letter.data["reason"] for letter in lives}
            if says_why or not _must_come(night, answer, f"/alarm/{kind}"):
                continue
            if not lives:
                told = named(kind, answer.data["reason"])
                yield Violation(answer.at, 4, f"{check} was answered {told}, but no alarm was raised")
            else:
                yield Violation(
                    lives[0].at, 4, f"the alarm for {check} does not say {answer.data['reason']!r}"
                )


def alarms_belong_to_answers(night: Evidence) -> Iterator[Violation]:
    """No other answer has one: not `in_bed`, not a pause, not a test."""
    for alarm in night.letters.of("alarm"):
        answers = night.answers.get(alarm.data["check"], [])
        first = night.alarms[alarm.data["alarm"]][0]  # who has lost its memory goes on with the alarm alone
        if not answers and _must_come(night, first, "/check"):
            yield Violation(
                alarm.at, 4, f"an alarm was raised for check {alarm.data['check']}, which has no answer"
            )
        elif (
            answers
            and not any(needs_alarm(x) and x.data["status"] == alarm.data["kind"] for x in answers)
            and not _its_answer_was_lost(night, alarm)
        ):
            yield Violation(
                alarm.at, 4, f"alarm {alarm.data['kind']}: the answer to {alarm.data['check']} asks for none"
            )


def _its_answer_was_lost(night: Evidence, alarm: Letter) -> bool:
    """Denied by the broker until it was forgotten, or until the end."""
    first = night.alarms[alarm.data["alarm"]][0]
    said = night.when_said(first)
    if any(_are_of_one_life(night, first, answer) for answer in night.answers[alarm.data["check"]]):
        return False
    unheard = night.deaf("/check").rest_of(said, _forgotten(night, first))
    return all(end - begin < ARRIVE_WITHIN for begin, end in unheard)


def needs_alarm(answer: Letter) -> bool:
    told = named(answer.data["status"], answer.data["reason"])
    return answer.data["kind"] != "test" and told not in WITHOUT_ALARM


def alarms_are_repeated(night: Evidence) -> Iterator[Violation]:
    """While the device is heard, an alarm that nobody acknowledges comes again as often as agreed."""
    longest = night.policy.check.alarm_repeat_minutes * MINUTE + ARRIVE_WITHIN
    for alarm, life in night.alarms.items():
        for letter, following in zip_longest(life, life[1:]):
            if letter.data["state"] != "raised":
                continue
            until = min(_forgotten(night, letter), following.at if following is not None else night.end)
            for since, to in night.deaf(letter.topic).rest_of(letter.at, until):
                if to - since > longest:
                    yield Violation(since + longest, 4, f"alarm {alarm} was not repeated")
                    break


def _forgotten(night: Evidence, last: Letter) -> float:
    """Until when the device remembers an alarm: the loss of its store, or its death if it could not store it."""
    ends = [at for at in night.losses if at >= last.at]
    if night.unwritable.touch(night.when_said(last) - 1.0, night.end) or not last.durable:
        ends.append(night.death_after(last.at))
    return min([*ends, night.end])


def alarms_end_for_a_reason(night: Evidence) -> Iterator[Violation]:
    """Cleared by a later `in_bed` or a newer alarm of its kind; acknowledged by a command."""
    for life in night.alarms.values():
        first = life[0]
        for letter in life:
            state = letter.data["state"]
            if state == "cleared" and not _may_be_cleared(night, first, letter):
                yield Violation(letter.at, 4, f"alarm {letter.data['alarm']} was cleared for no reason")
            if state == "acknowledged" and not _was_acknowledged(night, letter):
                yield Violation(
                    letter.at, 4, f"alarm {letter.data['alarm']} was acknowledged, but nobody did so"
                )


def _may_be_cleared(night: Evidence, first: Letter, cleared: Letter) -> bool:
    """For an answer that came, or that the broker did not take."""
    if cleared.data["reason"] == "in_bed" and _is_of_another_life(night, first, cleared):
        told = _seen_in_bed(night, first, night.when_said(cleared))
    else:
        told = _clears_in_the_same_breath(night, first, cleared)
    return told or not _time_to_tell(night, cleared, "/check")


def _clears_in_the_same_breath(night: Evidence, first: Letter, cleared: Letter) -> bool:
    """The answer that clears is said just before."""
    for answers in night.answers.values():
        for answer in answers:
            near = answer.epoch == cleared.epoch and cleared.number - 40 <= answer.number < cleared.number
            if not near or answer.data["kind"] == "test" or answer.data["check"] == first.data["check"]:
                continue
            if answer.data["status"] == "in_bed" and cleared.data["reason"] == "in_bed":
                return True
            if answer.data["status"] == first.data["kind"] and cleared.data["reason"] == "superseded":
                return True
    return False


def _was_acknowledged(night: Evidence, letter: Letter) -> bool:
    said = night.when_said(letter)
    return any(
        order.name == "ack"
        and order.valid
        and order.at <= said + 1.0
        and order.asks.get("alarm") == letter.data["alarm"]
        and order.by == letter.data["acknowledged_by"]
        for order in night.orders
    )


def acknowledged_alarms_are_quiet(night: Evidence) -> Iterator[Violation]:
    """Once acknowledged it is not raised again, unless the device could not store that and died.

    A check that a new life answers anew, since it knows of no answer, has its alarm anew, with a new first word.
    """
    for alarm, life in night.alarms.items():
        for raised in (letter for letter in life if letter.data["state"] == "raised"):
            before = _last_word_before(night, raised, life)
            if before is None or before.data["state"] not in ("acknowledged", "cleared"):
                continue
            anew = before.data["state"] == "cleared" and _is_answered_anew(night, raised)
            if not night.forgot(before, night.when_said(raised)) and not anew:
                yield Violation(raised.at, 4, f"alarm {alarm} was {before.data['state']}, then raised again")


def _last_word_before(night: Evidence, letter: Letter, life: list[Letter]) -> Letter | None:
    """By their numbers, since a clock may be set back between two words.

    A life that could not store its numbers may have given higher ones than the next life does: the time tells.
    """
    earlier = (
        other
        for other in life
        if other.epoch == letter.epoch
        and other.number < letter.number
        and night.when_said_first(other) <= night.when_said(letter)
    )
    return max(earlier, key=lambda other: other.number, default=None)


def _is_answered_anew(night: Evidence, raised: Letter) -> bool:
    _, *again = [night.when_said(answer) for answer in night.answers.get(raised.data["check"], [])] or [0.0]
    return raised.data["repeat"] == 0 and any(abs(at - night.when_said(raised)) < A_MOMENT for at in again)


def retained_alarms_are_true(night: Evidence) -> Iterator[Violation]:
    """At the end, each alarm topic holds the alarm that is open, or nothing.

    A clock that was set back showed a time twice: which answer was the last may be told by the numbers alone.
    """
    if not night.heard_throughout(night.end - 2 * ARRIVE_WITHIN, night.end):
        return
    readings = [_open_alarms(night, night.when_said)]
    if night.clock.changes:
        readings.append(_open_alarms(night, lambda answer: answer.number))
    for kind in ("not_in_bed", "uncertain", "camera_fault", "missed"):
        untrue = [_untrue(night, kind, reading.get(kind)) for reading in readings]
        if all(untrue):
            yield Violation(night.end, 4, untrue[0])


def _untrue(night: Evidence, kind: str, open_: Letter | None) -> str:
    """What is wrong with what is retained, if this is the answer whose alarm is open."""
    retained = night.retained(f"/alarm/{kind}")
    check = retained.data["check"] if retained and retained.data["state"] != "cleared" else None
    if open_ is not None and (_is_new(night, open_) or night.forgot(open_, night.end)):
        return ""
    if retained is not None and open_ is None and _nobody_can_know(night, retained):
        return ""
    if check is not None and open_ is None and retained and retained.epoch == night.last_epoch:
        return f"alarm/{kind} is retained for {check}, but it is not open"
    if open_ is not None and check != open_.data["check"]:
        return f"the alarm for {open_.data['check']} is open, but alarm/{kind} holds {check}"
    return ""


def _nobody_can_know(night: Evidence, retained: Letter) -> bool:
    """Since it was raised, or raised anew for a check that was answered anew."""
    life = night.alarms[retained.data["alarm"]]
    raised = (each for each in reversed(life) if each.data["state"] == "raised" and each.data["repeat"] == 0)
    return any(
        _is_adopted(night, first, retained) or _its_end_may_be_forgotten(night, first)
        for first in (life[0], next(raised, life[0]))
    )


def _is_adopted(night: Evidence, first: Letter, retained: Letter) -> bool:
    """The broker held it when the life that knew of it was over, and nobody was seen in bed since.

    Or was, but by a clock that showed less than when the alarm was raised, or in an earlier check: nobody can know
    which was first. Or that was lost with the store before the alarm's end could be told.
    """
    since = [
        answer
        for answer in _in_bed_after(night, first)
        if (answer.said_at or 0.0) > (first.said_at or 0.0)
        and answer.data["check"] >= first.data["check"]
        and not _was_lost_before_it_was_told(night, answer, retained.topic)
    ]
    return _is_of_another_life(night, first, retained) and not since


def _was_lost_before_it_was_told(night: Evidence, answer: Letter, topic: str) -> bool:
    until = night.comes_by(night.when_said(answer), topic)
    return night.lost_between(night.when_said_first(answer), until)


def _its_end_may_be_forgotten(night: Evidence, first: Letter) -> bool:
    """It was cleared by an `in_bed` that could not be stored before the process died."""
    ends = _in_bed_after(night, first)
    return bool(ends) and all(night.forgot(answer, night.end) for answer in ends)


def _is_of_another_life(night: Evidence, first: Letter, last: Letter) -> bool:
    """The device had lost its store in between, or it died before it could store the first word."""
    could_not_store_it = night.unwritable.touch(night.when_said(first) - 1.0, night.when_said(first) + 1.0)
    died = night.off.touch(night.when_said(first), night.end)
    return first.epoch != last.epoch or ((could_not_store_it or not first.durable) and died)


def _are_of_one_life(night: Evidence, one: Letter, other: Letter) -> bool:
    first, last = sorted((one, other), key=night.when_said)
    return not _is_of_another_life(night, first, last)


def _seen_in_bed(night: Evidence, since: Letter, until: float) -> bool:
    return any(night.when_said(answer) <= until for answer in _in_bed_after(night, since))


def _in_bed_after(night: Evidence, since: Letter) -> list[Letter]:
    return [
        answer
        for answers in night.answers.values()
        for answer in answers
        if answer.data["status"] == "in_bed"
        and answer.data["kind"] != "test"
        and night.when_said(answer) > night.when_said(since)
    ]


def _is_new(night: Evidence, answer: Letter) -> bool:
    return night.when_said(answer) > night.end - 2 * ARRIVE_WITHIN


def _open_alarms(night: Evidence, said: Callable[[Letter], float]) -> dict[str, Letter]:
    """By kind, the answer whose alarm is open, as far as the device can remember."""
    found: dict[str, Letter] = {}
    told = [x for answers in night.answers.values() for x in answers if x.epoch == night.last_epoch]
    for answer in sorted(told, key=lambda x: (said(x), x.number)):
        if answer.data["kind"] == "test":
            continue
        if answer.data["status"] == "in_bed":
            found.clear()
        elif needs_alarm(answer):
            found[answer.data["status"]] = answer
    return found


def _time_to_tell(night: Evidence, letter: Letter, topic: str) -> bool:
    until = letter.at + ARRIVE_WITHIN
    return night.heard_throughout(letter.at, until, topic) and until < night.end


def _must_come(night: Evidence, letter: Letter, topic: str) -> bool:
    """What was said with this letter comes in the night: at once, or as soon as the device is heard again.

    Unless it went with the store, or with the process that could not store it.
    """
    until = night.comes_by(letter.at, topic)
    lost = night.lost_between(night.when_said_first(letter), until)
    return until < night.end and not lost and not night.forgot(letter, until)


JUDGEMENTS: tuple[Judgement, ...] = (
    answers_that_need_somebody_raise_an_alarm,
    alarms_belong_to_answers,
    alarms_are_repeated,
    alarms_end_for_a_reason,
    acknowledged_alarms_are_quiet,
    retained_alarms_are_true,
)
