"""The hunter: nights by lot, the same for the same seed, rich in faults, written down and played again."""

import json
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.__main__ import main
from firmware_sim.fuzz.faults import FAULTS
from firmware_sim.fuzz.hunt import hunt, play_batch, scenario
from firmware_sim.fuzz.night import BESIDE, night, seeds_beside
from firmware_sim.runner import play
from firmware_sim.scenario import ScenarioFile, load, shipped, write

FRESH = st.integers(min_value=0, max_value=2**32)
TURNS = st.integers(min_value=1, max_value=1000)
SEEDS = FRESH | st.builds(lambda root, turn: turn * BESIDE + root, FRESH, TURNS)
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


@given(FRESH, TURNS)
@settings(max_examples=60, deadline=None)
def test_a_night_beside_another_is_spent_in_the_same_home_and_ends_in_the_same_calm(
    root: int, turn: int
) -> None:
    old, beside = night(root), night(turn * BESIDE + root)
    assert (beside.site, beside.start, beside.end) == (old.site, old.start, old.end)
    calm = [item for item in old.happens if item.calm]
    assert [item for item in beside.happens if item.calm] == calm
    assert all(item.at <= last.at for item in beside.happens for last in calm)


def test_a_night_beside_another_is_much_as_it_was_and_a_little_different() -> None:
    """Most of what happened does so again at its time, and no two of these nights are the same."""
    pairs = [(night(root), night(turn * BESIDE + root)) for turn, root in product(range(1, 6), range(30))]
    kept = [item in beside.happens for old, beside in pairs for item in old.happens]
    assert len({write(beside) for _, beside in pairs}) == len(pairs)
    assert 0.5 < sum(kept) / len(kept) < 0.9


def test_each_night_of_a_list_has_its_turn_and_a_night_beside_stands_for_the_one_it_is_beside() -> None:
    listed = [11, 4711, 3 * BESIDE + 11]
    assert seeds_beside(listed, 0, 3) == [BESIDE + 11, BESIDE + 4711, 2 * BESIDE + 11]
    assert seeds_beside(listed, 2, 2) == [2 * BESIDE + 11, 2 * BESIDE + 4711]


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


@pytest.mark.parametrize("seed", ["11", "17000000000011"])
def test_a_night_is_written_by_its_seed_and_played_again(
    seed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "night.toml"
    assert main(["--fuzz-seed", seed, "--write", str(file)]) == 0
    assert main(["--json", str(file)]) == main(["--json", "--fuzz-seed", seed])
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


def test_a_hunt_beside_listed_nights_tells_seeds_that_need_no_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_sim.fuzz.hunt.play", _stumble)
    listed = tmp_path / "seeds.txt"
    listed.write_text("11\n4711\n")
    assert main(["--beside", str(listed), "--fuzz", "3", "--jobs", "1"]) == 1
    told = capsys.readouterr().out
    assert "nattro simulate --fuzz-seed 1000000004711" in told
    assert "nattro simulate --fuzz-seed 2000000000011" in told


def _stumble(_: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(("text", "told"), [("11\nx1\n", "line 2: 'x1' is no seed"), ("# none\n", "no seed")])
@pytest.mark.parametrize("options", [["--fuzz-seeds"], ["--fuzz", "5", "--beside"]])
def test_a_list_that_is_none_is_refused(
    options: list[str], text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "seeds.txt"
    listed.write_text(text)
    assert main([*options, str(listed)]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [["--fuzz", "0"], ["--fuzz", "5", "--jobs", "0"], ["--write", "x.toml"], ["--beside", "seeds.txt"]],
)
def test_a_hunt_that_makes_no_sense_is_refused(options: list[str]) -> None:
    assert main(options) == 2


def _digest(line: str) -> object:
    return json.loads(line)["digest"]


def _read(path: Path) -> ScenarioFile:
    return msgspec.toml.decode(path.read_bytes(), type=ScenarioFile)
