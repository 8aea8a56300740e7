"""A scenario file that cannot be played is refused with one clear error: which file, what, how to mend it."""

from pathlib import Path

import pytest

from firmware_sim.__main__ import main
from firmware_sim.scenario import ScenarioError, find, load

GOOD = """
title = "T"
start = 2026-11-20T21:00:00
end = 2026-11-21T07:00:00
[site]
times = ["22:30"]
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "night.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "[[happens]]\nat = '23:00'\nprson = 'away'\n", "prson"),
        (GOOD + "[[happens]]\nat = '23:00'\nperson = 'asleep'\n", "asleep"),
        (GOOD + "[[happens]]\nat = '23:00'\nclock_step = 'far'\n", "$.happens[0].clock_step"),
        (GOOD + "[[happens]]\nat = '25:00'\nperson = 'away'\n", "25:00"),
        (GOOD + "[[happens]]\nat = '12:00'\nperson = 'away'\n", "after the end"),
        (GOOD + "[[happens]]\nat = '23:00'\n", "nothing changes"),
        (GOOD + "[[happens]]\nat = '23:00'\nperson = 'away'\nrepeat = 3\n", "every"),
        (GOOD + "[expect]\nanswer = 3\n", "answer"),
        (GOOD + "[site.check]\nfurther_look_after_minutes = 15\n", "does not fit the window"),
        (GOOD.replace("22:30", "half past"), "[site]"),
        (GOOD.replace("2026-11-21T07", "2026-11-20T07"), "not after start"),
        (GOOD.replace("start = 2026-11-20T21:00:00", ""), "start"),
        (GOOD.replace("2026-11-20T21:00:00", "2027-03-28T02:30:00"), "does not exist"),
        (GOOD + "timezone = 'Europe/Atlantis'\n", "Atlantis"),
        ("title = ", "not TOML"),
    ],
)
def test_a_scenario_that_cannot_be_played_says_why(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refusal:
        load(_file(tmp_path, text))
    assert said in str(refusal.value)
    assert "night.toml" in str(refusal.value)


def test_a_scenario_that_does_not_exist_is_named() -> None:
    with pytest.raises(ScenarioError, match="no-such-night"):
        find("no-such-night")


def test_the_command_ends_with_2_for_what_it_cannot_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-night"]) == 2
    assert "no-such-night" in capsys.readouterr().err


def test_the_command_ends_with_1_for_a_night_that_differs(tmp_path: Path) -> None:
    assert main([str(_file(tmp_path, GOOD + "[expect.answers]\n'22:30' = 'paused'\n"))]) == 1


def test_the_command_gives_one_json_object_per_night(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quiet-night", "bathroom", "--json"]) == 0
    assert [line.startswith('{"scenario":') for line in capsys.readouterr().out.splitlines()] == [True, True]


def test_the_command_draws_the_time_line(tmp_path: Path) -> None:
    picture = tmp_path / "night.png"
    assert main(["internet-gone-for-hours", "--timeline", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
