"""The table of how movement tells sleepers from empty beds."""

from pathlib import Path

import numpy as np
import pytest

from models.training import movement
from models.training.movement import Seen


def _films(sleepers: list[float | None], empty: list[float | None]) -> list[Seen]:
    rows = [(3.0, score) for score in sleepers] + [(0.0, score) for score in empty]
    return [
        Seen(home, "nothing", 4.0, breath, 30.0, score, None if score is None else 10 * score)
        for home, (breath, score) in enumerate(rows)
    ]


def test_a_line_tells_apart_counts_what_is_unknown_and_who_was_said_to_move(
    capsys: pytest.CaptureFixture[str],
) -> None:
    movement.told(_films([2.0, 1.0, None], [0.0, 0.1, -0.1]), "a test")
    line = capsys.readouterr().out
    assert line.startswith("a test")
    assert "1.000 [1.000, 1.000]" in line
    assert "unknown   1/6" in line
    assert "sleepers   2/3" in line
    assert "empty   1/3" in line


def test_a_home_measured_once_is_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    films = _films([1.0], [0.0])
    monkeypatch.setattr(movement, "films_of_home", lambda _number, usual: iter(films))
    first = movement.measured(tmp_path, 5, 1)
    monkeypatch.setattr(movement, "films_of_home", lambda _number, usual: pytest.fail("measured again"))
    assert movement.measured(tmp_path, 5, 1) == first == films


def test_intervals_draw_whole_homes() -> None:
    films = _films(list(np.linspace(0, 1, 20)), list(np.linspace(-0.5, 0.5, 20)))
    low, high = movement._interval(films)
    assert 0.5 < low < movement._auc(films) < high <= 1.0
