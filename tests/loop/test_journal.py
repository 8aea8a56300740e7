"""The journal replays to the same actions, and shows where another core would have acted differently."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from agent.core import answers
from agent.core import events as ev
from agent.core.facts import Text
from agent.journal import JournalUnreadable, replay
from tests.loop.surroundings import Surroundings


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """The state directory of a device that lived through an empty bed, a full disk and a restart."""
    directory = tmp_path / "state"
    around = Surroundings(directory).begin().reach_the_window()
    for number, verdict in enumerate(("uncertain", "uncertain", "not_in_bed", "not_in_bed"), start=1):
        look = around.loop.core.state.camera.open_look
        assert look is not None
        around.boot += 20
        report = ev.LookReport(verdict=verdict, p_occupied=0.1 * number, cues={"movement": 0.3})  # type: ignore[arg-type]
        around.loop.step(ev.LookReported(look, report))
        if around.loop.core.state.camera.stopping:
            around.loop.step(ev.LookClosed(look))
            around.disk_full = not around.disk_full
            around.boot += 601
            around.loop.step(ev.DeadlineReached())
    around.disk_full = False
    around.loop.step(ev.Stopping())
    around.store.close(clean=True)
    again = Surroundings(directory)
    again.boot = around.boot + 10
    again.begin()
    again.store.close(clean=True)
    return directory


def test_a_night_replays_to_the_same_actions(night: Path) -> None:
    found = replay(night)
    assert found.differences == []
    assert found.openings == 2
    assert found.events > 15


def test_the_file_itself_can_be_named_too_and_is_not_changed(night: Path, tmp_path: Path) -> None:
    before = (night / "nattro.db").read_bytes()
    assert replay(night / "nattro.db") == replay(night)
    assert (night / "nattro.db").read_bytes() == before


def test_a_core_that_acts_differently_is_shown_with_event_and_both_actions(
    night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(answers.TEXTS, "uncertain", Text(sv="Ny text.", en="New text."))
    found = replay(night)
    assert found.differences
    first = found.differences[0]
    assert "LookReported" in first.event
    assert any("New text." in line for line in first.replayed)
    assert not any("New text." in line for line in first.recorded)


def test_a_store_that_failed_for_long_leaves_a_journal_that_still_replays(tmp_path: Path) -> None:
    around = Surroundings(tmp_path / "state").begin()
    around.disk_full = True
    for _ in range(1300):
        around.boot += 1
        around.loop.step(ev.CommandUnreadable("pause", "not JSON"))
    around.disk_full = False
    around.loop.step(ev.CameraAppeared())
    around.store.close(clean=False)
    found = replay(tmp_path / "state")
    assert found.differences == []
    assert found.openings == 2


@pytest.mark.parametrize(("name", "content"), [("nothing", None), ("notes.txt", b"hello"), ("empty", b"")])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(JournalUnreadable, match=name):
        replay(file)


def test_a_journal_of_a_later_version_is_refused_with_the_place(night: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(night / "nattro.db", copy)
    connection = sqlite3.connect(copy)
    connection.execute("""UPDATE journal SET first = '{"type":"Teleported"}' WHERE seq = 3""")
    connection.commit()
    connection.close()
    with pytest.raises(JournalUnreadable, match="entry 3"):
        replay(copy)
