"""How looks make an answer, and what staff read. Pure: no state is changed here."""

from typing import NamedTuple

from agent.core.facts import AnswerStatus, LookSummary, Text

TEXTS: dict[AnswerStatus, Text] = {
    "in_bed": Text(sv="Personen ligger i sängen.", en="The person is in bed."),
    "not_in_bed": Text(
        sv="Personen syns inte i sängen. Fysisk tillsyn behövs.",
        en="The person is not seen in bed. A physical visit is needed.",
    ),
    "uncertain": Text(
        sv="Det går inte att avgöra om personen ligger i sängen. Fysisk tillsyn behövs.",
        en="It cannot be told whether the person is in bed. A physical visit is needed.",
    ),
    "camera_fault": Text(
        sv="Kameran är ur funktion. Fysisk tillsyn behövs.",
        en="The camera is out of order. A physical visit is needed.",
    ),
    "paused": Text(sv="Tillsynen är pausad som avtalat.", en="The check is paused as agreed."),
    "missed": Text(
        sv="Tillsynen kunde inte göras. Fysisk tillsyn behövs.",
        en="The check could not be made. A physical visit is needed.",
    ),
}

NOBODY_AGREED = Text(
    sv="Ingen tillsyn: det finns inget samtycke. Tillsynen behöver ordnas på annat sätt.",
    en="No check: there is no consent. Supervision must be arranged in another way.",
)

REASONS_WITHOUT_ALARM = ("no_consent", "consent_withdrawn")


class Conclusion(NamedTuple):
    """What the looks of a check amount to."""

    status: AnswerStatus
    reason: str = ""
    p_occupied: float | None = None


def conclude(looks: list[LookSummary], nothing_seen: str) -> Conclusion:
    """The answer that these looks make; `nothing_seen` is the reason if there was none.

    The first certain `in_bed` decides. Without one: all looks `not_in_bed` → `not_in_bed`; the last look a fault of
    the camera → `camera_fault`; anything mixed → `uncertain`.
    """
    for look in looks:
        if look.result == "in_bed":
            return Conclusion("in_bed", "", look.p_occupied)
    if not looks:
        return Conclusion("missed", nothing_seen)
    last = looks[-1]
    if all(look.result == "not_in_bed" for look in looks):
        return Conclusion("not_in_bed", _first_reason(last), last.p_occupied)
    if last.result in ("camera_fault", "failed"):
        return Conclusion("camera_fault", _first_reason(last))
    if all(look.result == "uncertain" for look in looks):
        return Conclusion("uncertain", _first_reason(last), last.p_occupied)
    return Conclusion("uncertain", "mixed_looks", last.p_occupied)


def text_of(status: AnswerStatus, reason: str) -> Text:
    """What staff read."""
    if status == "missed" and reason in REASONS_WITHOUT_ALARM:
        return NOBODY_AGREED
    return TEXTS[status]


def needs_alarm(status: AnswerStatus, reason: str) -> bool:
    """Everything but a person in bed, a pause, and a person who does not consent needs somebody to act."""
    if status in ("in_bed", "paused"):
        return False
    return not (status == "missed" and reason in REASONS_WITHOUT_ALARM)


def _first_reason(look: LookSummary) -> str:
    return look.reasons[0] if look.reasons else ""
