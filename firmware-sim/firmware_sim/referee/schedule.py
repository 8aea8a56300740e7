"""The retained `schedule`, by which a monitor knows what must come: it says what is then kept."""

from collections.abc import Iterator

from firmware_sim.letters import Letter, seconds_of
from firmware_sim.referee.evidence import ARRIVE_WITHIN, Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.spells import Spell
from firmware_sim.windows import MINUTE, Agreement, windows_from

AHEAD = 2 * 86400.0
WINDOWS_TOLD = 6
SETTLED = 2 * ARRIVE_WITHIN
TO_THE_MILLISECOND = 0.0021
"""And a little, since instants as large as UTC seconds are known to a fraction of a microsecond."""


def its_windows_follow_from_its_times(night: Evidence) -> Iterator[Violation]:
    """Each schedule lists the windows that are open or come next, as the times that it tells have them."""
    length = night.policy.check.window_minutes * MINUTE
    for letter in night.letters.of("schedule"):
        if letter.said_at is None:
            continue
        agreed = Agreement(0.0, tuple(letter.data["times"]))
        edges = (letter.said_at - length, letter.said_at + AHEAD)
        due = sorted((x.start, x.check, x.end) for x in windows_from(night.scenario, agreed, *edges))
        listed = [
            (seconds_of(each["start"]), each["check"], seconds_of(each["end"]))
            for each in letter.data["windows"]
        ]
        wanted = [each for each in due if not _at_an_edge(each[0], edges)]
        told = [each for each in listed if not _at_an_edge(each[0], edges)]
        room = WINDOWS_TOLD - (len(listed) - len(told))
        if told != wanted[: len(told)] or len(told) < min(len(wanted), room):
            yield Violation(letter.at, 4, "the schedule tells other windows than its times have")


def _at_an_edge(start: float, edges: Spell) -> bool:
    """Messages tell whole milliseconds: a window that ends or comes into sight in this one may be told or not."""
    return any(abs(start - edge) <= TO_THE_MILLISECOND for edge in edges)


def what_is_answered_was_told(night: Evidence) -> Iterator[Violation]:
    """Whoever listens has heard of an agreed check before it begins."""
    letters = sorted(night.letters.of("schedule"), key=lambda letter: letter.at)
    for check, answers in night.answers.items():
        window = night.window(check)
        if answers[0].data["kind"] != "agreed" or window is None or night.clock.changes:
            continue
        begins = night.elapsed(window.start)
        heard = [letter for letter in letters if letter.at < begins]
        if not heard or not night.heard_throughout(begins - SETTLED, begins, "/schedule"):
            continue
        said = night.when_said(answers[0]) + TO_THE_MILLISECOND
        if any(begins - SETTLED <= at <= said for at in _changes(night)):
            continue
        if check not in {each["check"] for each in heard[-1].data["windows"]}:
            yield Violation(answers[0].at, 4, f"check {check} was answered, but the schedule told of none")


def the_kept_schedule_is_true(night: Evidence) -> Iterator[Violation]:
    """At the end the broker holds the times, the pauses and the consent that are in force."""
    kept = night.retained("/schedule")
    begin = night.end - SETTLED
    if not night.heard_throughout(begin, night.end) or any(at >= begin for at in _changes(night)):
        return
    if kept is None:
        yield Violation(night.end, 4, "the broker keeps no schedule")
        return
    yield from _of_consent(night, kept)
    yield from _of_times(night, kept)


def _changes(night: Evidence) -> list[float]:
    """When consent, times or pauses may have changed, or the device began anew."""
    orders = [order.at for order in night.orders if order.name in ("set-schedule", "pause", "resume")]
    return [*(change.at for change in night.consent), *orders, *night.losses, *night.starts]


def _of_consent(night: Evidence, kept: Letter) -> Iterator[Violation]:
    changes = night.consent
    if any(change.in_doubt for change in changes):
        return
    state = changes[-1].state if changes else "none"
    if kept.data["consent"] != state:
        yield Violation(night.end, 4, f"the schedule says consent {kept.data['consent']}, which is {state}")


def _of_times(night: Evidence, kept: Letter) -> Iterator[Violation]:
    """The last times that a command brought, if none is in doubt; else those of the configuration."""
    ordered = [order for order in night.orders if order.name == "set-schedule" and order.counts]
    if any(order.in_doubt or order.crowded for order in ordered):
        return
    *_, (_, _, agreed) = night.agreed
    times = list(agreed.times)
    if list(kept.data["times"]) != times:
        yield Violation(night.end, 4, f"the schedule says {kept.data['times']}, agreed are {times}")


JUDGEMENTS: tuple[Judgement, ...] = (
    its_windows_follow_from_its_times,
    what_is_answered_was_told,
    the_kept_schedule_is_true,
)
