"""Each planted bug is caught in the night that showed it when the table was made; without it that night is good."""

import pytest

from agent.core import lock
from firmware_sim.mutants.table import PLANTED, Caught, hunt_for, remembered

MAKE = "the nights or the agent have changed: make the table anew with `make mutants`"
MORE_NIGHTS = 200
BY_NAME = {bug.name: bug for bug in PLANTED}


def test_the_table_knows_every_planted_bug() -> None:
    assert [each.bug for each in remembered()] == [bug.name for bug in PLANTED], MAKE
    assert len(PLANTED) >= 30


def test_no_planted_bug_survived_the_table() -> None:
    assert [each.bug for each in remembered() if each.survived] == []


@pytest.mark.parametrize("known", remembered(), ids=lambda known: str(known.bug))
def test_a_planted_bug_is_caught(known: Caught) -> None:
    """At once, unless the nights have changed since; then it takes some more of them."""
    caught = hunt_for(BY_NAME[known.bug], known.seed, 1 + MORE_NIGHTS)
    assert not caught.survived, MAKE


def test_a_bug_is_gone_when_its_night_is_over() -> None:
    sound = lock.locked
    with BY_NAME["no lock at all"].growing():
        assert lock.locked is not sound
    assert lock.locked is sound
