"""A journal from the field becomes a scenario that shows the same."""

from datetime import datetime
from pathlib import Path

import pytest

from firmware_sim.__main__ import main
from firmware_sim.comparison import answers
from firmware_sim.incident import incident
from firmware_sim.letters import Letters
from firmware_sim.runner import Night, play
from firmware_sim.scenario import build, find, load

ALIKE = [
    "agent-restarted",
    "camera-covered",
    "clock-steps",
    "command-storm",
    "consent-withdrawn-in-look",
    "disk-full",
    "internet-gone-for-hours",
    "power-cut-in-window",
    "privacy-switch",
    "unplugged-for-cleaning",
    "worker-crashes",
]


def journal_of(name: str, folder: Path) -> tuple[Night, Path]:
    """A shipped night, and the state directory that it leaves."""
    night = play(load(find(name)), state=folder)
    last = max(folder.glob("state-*"), key=lambda state: int(state.name.rpartition("-")[2]))
    return night, last


def answers_of(night: Night) -> dict[str, list[str]]:
    return answers(night.scenario, Letters(night.record))


@pytest.mark.parametrize("name", ALIKE)
def test_the_answers_of_a_night_are_those_of_its_journal_played_again(name: str, tmp_path: Path) -> None:
    night, journal = journal_of(name, tmp_path)
    again = play(build("again", incident(journal)))
    assert answers_of(again) == answers_of(night)


def test_a_part_of_a_journal_is_told_by_the_sites_own_time(tmp_path: Path) -> None:
    _, journal = journal_of("internet-gone-for-hours", tmp_path)
    part = incident(journal, since=datetime(2026, 11, 21, 2), until=datetime(2026, 11, 21, 4))  # noqa: DTZ001
    assert datetime(2026, 11, 21, 1, 50) < part.start <= datetime(2026, 11, 21, 2, 30)  # noqa: DTZ001
    assert part.end <= datetime(2026, 11, 21, 4, 5)  # noqa: DTZ001


def test_the_device_keeps_its_name_to_itself(tmp_path: Path) -> None:
    _, journal = journal_of("quiet-night", tmp_path)
    assert "device" not in incident(journal).site


def test_the_command_writes_a_scenario_that_can_be_played(tmp_path: Path) -> None:
    _, journal = journal_of("power-cut-in-window", tmp_path / "played")
    written = tmp_path / "incident.toml"
    assert main(["--incident", str(journal), "--write", str(written)]) == 0
    assert main([str(written)]) == 0


def test_what_is_no_journal_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--incident", str(tmp_path)]) == 2
    assert "nattro.db does not exist" in capsys.readouterr().err.replace("\n", "")
    other = tmp_path / "nattro.db"
    other.write_text("no database at all, but long enough to be read as one" * 10)
    assert main(["--incident", str(other)]) == 2
    assert "no journal" in capsys.readouterr().err.replace("\n", " ")
