"""The parts of the virtual device's lab that need no virtual device."""

from pathlib import Path

import cv2
import pytest
from device_lab import cache, host
from device_lab.acceptance import Shown
from device_lab.kernel import in_loading_order
from device_lab.table import Table
from device_lab.tools import take_apart
from guest.player import HEADER

RECORDINGS = Path(__file__).parents[2] / "firmware-sim" / "recordings"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    return tmp_path


def test_what_was_made_is_not_made_again(kept: Path) -> None:
    made: list[Path] = []
    first = cache.made_once("disk", "1", made.append)
    assert cache.made_once("disk", "1", made.append) == first
    assert len(made) == 1


def test_what_was_broken_off_is_not_taken_for_the_thing(kept: Path) -> None:
    def break_off(folder: Path) -> None:
        (folder / "half").write_text("a disk")
        raise host.CommandFailed("no space left")

    with pytest.raises(host.CommandFailed):
        cache.made_once("disk", "1", break_off)
    whole = cache.made_once("disk", "1", lambda folder: (folder / "whole").touch())
    assert [file.name for file in whole.iterdir()] == ["whole"]


def test_a_new_disk_takes_the_place_of_the_old_one_alone(kept: Path) -> None:
    for kind, key in (("kernel", "1"), ("disk", "1"), ("disk", "2")):
        cache.made_once(kind, key, lambda _: None)
    assert sorted(folder.name for folder in kept.iterdir()) == ["disk-2", "kernel-1"]


def test_the_cache_knows_a_changed_byte_and_a_changed_word(tmp_path: Path) -> None:
    package = tmp_path / "nattro.deb"
    package.write_bytes(b"one")
    keys = {cache.key_of([package], "bookworm"), cache.key_of([package], "trixie")}
    package.write_bytes(b"two")
    assert len(keys | {cache.key_of([package], "bookworm")}) == 3


def test_a_module_is_loaded_after_all_that_it_needs() -> None:
    listing = "fs/ext4.ko: fs/mbcache.ko fs/jbd2.ko\nfs/jbd2.ko: lib/crc.ko\nfs/mbcache.ko:\nlib/crc.ko:\n"
    ordered = in_loading_order(("ext4",), listing)
    assert ordered[-1] == "fs/ext4.ko"
    assert ordered.index("lib/crc.ko") < ordered.index("fs/jbd2.ko")


def test_a_kernel_without_a_module_is_refused_by_its_name() -> None:
    with pytest.raises(host.LabRefused, match="gpio-sim"):
        in_loading_order(("gpio-sim",), "fs/ext4.ko:\n")


def test_a_command_that_fails_says_what_it_printed() -> None:
    with pytest.raises(host.CommandFailed, match="no such kernel"):
        host.run("sh", "-c", "echo no such kernel >&2; exit 4")


def test_the_device_plays_every_picture_of_a_recording(tmp_path: Path) -> None:
    film, grey = RECORDINGS / "covered_sleeper.avi", tmp_path / "film.grey"
    take_apart(film, grey)
    reader = cv2.VideoCapture(str(film))
    data = grey.read_bytes()
    width, height = HEADER.unpack_from(data)
    assert (width, height) == (640, 480)
    assert len(data) == HEADER.size + width * height * reader.get(cv2.CAP_PROP_FRAME_COUNT)


def test_a_film_that_is_none_is_refused_by_its_name(tmp_path: Path) -> None:
    film = tmp_path / "night.avi"
    film.write_bytes(b"no film")
    with pytest.raises(host.LabRefused, match=r"night\.avi"):
        take_apart(film, tmp_path / "night.grey")


def test_one_row_that_is_not_as_asked_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.row(Shown("the power is restored", "seen on the line", ok=True, figure="8.0 s"))
    assert table.all_right
    table.row(Shown("answered once", "two answers", ok=False))
    assert table.end() == 1
    printed = capsys.readouterr().out
    assert "8.0 s" in printed
    assert "1 of 2 as asked" in printed
