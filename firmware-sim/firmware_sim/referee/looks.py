"""Promise 2: an answer says what the looks saw, and nothing else. The worst error is `in_bed` for an empty bed."""

from collections.abc import Iterator
from typing import Any

from firmware_sim.letters import Letter
from firmware_sim.referee.evidence import Evidence, Look
from firmware_sim.referee.violation import Judgement, Violation

FAULTY = ("camera_fault", "failed")
CAME_TO_NOTHING = ("failed", "stuck", "closed")
DUST = 0.05
LOCKED = ("state_lost", "no_consent", "consent_withdrawn", "privacy_switch")


def an_empty_bed_is_never_in_bed(night: Evidence) -> Iterator[Violation]:
    """`in_bed` although nobody was in the bed from the window's beginning on, unless a worker claimed it."""
    away = night.spells("person", "away")
    for check, answers in night.answers.items():
        window = night.window(check.partition("+")[0])
        for answer in answers:
            if answer.data["status"] != "in_bed" or window is None:
                continue
            said = night.when_said(answer)
            looked = [look.asked for look in night.looks_of(check)]
            empty = away.at(min([night.elapsed(window.start), said, *looked]))
            if empty is not None and said <= empty[1] and not _claimed(night, check):
                yield Violation(said, 2, f"check {check} says in_bed, but the bed was empty")


def _claimed(night: Evidence, check: str) -> bool:
    return any(look.said("in_bed") for look in night.looks_of(check))


def answers_say_what_the_looks_saw(night: Evidence) -> Iterator[Violation]:
    """Each look of an answer is a look that was made, in order, with a result that its worker gave."""
    for check, answers in night.answers.items():
        for answer in answers:
            said, told = night.when_said(answer), answer.data["looks"]
            made = iter([look for look in night.looks_of(check) if look.asked <= said])
            for number, look in enumerate(told, 1):
                if not any(_saw(each, look["result"], said) for each in made):
                    yield Violation(
                        answer.at, 2, f"look {number} of {check} says {look['result']}, but no worker did"
                    )
                    break


def _saw(look: Look, result: str, by: float) -> bool:
    words = CAME_TO_NOTHING if result == "failed" else (result,)
    return any(word.said in words and word.at <= by + 1.0 for word in look.words)


def answers_follow_from_their_looks(night: Evidence) -> Iterator[Violation]:
    """The first `in_bed` decides; all `not_in_bed`; the last one a fault; anything mixed is uncertain."""
    for check, answers in night.answers.items():
        for answer in answers:
            status, wanted = answer.data["status"], _conclusion(answer)
            held = answer.data["reason"] == "stuck" and _is_held_open(night, answer)
            if status not in wanted and not (status == "camera_fault" and held):
                yield Violation(answer.at, 2, f"check {check} says {status}, its looks say {wanted[0]}")


def _is_held_open(night: Evidence, answer: Letter) -> bool:
    """An earlier look's worker could not be ended, as far as the device has heard: no look can be made."""
    first, last = night.when_said_first(answer), night.when_said(answer)
    held = night.spells("camera", "open")
    return any(since <= last and first <= night.handled(until) for since, until in held)


def _conclusion(answer: Letter) -> tuple[str, ...]:
    results = [look["result"] for look in answer.data["looks"]]
    if not results:
        return "missed", "paused"
    if answer.data["status"] == "missed" and answer.data["reason"] in LOCKED:
        return ("missed",)
    if "in_bed" in results:
        return ("in_bed",)
    if all(result == "not_in_bed" for result in results):
        return ("not_in_bed",)
    return ("camera_fault",) if results[-1] in FAULTY else ("uncertain",)


def a_certain_look_ends_the_check(night: Evidence) -> Iterator[Violation]:
    """Once a look was sure of `in_bed` the camera is not opened again for that check."""
    for check, answers in night.answers.items():
        looks: list[Any] = answers[0].data["looks"]
        if any(look["result"] == "in_bed" for look in looks[:-1]):
            yield Violation(answers[0].at, 2, f"check {check} looked on after it had seen somebody in bed")


def absence_is_not_concluded_early(night: Evidence) -> Iterator[Violation]:
    """Nobody is reported absent before all agreed looks were made, if nothing came between."""
    looks = 1 + night.policy.check.further_looks
    for check, answers in night.answers.items():
        answer = answers[0]
        window = night.window(check)
        if answer.data["status"] != "not_in_bed" or window is None or len(answer.data["looks"]) >= looks:
            continue
        begun, said = night.clock.comes(window.start), night.when_said(answer)
        first = night.looks_of(check)[0].asked if night.looks_of(check) else said
        before = min(begun, first) - 60  # a clock that was set back may not have come to the window yet
        undisturbed = night.ran_throughout(before, said) and night.clock.stood(before, said + DUST)
        ailing = any(look.said(*CAME_TO_NOTHING[:2], "camera_fault") for look in night.looks_of(check))
        if undisturbed and not ailing and first - begun < 5 and not night.busy_with_orders(begun - 900, said):
            yield Violation(
                answer.at,
                2,
                f"check {check} says not_in_bed after {len(answer.data['looks'])} of {looks} looks",
            )


JUDGEMENTS: tuple[Judgement, ...] = (
    an_empty_bed_is_never_in_bed,
    answers_say_what_the_looks_saw,
    answers_follow_from_their_looks,
    a_certain_look_ends_the_check,
    absence_is_not_concluded_early,
)
