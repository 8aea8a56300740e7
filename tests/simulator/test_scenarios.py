"""Every shipped night, played fast: as expected, all promises kept, and the same to the bit each time."""

from pathlib import Path

import pytest

from agent.journal import replay
from firmware_sim.runner import play
from firmware_sim.scenario import load, shipped

SHIPPED = shipped()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_night_goes_as_expected(path: Path) -> None:
    night = play(load(path))
    assert not night.differences
    assert not night.violations


@pytest.mark.parametrize(
    "name", ["a-whole-night", "internet-gone-for-hours", "power-cut-in-window", "disk-full"]
)
def test_two_runs_of_a_night_are_the_same_to_the_bit(name: str) -> None:
    (path,) = (path for path in SHIPPED if path.stem == name)
    assert play(load(path)).record.digest() == play(load(path)).record.digest()


@pytest.mark.parametrize("name", ["a-whole-night", "power-cut-over-window", "command-storm", "clock-steps"])
def test_the_journal_of_a_night_replays_to_the_same_actions(name: str, tmp_path: Path) -> None:
    (path,) = (path for path in SHIPPED if path.stem == name)
    play(load(path), state=tmp_path)
    for journal in sorted(tmp_path.glob("state-*")):
        replayed = replay(journal)
        assert replayed.events
        assert not replayed.differences
