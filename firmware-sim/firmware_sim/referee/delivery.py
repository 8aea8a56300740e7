"""Promise 4: what was decided arrives once in effect: each id means one thing, and ids are given in order."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from firmware_sim.letters import Letter
from firmware_sim.referee.evidence import Evidence
from firmware_sim.referee.violation import Judgement, Violation

MOST_WAITING = 60
"""Messages that may wait in the outbox of a device that has been heard for ten minutes."""
QUIET = 600.0


def messages_agree_with_themselves(night: Evidence) -> Iterator[Violation]:
    for at, message in night.letters.contradictions:
        yield Violation(at, 4, f"message {message} came with two different contents")
    for at, topic in night.letters.unreadable:
        yield Violation(at, 4, f"what came on {topic} is no message")


def ids_are_given_in_order(night: Evidence) -> Iterator[Violation]:
    """Within an epoch a later message has the higher number; an epoch begins only with a new store.

    Who cannot store how far it has counted skips numbers by chance after its death.
    """
    by_epoch: dict[str, list[Letter]] = defaultdict(list)
    for letter in night.letters.all:
        if letter.number >= 0 and letter.said_at is not None:
            by_epoch[letter.epoch].append(letter)
    new_stores = len(night.losses) + _lives_that_stored_nothing(night)
    if len(by_epoch) > 1 + new_stores:
        yield Violation(
            night.end, 4, f"message ids of {len(by_epoch)} epochs for {len(night.losses)} lost stores"
        )
    if night.clock.changes:
        return  # a clock that moved does not tell in which order things were said
    for letters in by_epoch.values():
        letters.sort(key=lambda letter: letter.number)
        for earlier, later in pairwise(letters):
            backwards = (earlier.said_at or 0.0) > (later.said_at or 0.0) + 0.01
            if backwards and not night.forgot(later, night.when_said(earlier)):
                yield Violation(later.at, 4, f"message {later.id} was said before {earlier.id}")


def _lives_that_stored_nothing(night: Evidence) -> int:
    """At most: a store that could not be written to, and was new, is new again at the next start."""
    return sum(night.unwritable.touch(one, next_) for one, next_ in pairwise(night.starts))


def nothing_piles_up(night: Evidence) -> Iterator[Violation]:
    """A device that is heard has next to nothing waiting."""
    for beat in night.letters.of("heartbeat"):
        said = night.when_said(beat)
        heard = night.heard_throughout(said - QUIET, said) and said > QUIET
        if heard and beat.data["outbox_depth"] > MOST_WAITING:
            yield Violation(
                beat.at, 4, f"{beat.data['outbox_depth']} messages wait although the device is heard"
            )


JUDGEMENTS: tuple[Judgement, ...] = (messages_agree_with_themselves, ids_are_given_in_order, nothing_piles_up)
