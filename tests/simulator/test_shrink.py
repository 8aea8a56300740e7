"""A night that fails is cut down to what its failure needs, and is still a night that can be played."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.__main__ import main
from firmware_sim.fuzz.failure import Failure, failures, same
from firmware_sim.fuzz.shrink import NoFailure, shrink
from firmware_sim.fuzz.shrunk import keep, shrunk
from firmware_sim.scenario import CommandSent, Happening, Scenario, ScenarioFile, build, load, write


def a_night(*happens: Happening, **site: object) -> ScenarioFile:
    """From nine in the evening to seven."""
    return ScenarioFile(
        title="Night",
        start=datetime(2026, 11, 20, 21),  # noqa: DTZ001 - local time of the site
        end=datetime(2026, 11, 21, 7),  # noqa: DTZ001
        site={"times": ["22:30", "01:30", "04:30"], **site},
        happens=happens,
    )


def clutter() -> tuple[Happening, ...]:
    """Much that happens and matters little."""
    return (
        Happening(at="21:13:20", person="half_out"),
        Happening(at="+00:17:11.250", broker="gone"),
        Happening(at="21:40", broker="works"),
        Happening(at="22:11", camera="unplugged"),
        Happening(at="22:12:30", camera="plugged"),
        Happening(at="23:17", mains="cut"),
        Happening(at="23:19", mains="back"),
        Happening(at="00:00", clock_step=13.37),
        Happening(at="02:00", person="in_bed"),
    )


def has(**wanted: object) -> Callable[[Scenario], bool]:
    """Fails while something of the kind happens."""
    return lambda scenario: any(
        all(getattr(each.what, name) == value for name, value in wanted.items()) for each in scenario.happens
    )


# ---- what is left


def test_of_much_that_happens_only_what_the_failure_needs_is_left() -> None:
    small = shrink(a_night(*clutter()), has(mains="cut"))
    assert [item.changes for item in small.happens] == [{"mains": "cut"}]


def test_two_things_that_fail_only_together_are_both_kept_in_their_order() -> None:
    def both(scenario: Scenario) -> bool:
        kinds = [set(each.what.changes) for each in scenario.happens]
        return {"mains"} in kinds and {"clock_step"} in kinds[kinds.index({"mains"}) :]

    small = shrink(a_night(*clutter()), both)
    assert [set(item.changes) for item in small.happens] == [{"mains"}, {"clock_step"}]


@given(st.sets(st.integers(0, 19), max_size=6))
@settings(max_examples=40, deadline=None)
def test_whatever_is_needed_is_found_and_nothing_else(needed: set[int]) -> None:
    steps = [Happening(at=f"22:{minute:02d}", clock_step=1000.0 + minute) for minute in range(20)]

    def fails(scenario: Scenario) -> bool:
        found = {round(each.what.clock_step or 0.0) - 1000 for each in scenario.happens}
        return found >= needed

    small = shrink(a_night(*steps), fails)
    assert {round(item.clock_step or 0.0) - 1000 for item in small.happens} == needed


def test_the_night_becomes_short_and_its_home_plain() -> None:
    file = a_night(
        *clutter(),
        timezone="Asia/Kathmandu",
        check={"look_seconds": 10, "further_looks": 1},
        heartbeat_minutes=30,
    )
    small = shrink(file, has(camera="unplugged"))
    assert small.end <= datetime(2026, 11, 20, 22, 30)  # noqa: DTZ001
    assert list(small.site) == ["times"]
    assert len(small.site["times"]) == 1


def test_instants_and_numbers_become_round_as_far_as_the_failure_allows() -> None:
    def fails(scenario: Scenario) -> bool:
        return any((each.what.clock_step or 0.0) > 100.0 for each in scenario.happens)

    small = shrink(a_night(Happening(at="+01:02:03.456", clock_step=1234.567)), fails)
    (item,) = small.happens
    assert item.clock_step in {1200.0, 3600.0}
    assert "." not in item.at


def test_what_waits_for_a_moment_waits_no_longer_if_it_need_not() -> None:
    small = shrink(a_night(Happening(at="22:00", upon="look", after=3.3, mains="cut")), has(mains="cut"))
    assert (small.happens[0].upon, small.happens[0].after) == (None, 0.0)


def test_a_command_is_sent_once_and_plainly() -> None:
    sent = CommandSent(name="pause", id="p", order={"end": "@05:00"}, valid_for=77.7, times=3, by="somebody")
    small = shrink(
        a_night(Happening(at="22:00", command=sent)),
        lambda scenario: any(each.what.command is not None for each in scenario.happens),
    )
    assert small.happens[0].command == CommandSent(name="pause", id="p")


def test_out_of_patience_it_gives_back_what_still_fails() -> None:
    fails = has(mains="cut")
    small = shrink(a_night(*clutter()), fails, most_tries=4)
    assert fails(build("small", small))
    assert len(small.happens) <= len(clutter())


def test_a_night_that_does_not_fail_cannot_be_shrunk() -> None:
    with pytest.raises(NoFailure):
        shrink(a_night(*clutter()), lambda _: False)


# ---- the same failure


@pytest.fixture
def deaf_to_withdrawals(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent with a bug: it does not hear that consent is withdrawn."""
    monkeypatch.setattr("agent.core.consent.withdrawn", lambda turn, by: None)


