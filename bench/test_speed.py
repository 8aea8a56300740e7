"""How fast: the core alone, a simulated night, a commit to disk. `make bench`; compare within one run only."""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from agent.core import events as ev
from agent.core.core import Core
from agent.core.moment import Now
from agent.core.policy import Policy
from agent.core.state import decode, encode
from agent.ports import JournalEntry, OutboxRow
from agent.store import Store
from firmware_sim.runner import play
from firmware_sim.scenario import find, load

EVENING = 1795302000.0
PROBES = 1000
MANY_KINDS = ("a-whole-night", "router-mended-by-relay", "command-storm", "internet-gone-for-hours")


def test_a_thousand_events_through_the_core(benchmark: BenchmarkFixture) -> None:
    """Probes of a network that is down: each wakes every machine."""
    answer = ev.NetworkProbed(link=True, gateway=False, dns=False, targets=(False, False))

    def an_hour_offline() -> int:
        core = Core(Policy(device="bench", times=("22:30", "02:30")))
        return sum(len(core.handle(answer, Now(boot=10.0 + i, utc=EVENING + i))) for i in range(PROBES))

    assert benchmark(an_hour_offline) > 0


def test_a_snapshot_there_and_back(benchmark: BenchmarkFixture) -> None:
    core = Core(Policy(device="bench", times=("22:30", "02:30")))
    core.handle(ev.Started("b", "i", "e", "new", clean=False, version="0"), Now(boot=10.0, utc=EVENING))
    assert benchmark(lambda: decode(encode(core.state))) == core.state


def test_a_commit_that_survives_a_power_cut(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    snapshot, now = encode(Core(Policy(device="bench")).state), Now(boot=1.0, utc=EVENING)
    entry = JournalEntry(now, b"{}", b"[]")
    numbers = iter(range(10**9))

    def commit() -> None:
        store.commit(snapshot, [entry], [OutboxRow(f"m{next(numbers)}", "topic", b"payload" * 50)], [], now)

    benchmark(commit)
    assert store.outbox.depth() > 0
    store.close(clean=True)


@pytest.mark.parametrize("name", ["quiet-night", "router-mended-by-relay"])
def test_a_night_in_fast_mode(benchmark: BenchmarkFixture, name: str) -> None:
    scenario = load(find(name))
    night = benchmark(lambda: play(scenario))
    assert not night.differences


def test_forty_hours_in_fast_mode(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """Core, loop, store, outbox, the simulated world and its judging: how many events a second on one core."""
    nights = [load(find(name)) for name in MANY_KINDS]
    events = benchmark(lambda: sum(play(night).events for night in nights))
    assert events > 1000
    if benchmark.stats is not None:  # None when benchmarks are disabled
        best = benchmark.stats.stats.min
        with capsys.disabled():
            print(
                f"\nfast mode: {events / best:,.0f} events/s, {len(nights) / best:,.0f} nights/s on one core"
            )
