"""Fast mode's table: made with the net that is shipped, for every take that a scenario can show."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from firmware_sim.films import (
    ASLEEP,
    BY_PERSON,
    BY_VIEW,
    EMPTY,
    FROZEN,
    FilmError,
    all_takes,
    film_path,
    side_file,
)
from firmware_sim.observations import MAKE, ObservationsError, observations


def test_the_table_was_made_with_the_shipped_net() -> None:
    manifest = json.loads(files("models").joinpath("manifest.json").read_text(encoding="utf-8"))
    assert observations().model == manifest["version"], f"make the table anew: {MAKE}"


def test_every_take_that_can_be_shown_was_observed() -> None:
    assert {take.name for take in all_takes()} == set(observations().takes) == set(observations().blind)


def test_the_cast_plays_its_parts() -> None:
    verdicts = {name: rows[0].report.verdict for name, rows in observations().takes.items()}
    assert verdicts[ASLEEP.name] == "in_bed"
    assert verdicts[EMPTY.name] == "not_in_bed"
    turned_away = verdicts.pop("moved_camera")  # in a room with little to know it by
    assert turned_away == "uncertain"
    unseen = [take.name for take in (*BY_VIEW.values(), FROZEN) if take.name in verdicts]
    assert {verdicts[name] for name in unseen} == {"camera_fault"}
    assert all(Path(film_path(take.film)).exists() for take in BY_PERSON.values())


def test_a_longer_look_gets_the_report_of_a_longer_look() -> None:
    short, longer = (observations().report(EMPTY.name, wanted) for wanted in (20.0, 50.0))
    assert short.seconds <= longer.seconds


def test_a_take_that_nobody_looked_at_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ObservationsError, match="python -m"):
        observations().report("no-such-film", 20.0)


def test_a_recording_or_side_file_that_is_not_there_is_named() -> None:
    with pytest.raises(FilmError, match="no-such-film"):
        film_path("no-such-film")
    with pytest.raises(FilmError, match="no-such-film"):
        side_file("no-such-film")
