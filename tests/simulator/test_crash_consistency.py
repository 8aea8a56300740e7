"""The store after a power cut, at every moment of a recorded life; `make crash-test` cuts at all of them."""

import sqlite3
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from agent.store import MARK, Store
from firmware_sim.crash.campaign import Recording, cut_again, open_all, record_life
from firmware_sim.crash.cuts import Effort, cuts
from firmware_sim.crash.disk import Disk, pieces
from firmware_sim.crash.recording import (
    Create,
    MakeDirectory,
    NoStrace,
    Rename,
    Sync,
    Truncate,
    Unlink,
    Write,
    calls,
    record,
)
from vision.reference import ReferenceRefused, load_reference

STATE = "/home/state"
FILE = f"{STATE}/file"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    try:
        return record_life("short", tmp_path_factory.mktemp("life"))
    except NoStrace as missing:
        pytest.skip(str(missing))


# ---- the store


def test_a_start_after_a_power_cut_goes_on_from_what_was_committed_last(recorded: Recording) -> None:
    figures = open_all(recorded, Effort(every=23, subsets=3))
    assert figures.failures == []
    assert sum(figures.images.values()) > 400
    assert {"next write torn", "only what was synced", "some dropped, one torn"} <= set(figures.images)
    assert {"new", "resumed"} <= set(figures.opened)


def test_a_power_cut_in_the_start_after_a_power_cut_costs_nothing_either(recorded: Recording) -> None:
    figures = cut_again(recorded, 2, Effort(every=1, subsets=1))
    assert figures.failures == []
    assert sum(figures.images.values()) > 100


def test_the_life_that_is_recorded_commits_marks_loses_and_begins_anew(recorded: Recording) -> None:
    made = {type(note).__name__ for note in recorded.notes}
    assert {"Opened", "Committed", "Marked", "Closed", "Damaged"} <= made
    assert {"Write", "Sync", "Create", "Unlink"} <= {type(call).__name__ for call in recorded.calls}


# ---- the judge sees what it is there to see


def test_a_store_that_does_not_sync_is_found_out(recorded: Recording) -> None:
    without = [call for call in recorded.calls if not (isinstance(call, Sync) and call.path.endswith("-wal"))]
    careless = Recording(recorded.directory, without, recorded.notes, _shifted(recorded))
    assert open_all(careless, Effort(every=37, subsets=3)).failures


def test_a_start_that_does_not_look_for_the_mark_of_consent_is_found_out(
    monkeypatch: pytest.MonkeyPatch, recorded: Recording
) -> None:
    """A withdrawal of which only the mark's removal reached the disk would be forgotten."""
    monkeypatch.setattr("agent.store._marked", lambda directory: True)
    withdrawal = recorded.calls.index(Unlink(f"{recorded.directory}/{MARK}"))
    failures = open_all(recorded, Effort(at=withdrawal + 5, subsets=0)).failures
    assert any("the mark of consent is there" in failure for failure in failures)


def test_a_start_that_crashes_is_found_out(monkeypatch: pytest.MonkeyPatch, recorded: Recording) -> None:
    def fail(*_: object, **__: object) -> Store:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr("firmware_sim.crash.startup.Store.open", fail)
    figures = open_all(recorded, Effort(every=400, subsets=0))
    assert set(figures.opened) == {"crashed"}


def test_images_that_are_alike_are_opened_once_and_each_is_judged(
    monkeypatch: pytest.MonkeyPatch, recorded: Recording
) -> None:
    opened: list[Path] = []

    def fail(directory: Path, **_: object) -> Store:
        opened.append(directory)
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr("firmware_sim.crash.startup.Store.open", fail)
    figures = open_all(recorded, Effort(every=100, subsets=3))
    images = sum(figures.images.values())
    assert figures.alike > 0
    assert len(opened) == images - figures.alike
    assert len(figures.failures) == images


# ---- the reference of the empty bed

COMMISSIONED_TWICE = """
import sys
from pathlib import Path

import numpy as np

from vision.moved import HALF, Landmarks
from vision.reference import Reference, Seen, write_reference

for shade, width in ((60, 640), (180, 1280)):
    marks = Landmarks(np.full((4, 2), width, np.float32), np.full((4, 2 * HALF, 2 * HALF), shade, np.uint8))
    bed = ((0, 0), (10, 0), (10, 10), (0, 10))
    seen = Seen(np.full((128, 96), shade, np.uint8), marks)
    write_reference(Reference(width, 480, bed, {"infrared": seen}), Path(sys.argv[1]))
"""


def test_a_power_cut_at_commissioning_leaves_no_half_of_two_references(tmp_path: Path) -> None:
    folder = tmp_path / "recorded" / "reference"
    folder.parent.mkdir()
    try:
        record(["-c", COMMISSIONED_TWICE, str(folder)], tmp_path / "trace")
    except NoStrace as missing:
        pytest.skip(str(missing))
    loaded: Counter[str] = Counter()
    for number, cut in enumerate(
        cuts(str(folder), list(calls(tmp_path / "trace", folder)), None, Effort(torn=8))
    ):
        image = tmp_path / "images" / str(number)
        image.mkdir(parents=True)
        for name, content in (cut.image or {}).items():
            (image / name).write_bytes(content)
        loaded[what_is_loaded(image)] += 1
    assert set(loaded) == {"refused", "the first", "the second"}
    assert what_is_loaded(folder) == "the second"


