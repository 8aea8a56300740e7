"""Random nights leave journals that replay to the same actions, in every life that the device had."""

from pathlib import Path

import pytest

from agent.journal import replay
from firmware_sim.fuzz.hunt import scenario
from firmware_sim.journals import unfaithful
from firmware_sim.runner import play


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_journals_of_random_nights_replay_to_the_same_actions(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 10):
        state = tmp_path / str(seed)
        state.mkdir()
        play(scenario(seed), state=state)
        assert unfaithful(state) == []


def test_a_life_has_a_journal_worth_replaying(tmp_path: Path) -> None:
    play(scenario(0), state=tmp_path)
    lives = sorted(tmp_path.glob("state-*"))
    assert sum(replay(life).events for life in lives) > 50


def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "state-1").mkdir()
    assert "does not exist" in unfaithful(tmp_path)[0]
