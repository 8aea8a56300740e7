"""Sources and the feed: real films, real device nodes, a source that hangs for good."""

import errno
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.vision.bedroom import HEIGHT, RATE, WIDTH, Bedroom, write_film, write_picture
from vision.capture import CaptureTrouble, EndOfFilm, Feed, Frame, Source, frame_of
from vision.device import Device, why_not
from vision.recording import Recording
from vision.still import Still, read_still


def opened(source: Source) -> Source:
    source.open()
    return source


def frames_of(source: Source) -> list[Frame]:
    frames = []
    source.open()
    try:
        while True:
            frame = source.read()
            if frame is not None:
                frames.append(frame)
    except EndOfFilm:
        source.close()
        return frames


def brighter_each_second(seconds: int) -> list[np.ndarray]:
    return [np.full((HEIGHT, WIDTH), 20 * (i // RATE) + 20, np.uint8) for i in range(seconds * RATE)]


@pytest.mark.parametrize(
    ("name", "codec"), [("film.avi", "MJPG"), ("film.mp4", "mp4v"), ("film.mkv", "MJPG")]
)
def test_a_film_is_read_whatever_its_container(tmp_path: Path, name: str, codec: str) -> None:
    frames = frames_of(Recording(write_film(tmp_path / name, Bedroom().night(2), codec)))
    assert len(frames) == 20
    assert frames[0].picture.shape == (HEIGHT, WIDTH)
    assert frames[0].picture.dtype == np.uint8
    assert frames[-1].at == pytest.approx(1.9)


def test_a_film_begins_where_it_is_told_to(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.avi", brighter_each_second(6))
    first = opened(Recording(film, start_at=4.0)).read()
    assert first is not None
    assert first.at == 0.0
    assert first.picture.mean() == pytest.approx(100, abs=3)


def test_a_film_cannot_begin_after_its_end(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.avi", brighter_each_second(2))
    with pytest.raises(CaptureTrouble, match=r"lasts 2\.0 s"):
        Recording(film, start_at=5.0).open()


def test_a_missing_film_is_gone_and_a_file_that_is_none_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(CaptureTrouble) as missing:
        Recording(tmp_path / "nowhere.avi").open()
    assert missing.value.kind == "gone"
    (tmp_path / "letter.avi").write_text("Dear Sir")
    with pytest.raises(CaptureTrouble) as unreadable:
        Recording(tmp_path / "letter.avi").open()
    assert unreadable.value.kind == "unreadable"


def test_a_web_address_is_no_recording() -> None:
    with pytest.raises(CaptureTrouble) as trouble:
        Recording(Path("http://127.0.0.1/film.avi")).open()
    assert trouble.value.kind == "gone"


def test_a_film_that_breaks_off_ends_where_it_breaks(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "whole.avi", Bedroom().night(3)).read_bytes()
    (tmp_path / "broken.avi").write_bytes(whole[: len(whole) // 2])
    assert 0 < len(frames_of(Recording(tmp_path / "broken.avi"))) < 30


def test_a_picture_is_read_once(tmp_path: Path) -> None:
    source = opened(Still(write_picture(tmp_path / "bed.png", Bedroom().picture())))
    assert source.read() is not None
    with pytest.raises(EndOfFilm):
        source.read()


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bed.png").write_bytes(b"")
    with pytest.raises(CaptureTrouble, match="not a picture"):
        read_still(tmp_path / "bed.png")


def test_daylight_is_told_from_infrared_by_its_colours() -> None:
    grey = np.full((32, 32, 3), 80, np.uint8)
    assert not frame_of(grey, 0.0).coloured
    grey[:, :, 2] += 40
    assert frame_of(grey, 0.0).coloured


def test_a_device_that_is_not_there_is_gone() -> None:
    with pytest.raises(CaptureTrouble) as trouble:
        Device(Path("/dev/video-of-nobody")).open()
    assert trouble.value.kind == "gone"


def test_a_node_that_is_no_camera_is_unreadable(tmp_path: Path) -> None:
    for path in (Path("/dev/null"), write_picture(tmp_path / "video0.png", Bedroom().picture())):
        with pytest.raises(CaptureTrouble) as trouble:
            Device(path).open()
        assert trouble.value.kind == "unreadable"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOENT, "gone"),
        (errno.ENODEV, "gone"),
        (errno.EBUSY, "busy"),
        (errno.EACCES, "refused"),
        (errno.ENOTTY, "unreadable"),
        (errno.EIO, "unreadable"),
    ],
)
def test_what_the_kernel_says_of_a_node_is_understood(number: int, kind: str) -> None:
    assert why_not(number, Path("/dev/video0"))[0] == kind


def wait_for_trouble(feed: Feed) -> None:
    while True:
        assert feed.next(wait=0.1) is None


def test_a_source_that_hangs_is_stalled_and_does_not_hang_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "hangs.avi"
    os.mkfifo(pipe)  # opening it blocks until somebody writes into it
    feed = Feed(Recording(pipe), patience=0.2)
    with pytest.raises(CaptureTrouble) as trouble:
        wait_for_trouble(feed)
    assert trouble.value.kind == "stalled"
    feed.close()
    pipe.open("wb").close()  # lets the hanging thread go: it holds a lock of OpenCV's that other tests need


class Driver(Source):
    """A driver that hangs in one call, until it is let go."""

    live = True

    def __init__(self, hangs_in: str) -> None:
        self.hangs_in = hangs_in
        self.lets_go = threading.Event()
        self.closed = threading.Event()

    def open(self) -> None:
        self._pass("open")

    def read(self) -> Frame | None:
        self._pass("read")
        return Frame(np.zeros((2, 2), np.uint8), 0.0)

    def close(self) -> None:
        self._pass("close")
        self.closed.set()

    def _pass(self, call: str) -> None:
        if call == self.hangs_in:
            self.lets_go.wait()


@pytest.mark.parametrize("call", ["open", "read"])
def test_a_driver_that_hangs_is_stalled_in_whatever_call(call: str) -> None:
    driver = Driver(call)
    feed = Feed(driver, patience=0.2)
    with pytest.raises(CaptureTrouble) as trouble:
        wait_for_trouble(feed)
    assert trouble.value.kind == "stalled"
    feed.close()  # comes back, though the driver does not
    assert not driver.closed.is_set()
    driver.lets_go.set()
    assert driver.closed.wait(20)  # and is closed as soon as it lets go


def test_a_driver_that_hangs_at_closing_does_not_hang_its_reader() -> None:
    driver = Driver("close")
    feed = Feed(driver)
    assert feed.next(wait=20) is not None
    feed.close()
    assert not driver.closed.is_set()
    driver.lets_go.set()
    assert driver.closed.wait(20)


class Camera(Source):
    """A live source that is faster than its reader."""

    live = True

    def __init__(self) -> None:
        self.count = 0

    def open(self) -> None:
        """It is open."""

    def read(self) -> Frame | None:
        self.count += 1
        time.sleep(0.001)
        return Frame(np.zeros((2, 2), np.uint8), float(self.count))

    def close(self) -> None:
        self.count = -1


def test_a_live_feed_drops_what_nobody_fetches_and_a_film_waits(tmp_path: Path) -> None:
    camera = Camera()
    feed = Feed(camera)
    while camera.count < 50:
        time.sleep(0.01)
    newest = feed.next(wait=1.0)
    assert newest is not None
    assert newest.at > 40
    feed.close()

    film = Feed(Recording(write_film(tmp_path / "film.avi", Bedroom().night(1))))
    time.sleep(0.2)
    first = film.next(wait=1.0)
    assert first is not None
    assert first.at == 0.0
    film.close()


def test_trouble_in_the_source_reaches_the_reader(tmp_path: Path) -> None:
    feed = Feed(Recording(tmp_path / "nowhere.avi"))
    with pytest.raises(CaptureTrouble, match="no recording"):
        feed.next(wait=2.0)
