"""Weeks of ordinary life on one state directory: nothing grows beyond its bound, and the promises are kept."""

import pytest

from agent.core.alarms import CHECKS_REMEMBERED
from agent.core.answering import ANSWERS_REMEMBERED
from agent.core.confirmations import ANSWERS_REMEMBERED as ANSWERS_TOLD
from agent.core.confirmations import CONFIRMED_REMEMBERED
from agent.core.ledger import ENTRIES
from agent.core.lock import DAYS_REMEMBERED
from agent.core.pauses import PAUSES_AT_MOST
from firmware_sim.year.life import a_life
from firmware_sim.year.play import Year, play

WEEKS = 10
KEPT_DAYS = 14
MIB = 1024 * 1024
BYTES_AN_EVENT = 200
"""In the journal, at least: a store that keeps all would be so large."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Ten weeks, with a journal of two: long enough for what is deleted to make room for what is new."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("agent.store.JOURNAL_DAYS", KEPT_DAYS)
        return play(a_life(7 * WEEKS, seed=1), tmp_path_factory.mktemp("life"))


def test_it_is_a_life_with_faults(life: Year) -> None:
    assert life.events > 5000
    usual = {
        "mains cut",
        "internet gone",
        "router hangs",
        "agent killed",
        "command ack",
        "clock untrusted",
        "broker forgets",
    }
    assert usual <= set(life.happened)


def test_no_promise_is_broken(life: Year) -> None:
    assert life.violations == []


def test_the_store_stops_growing_once_old_days_leave_the_journal(life: Year) -> None:
    end = life.months[-1].gauge
    assert end.journal < life.events / 2
    assert end.store < 3 * MIB < life.events * BYTES_AN_EVENT
    assert max(month.wal_most for month in life.months) <= 8 * MIB


def test_what_waits_goes_out_and_nothing_that_matters_is_dropped(life: Year) -> None:
    assert life.months[-1].gauge.outbox == 0
    assert set(life.months[-1].gauge.dropped) <= {"expired"}


def test_every_collection_of_the_state_is_bounded(life: Year) -> None:
    bounds = {
        "commands": ENTRIES,
        "answered": ANSWERS_REMEMBERED,
        "answered_before": CHECKS_REMEMBERED,
        "unlocked": DAYS_REMEMBERED,
        "pauses": PAUSES_AT_MOST,
        "refusals_boot": 30,
        "denied": 64,
        "told": ANSWERS_TOLD,
        "confirmed": CONFIRMED_REMEMBERED,
        "camera.restarts_boot": 6,
        "uplink.restarts_boot": 3,
        "latest": 40,
        "alarms": 5,
        "faults": 17,
    }
    assert set(life.most) <= set(bounds), "a new collection needs a bound"
    assert {name: most for name, most in life.most.items() if most > bounds[name]} == {}


def test_the_same_seed_is_the_same_life() -> None:
    assert a_life(30, seed=1).happens == a_life(30, seed=1).happens != a_life(30, seed=2).happens
