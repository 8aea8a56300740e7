"""What became of the person's consent is told."""

from collections.abc import Iterator
from itertools import zip_longest

from firmware_sim.referee.evidence import ARRIVE_WITHIN, Evidence
from firmware_sim.referee.violation import Judgement, Violation


def changes_of_consent_are_told(night: Evidence) -> Iterator[Violation]:
    """Each change that is not overtaken by another within a minute of being taken in, while the device is heard."""
    letters = night.letters.of("consent")
    changes = night.consent
    before, known = "none", True
    for change, following in zip_longest(changes, changes[1:]):
        same, before = change.state == before or not known, change.state
        known = not change.in_doubt
        at = change.at
        if change.state == "lost":
            at = next((start for start in night.starts if start >= change.at), night.end)
        until = following.at if following else night.end
        due = night.handled(at) + ARRIVE_WITHIN
        if same or change.state == "none" or not change.sure or until < due:
            continue
        if not night.heard_throughout(at + 0.1, due, "/consent"):
            continue
        if not any(
            x.data["state"] == change.state and at - 1 <= night.when_said(x) <= until for x in letters
        ):
            yield Violation(at, 1, f"consent was {change.state}, but nobody was told")


JUDGEMENTS: tuple[Judgement, ...] = (changes_of_consent_are_told,)
