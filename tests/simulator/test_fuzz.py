"""The hunter: nights by lot, the same for the same seed, rich in faults, written down and played again."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.__main__ import main
from firmware_sim.fuzz.faults import FAULTS
from firmware_sim.fuzz.hunt import hunt, play_batch, scenario
from firmware_sim.fuzz.night import night
from firmware_sim.runner import play
from firmware_sim.scenario import ScenarioFile, load, shipped, write

SEEDS = st.integers(min_value=0, max_value=2**32)
SOME = range(150)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_the_same_seed_is_the_same_night(seed: int) -> None:
    assert night(seed) == night(seed)


def test_other_seeds_are_other_nights() -> None:
    assert len({write(night(seed)) for seed in SOME}) == len(SOME)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_night_that_was_written_down_is_read_as_the_same_night(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    file = tmp_path_factory.getbasetemp() / f"night-{seed}.toml"
    file.write_text(write(night(seed)), encoding="utf-8")
    assert _read(file) == night(seed)
    assert load(file).seconds == scenario(seed).seconds


def test_the_shipped_scenarios_survive_being_written(tmp_path: Path) -> None:
    for path in shipped():
        copy = tmp_path / path.name
        copy.write_text(write(_read(path)), encoding="utf-8")
        assert _read(copy) == _read(path)


def test_a_night_is_played_the_same_to_the_bit_each_time() -> None:
    for seed in range(5):
        assert play(scenario(seed)).record.digest() == play(scenario(seed)).record.digest()


def test_nights_are_full_of_events_and_faults() -> None:
    bag = play_batch(SOME)
    assert bag.nights == len(SOME)
    assert bag.events / bag.nights >= 100
    assert bag.fault_count / bag.nights >= 3


def test_three_hundred_nights_keep_all_promises() -> None:
    """`make fuzz-ci` plays thousands; again one of them: `nattro simulate --fuzz-seed S`."""
    assert [caught.seed for caught in hunt(range(300), jobs=2).caught] == []


def test_every_kind_of_fault_is_drawn_before_long() -> None:
    drawn = {kind for seed in range(300) for kind in FAULTS if kind in night(seed).about}
    assert drawn == set(FAULTS)


def test_two_processes_bring_home_what_one_does() -> None:
    alone, together = hunt(range(7, 67), jobs=1), hunt(range(7, 67), jobs=2)
    together.seconds = alone.seconds
    assert together == alone


def test_a_night_is_written_by_its_seed_and_played_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "night.toml"
    assert main(["--fuzz-seed", "11", "--write", str(file)]) == 0
    assert main(["--json", str(file)]) == main(["--json", "--fuzz-seed", "11"])
    written, drawn = capsys.readouterr().out.splitlines()
    assert _digest(written) == _digest(drawn)


def test_a_hunt_tells_its_totals(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--fuzz", "10", "--seed", "3", "--jobs", "1"])
    told = capsys.readouterr().out
    assert "10 nights" in told
    assert code == (0 if "0 nights broke a promise" in told else 1)


def test_nights_are_played_again_from_a_list_of_their_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "seeds.txt"
    listed.write_text("# a worn card\n11\n\n4711  # a wrong clock\n")
    assert main(["--fuzz-seeds", str(listed), "--jobs", "1"]) == 0
    assert "2 nights" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "told"), [("11\nx1\n", "line 2: 'x1' is no seed"), ("# none\n", "no seed")])
def test_a_list_that_is_none_is_refused(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "seeds.txt"
    listed.write_text(text)
    assert main(["--fuzz-seeds", str(listed)]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--fuzz", "0"], ["--fuzz", "5", "--jobs", "0"], ["--write", "x.toml"]])
def test_a_hunt_that_makes_no_sense_is_refused(options: list[str]) -> None:
    assert main(options) == 2


def _digest(line: str) -> object:
    return json.loads(line)["digest"]


def _read(path: Path) -> ScenarioFile:
    return msgspec.toml.decode(path.read_bytes(), type=ScenarioFile)
