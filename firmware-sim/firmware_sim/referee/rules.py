"""All judgements, and a night judged by them."""

from firmware_sim.referee import (
    alarms,
    answers,
    caps,
    commands,
    confirmations,
    consent,
    delivery,
    faults,
    heartbeats,
    lock,
    looks,
    missed,
    recovery,
    restarts,
    schedule,
)
from firmware_sim.referee.evidence import Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record

JUDGEMENTS: tuple[Judgement, ...] = (
    *lock.JUDGEMENTS,
    *caps.JUDGEMENTS,
    *answers.JUDGEMENTS,
    *missed.JUDGEMENTS,
    *looks.JUDGEMENTS,
    *alarms.JUDGEMENTS,
    *delivery.JUDGEMENTS,
    *heartbeats.JUDGEMENTS,
    *commands.JUDGEMENTS,
    *confirmations.JUDGEMENTS,
    *consent.JUDGEMENTS,
    *faults.JUDGEMENTS,
    *restarts.JUDGEMENTS,
    *recovery.JUDGEMENTS,
    *schedule.JUDGEMENTS,
)


def judge(scenario: Scenario, record: Record) -> list[Violation]:
    """All violations of a night, in the order of time."""
    evidence = Evidence(scenario, record)
    found = [violation for judgement in JUDGEMENTS for violation in judgement(evidence)]
    return sorted(found, key=lambda violation: (violation.at, violation.promise))