WITHDRAWN = Happening(at="22:29:12", consent="withdrawn")


def test_the_night_of_a_bug_is_shrunk_to_what_shows_it(deaf_to_withdrawals: None, tmp_path: Path) -> None:
    file = a_night(*clutter(), WITHDRAWN)
    wanted = failures(build("night", file))[0]
    small = shrunk(file, wanted)
    assert [item.changes for item in small.happens] == [{"consent": "withdrawn"}]
    path = keep(small, "small", tmp_path)
    assert wanted in failures(load(path))
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_another_failure_is_not_taken_for_the_one_that_is_looked_for(deaf_to_withdrawals: None) -> None:
    scenario = build("night", a_night(WITHDRAWN))
    assert not same(Failure(5, "the router was restarted for nothing"))(scenario)
    assert same(failures(scenario)[0])(scenario)


def test_times_ids_and_numbers_make_no_other_failure_of_it(deaf_to_withdrawals: None) -> None:
    tonight, tomorrow = (
        failures(build("night", msgspec.structs.replace(file, happens=(WITHDRAWN,))))
        for file in (a_night(), a_night(times=["23:45"]))
    )
    assert tonight[0] == tomorrow[0]


def test_an_agent_that_does_not_survive_the_night_fails_in_a_way_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("a window of no length")

    monkeypatch.setattr("agent.core.consent.withdrawn", stumble)
    (failure,) = failures(build("night", a_night(WITHDRAWN)))
    assert str(failure) == "not played to its end: ZeroDivisionError: a window of no length"


# ---- on the command line


def test_the_command_writes_the_shrunken_night_and_its_picture(
    deaf_to_withdrawals: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "found.toml"
    file.write_text(write(a_night(*clutter(), WITHDRAWN)), encoding="utf-8")
    assert main(["--shrink", str(file), "--out", str(tmp_path)]) == 0
    assert "found-shrunk.toml" in capsys.readouterr().out.replace("\n", "")
    assert len(load(tmp_path / "found-shrunk.toml").happens) == 1
    assert (tmp_path / "found-shrunk.png").is_file()
    assert main([str(tmp_path / "found-shrunk.toml")]) == 1


def test_the_command_says_so_if_there_is_nothing_to_shrink(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shrink", "quiet-night"]) == 1
    assert "nothing to shrink" in capsys.readouterr().out


def test_the_command_refuses_what_is_neither_a_seed_nor_a_scenario() -> None:
    assert main(["--shrink", "no-such-night"]) == 2