def what_is_loaded(folder: Path) -> str:
    try:
        reference = load_reference(folder)
    except ReferenceRefused:
        return "refused"
    seen = reference.seen["infrared"]
    shades = set(np.unique(seen.empty_bed)) | set(np.unique(seen.landmarks.patches))
    whole = {640: ({60}, "the first"), 1280: ({180}, "the second")}
    wanted, name = whole[reference.width]
    return name if shades == wanted else "half of each"


# ---- the disk


def a_disk() -> Disk:
    """With a directory in which `file` holds "old"."""
    return Disk(STATE, {"file": b"old"})


def test_what_was_not_synced_may_be_there_or_not() -> None:
    disk = a_disk()
    disk.apply(Write(FILE, 0, b"new"))
    disk.apply(Write(FILE, 3, b"er"))
    assert disk.whole() == {"file": b"newer"}
    assert disk.left(()) == {"file": b"old"}
    assert disk.left((1,)) == {"file": b"older"}
    assert disk.left((0,), {0: Write(FILE, 0, b"ne")}) == {"file": b"ned"}


def test_what_was_synced_is_there_for_certain() -> None:
    disk = a_disk()
    disk.apply(Write(FILE, 0, b"new"))
    disk.apply(Sync(FILE))
    assert disk.pending == []
    assert disk.left(()) == {"file": b"new"}


def test_a_file_is_found_for_certain_only_once_its_directory_is_synced() -> None:
    disk = a_disk()
    disk.apply(Create(f"{STATE}/more"))
    disk.apply(Write(f"{STATE}/more", 0, b"content"))
    disk.apply(Sync(f"{STATE}/more"))
    assert disk.left(()) == {"file": b"old"}
    disk.apply(Sync(STATE))
    assert disk.left(()) == {"file": b"old", "more": b"content"}


def test_a_name_changed_or_removed_is_so_for_certain_only_once_its_directory_is_synced() -> None:
    disk = a_disk()
    disk.apply(Rename(FILE, f"{STATE}/aside"))
    assert (disk.left(()), disk.left((0,))) == ({"file": b"old"}, {"aside": b"old"})
    disk.apply(Unlink(f"{STATE}/aside"))
    assert disk.whole() == {}
    disk.apply(Sync(STATE))
    assert disk.left(()) == {}


def test_a_new_directory_may_be_gone_until_its_parent_is_synced() -> None:
    disk = Disk(STATE)
    disk.apply(MakeDirectory(STATE))
    assert disk.may_be_gone
    disk.apply(Sync("/home"))
    assert not disk.may_be_gone


def test_a_file_cut_short_grows_again_with_zeros() -> None:
    disk = a_disk()
    disk.apply(Truncate(FILE, 1))
    disk.apply(Write(FILE, 3, b"!"))
    assert disk.whole() == {"file": b"o\0\0!"}


def test_a_page_is_torn_at_its_sectors_and_at_odd_places() -> None:
    torn = pieces(Write(FILE, 4096, bytes(4096)))
    assert {(piece.offset - 4096, len(piece.data)) for piece in torn} >= {
        (0, 1),
        (0, 512),
        (0, 4095),
        (512, 3584),
    }


def test_every_subset_of_a_few_writes_is_tried() -> None:
    calls = [Write(FILE, place, b"x") for place in range(3)]
    images = [cut.image for cut in cuts(STATE, [*calls], {"file": b"..."}, Effort(at=3))]
    contents = {image["file"] for image in images if image is not None}
    assert contents == {b"...", b"x..", b".x.", b"..x", b"xx.", b"x.x", b".xx", b"xxx"}


def test_a_call_that_another_thread_cut_in_upon_is_read_as_one(tmp_path: Path) -> None:
    written = "".join(f"\\x{byte:02x}" for byte in FILE.encode())
    (tmp_path / "trace").write_text(
        f'7 pwrite64(3<{written}>, "\\x61\\x62", 2, 10 <unfinished ...>\n'
        f"8 fsync(4<{written}>) = 0\n"
        "7 <... pwrite64 resumed>) = 2\n"
    )
    assert list(calls(tmp_path / "trace", Path(STATE))) == [Sync(FILE), Write(FILE, 10, b"ab")]


def _shifted(recorded: Recording) -> list[int]:
    """Where the notes stand once the WAL's syncs are left out."""
    left_out = [
        place
        for place, call in enumerate(recorded.calls)
        if isinstance(call, Sync) and call.path.endswith("-wal")
    ]
    return [after - sum(place < after for place in left_out) for after in recorded.noted_after]
