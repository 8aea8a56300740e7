"""Promise 4: a heartbeat every period while the device is heard, and never an old one."""

from collections.abc import Iterator
from itertools import pairwise

from firmware_sim.referee.evidence import Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.windows import MINUTE

STALE = 330.0
"""After five minutes a heartbeat is worth nothing any more; the rest is for its way."""
LONGEST_PERIOD = 1.05
SLACK = 120.0


def heartbeats_tell_of_now(night: Evidence) -> Iterator[Violation]:
    """None is sent when it is old."""
    for beat in night.letters.of("heartbeat"):
        age = beat.at - night.when_said(beat)
        if age > STALE + night.slowness(night.when_said(beat), beat.at):
            yield Violation(
                beat.at, 4, f"heartbeat {beat.data['sequence']} arrived {age:.0f} s after it was said"
            )


def heartbeats_are_counted_once(night: Evidence) -> Iterator[Violation]:
    """Their numbers grow, but for a device that could not store how far it had come, and died."""
    beats = sorted(night.letters.of("heartbeat"), key=night.when_said)
    for before, after in pairwise(beats):
        grows = before.epoch != after.epoch or after.data["sequence"] > before.data["sequence"]
        if not grows and not night.forgot(before, night.when_said(after)):
            yield Violation(
                after.at, 4, f"heartbeat {after.data['sequence']} follows {before.data['sequence']}"
            )


def heartbeats_come_every_period(night: Evidence) -> Iterator[Violation]:
    """In each stretch in which the device is heard."""
    longest = LONGEST_PERIOD * night.policy.heartbeat_minutes * MINUTE + SLACK
    beats = [beat.at for beat in night.letters.of("heartbeat")]
    for begin, end in night.deaf("/heartbeat").rest_of(0.0, night.end):
        within = [begin, *(at for at in beats if begin <= at <= end), end]
        for before, after in pairwise(within):
            if after - before > longest + night.slowness(before, after):
                yield Violation(before + longest, 4, f"no heartbeat came for {after - before:.0f} s")


JUDGEMENTS: tuple[Judgement, ...] = (
    heartbeats_tell_of_now,
    heartbeats_are_counted_once,
    heartbeats_come_every_period,
)
