"""The soak: what grows is found out, what only wavers is not; and a short month through the real process."""

import os
import random
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from agent.store import Store
from firmware_sim.full.brokers import BrokerMissing
from firmware_sim.soak import gauge
from firmware_sim.soak.gauge import MIB, Sample
from firmware_sim.soak.month import DAY, outages
from firmware_sim.soak.run import Soak

FLAT = Sample(
    day=0.0,
    resident=int(31 * MIB),
    own=int(19 * MIB),
    descriptors=11,
    threads=2,
    disk=int(11 * MIB),
    outbox=0,
    journal=37_000,
)


def month(**growth: float) -> list[Sample]:
    """Thirty samples, one a day, of which these figures grow so much a day; all waver a little."""
    chance = random.Random(1)
    samples = []
    for day in range(30):
        more = {name: int(getattr(FLAT, name) + each * day) for name, each in growth.items()}
        wavering = int(FLAT.disk + chance.uniform(-0.2, 0.2) * MIB)
        samples.append(msgspec.structs.replace(FLAT, day=float(day), **{"disk": wavering, **more}))
    return samples


def test_what_only_wavers_is_flat() -> None:
    assert gauge.not_flat(month()) == []


@pytest.mark.parametrize(
    ("growth", "said"),
    [
        ({"own": 0.1 * MIB}, "own memory grows by 3.00 MiB"),
        ({"resident": 0.1 * MIB}, "resident memory"),
        ({"descriptors": 0.2}, "descriptors"),
        ({"threads": 0.1}, "threads"),
        ({"disk": 0.2 * MIB}, "disk grows by 6.00 MiB"),
        ({"journal": 300.0}, "journal"),
    ],
)
def test_what_grows_is_found_out(growth: dict[str, float], said: str) -> None:
    (found,) = gauge.not_flat(month(**growth))
    assert found.startswith(said)


def test_the_slope_is_that_of_the_line_through_the_samples() -> None:
    assert gauge.growth(month(journal=10.0), lambda sample: sample.journal) == pytest.approx(300.0)


def test_a_process_is_read_from_outside(tmp_path: Path) -> None:
    """This one, beside a store of its own."""
    store = Store.open(tmp_path)
    sample = gauge.read(os.getpid(), tmp_path, day=1.5)
    store.close(clean=True)
    assert sample.resident > sample.own > MIB
    assert sample.descriptors >= 4
    assert sample.threads >= 1
    assert sample.disk > 0
    assert (sample.day, sample.outbox, sample.journal) == (1.5, 0, 0)


def test_the_broker_dies_a_few_times_a_day_and_once_a_month_for_two_days() -> None:
    away = list(outages(30, random.Random(3)))
    assert 60 <= len(away) <= 120
    (long,) = (outage for outage in away if outage.ends - outage.begins > DAY)
    assert 14 * DAY < long.begins < 16 * DAY
    assert all(one.ends < other.begins for one, other in pairwise(away))


def test_a_short_month_is_answered_in_full(tmp_path: Path) -> None:
    try:
        soak = Soak(tmp_path, days=2, minutes=0.15, seed=4, days_before=2)
    except BrokerMissing as missing:
        pytest.skip(str(missing))
    soaked = soak.run()
    unanswered = [failure for failure in soaked.failures if "answers" in failure or "wait" in failure]
    assert unanswered == []  # that it is flat cannot be told from so short a time
    assert soaked.checks == sum(soaked.decided.values()) >= 5
    assert sum(soaked.deaths.values()) >= 2
    assert len(soaked.samples) == 2
