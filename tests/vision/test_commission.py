"""Commissioning as the process that sees carries it out: cards, steps, and what reaches the disk."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, WIDTH, Bedroom, Grey, write_film
from vision.commission.cards import DICTIONARY, MODULES, Sightings
from vision.commission.keeping import Draft, Unfinished
from vision.commission.protocol import (
    CARDS,
    EMPTY,
    OCCUPIED,
    STEPS,
    AnyAnswer,
    AnyRequest,
    Failed,
    FindCards,
    Finish,
    Kept,
    NoOutline,
    Outline,
    Record,
    Recorded,
)
from vision.commission.sheet import page
from vision.reference import load_reference
from vision.reference import reference_of as kept_of

CARD = 0.3
"""Of the bed's width."""


def with_cards(picture: Grey, order: tuple[int, ...] = (0, 1, 2, 3)) -> Grey:
    """Cards laid on the bed's corners, seen by the same perspective as the bed."""
    seen = picture.astype(np.float32)
    over_bed = cv2.getPerspectiveTransform(
        np.array([[0, 0], [1, 0], [1, 2], [0, 2]], np.float32), np.array(BED, np.float32)
    )
    for place, number in enumerate(order):
        x, y = (0.0, 1 - CARD)[place in (1, 2)], (0.0, 2 - CARD)[place in (2, 3)]
        square = np.array([[[x, y], [x + CARD, y], [x + CARD, y + CARD], [x, y + CARD]]], np.float32)
        to = cv2.perspectiveTransform(square, over_bed)[0]
        paper = printed(number)
        side = len(paper)
        own = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
        way = cv2.getPerspectiveTransform(own, to)
        card = cv2.warpPerspective(paper.astype(np.float32), way, (WIDTH, HEIGHT))
        inside = cv2.warpPerspective(np.ones_like(paper, np.float32), way, (WIDTH, HEIGHT))
        seen = seen * (1 - inside) + (20 + card * 0.6) * inside
    noise = np.random.default_rng(3).normal(0, 3, seen.shape)
    _, data = cv2.imencode(".jpg", np.clip(seen + noise, 0, 255).astype(np.uint8))
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def printed(number: int) -> Grey:
    """The card as its page prints it."""
    found = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>', page(CARDS[number])
    )
    paper = np.full((MODULES * 20, MODULES * 20), 255, np.uint8)
    outline = re.search(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="[\d.]+" fill="none"', page(CARDS[0])
    )
    assert outline is not None
    left, top, side = map(float, outline.groups())
    for x, y, width, height in found:
        a, b = (round((float(v) - o) / side * len(paper)) for v, o in ((x, left), (y, top)))
        c, d = (round(float(v) / side * len(paper)) for v in (width, height))
        paper[b : b + d, a : a + c] = 0
    return paper


def sighted(picture: Grey) -> Sightings:
    sightings = Sightings()
    while not sightings.enough:
        sightings.add(picture)
    return sightings


def test_the_printed_page_is_the_marker() -> None:
    bits = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), 2, MODULES - 2)
    small = printed(2)[10::20, 10::20]
    assert np.array_equal(small[1:-1, 1:-1], bits)
    assert (small[0] == 255).all()


def test_the_cards_give_the_mattress_its_corners() -> None:
    sightings = sighted(with_cards(Bedroom(bed_level=90).picture()))
    assert sightings.complaints() == ()
    assert np.abs(sightings.corners() - np.array(BED)).max() < 2.5


def test_a_card_that_is_turned_gives_the_same_corner() -> None:
    bed = Bedroom(bed_level=90).picture()
    upside_down = np.ascontiguousarray(with_cards(bed)[::-1, ::-1])
    sightings = sighted(upside_down)
    turned = np.array([(WIDTH - 1 - x, HEIGHT - 1 - y) for x, y in BED])
    assert sightings.complaints() == ()
    assert np.abs(sightings.corners() - turned).max() < 3.5


@pytest.mark.parametrize(("order", "complaint"), [((1, 0, 3, 2), "mirrored"), ((0, 2, 1, 3), "order")])
def test_cards_in_the_wrong_places_are_refused(order: tuple[int, ...], complaint: str) -> None:
    assert sighted(with_cards(Bedroom(bed_level=90).picture(), order)).complaints() == (complaint,)


def test_a_hidden_card_is_named() -> None:
    picture = with_cards(Bedroom(bed_level=90).picture())
    cv2.circle(picture, (160, 410), 60, 255, -1)  # a lamp's glare on it
    assert sighted(picture).complaints() == ("missing:foot_left",)


def test_a_bed_without_cards_has_four_missing() -> None:
    assert sighted(Bedroom().picture()).complaints() == tuple(f"missing:{card}" for card in CARDS)


# ---- the process


class Device:
    """Asks the process, with the tests' own net: a bright bed is occupied."""

    def __init__(self, folder: Path, films: Path, environment: dict[str, str]) -> None:
        self.folder, self.films, self._environment = folder, films, environment

    def ask(self, request: AnyRequest) -> AnyAnswer:
        with self.started(request) as process:
            assert process.stdout is not None
            told = process.stdout.read()
        answer: AnyAnswer = msgspec.json.decode(told, type=AnyAnswer)
        return answer

    def started(self, request: AnyRequest) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "vision.commission"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
        )
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(request) + b"\n")
        process.stdin.flush()
        return process

    def recorded(self, step: str, film: str, seconds: float = 12.0) -> AnyAnswer:
        source = f"recording:{self.films / film}.avi"
        request = Record(step=step, bed=BED, source=source, seconds=seconds, **self.usual())  # type: ignore[arg-type]
        return self.ask(request)

    def usual(self) -> dict[str, object]:
        return {"folder": str(self.folder), "deadline": time.clock_gettime(time.CLOCK_BOOTTIME) + 120}


@pytest.fixture
def device(tmp_path: Path, films: Path, worker_environment: dict[str, str]) -> Device:
    return Device(tmp_path / "reference", films, worker_environment)


def test_the_whole_way_keeps_numbers_and_the_empty_bed_alone(device: Device) -> None:
    draft: set[str] = set()
    for step in STEPS:
        answer = device.recorded(step, "empty" if step in EMPTY else "sleeper")
        assert isinstance(answer, Recorded), answer
        assert answer.complaint is None
        if step in OCCUPIED:  # only numbers were added
            assert {file.name for file in (device.folder / "draft").iterdir()} == draft
        draft = {file.name for file in (device.folder / "draft").iterdir()}
    kept = device.ask(Finish(**device.usual()))  # type: ignore[arg-type]
    assert isinstance(kept, Kept)
    assert kept.problem == ""
    reference = load_reference(device.folder)
    assert reference.learnt is not None
    assert len(reference.learnt.empty) == len(reference.learnt.occupied) == 3
    assert not (device.folder / "draft").exists()
    assert sorted(kept.files) == sorted(file.name for file in device.folder.iterdir())
    empty = kept_of_film(device.films / "empty.avi")
    assert np.corrcoef(reference.seen["infrared"].empty_bed.ravel(), empty.ravel())[0, 1] > 0.95
    assert set(json.loads(kept.description)) == {"version", "width", "height", "bed", "lights", "learnt"}


def kept_of_film(film: Path) -> Grey:
    from vision.capture import frame_of

    good, pixels = cv2.VideoCapture(str(film)).read()
    assert good
    return kept_of(frame_of(np.asarray(pixels, np.uint8), 0.0), BED).seen["infrared"].empty_bed


def test_a_covered_camera_is_told_and_nothing_is_kept(device: Device) -> None:
    answer = device.recorded("made", "covered", seconds=6.0)
    assert isinstance(answer, Recorded)
    assert answer.complaint == "covered"
    assert not device.folder.exists()


def test_nothing_but_the_first_step_can_be_the_first(device: Device) -> None:
    answer = device.recorded("thrown_back", "empty")
    assert isinstance(answer, Failed)
    assert answer.kind == "refused"


def test_an_unfinished_one_leaves_what_was_in_force(device: Device) -> None:
    device.recorded("made", "empty")
    answer = device.ask(Finish(**device.usual()))  # type: ignore[arg-type]
    assert isinstance(answer, Failed)
    assert "still to be recorded: thrown_back" in answer.detail
    assert not (device.folder / "reference.json").exists()


def test_cards_are_looked_for_in_the_cameras_pictures(device: Device, tmp_path: Path) -> None:
    film = write_film(tmp_path / "cards.avi", [with_cards(Bedroom(bed_level=90).picture())] * 30)
    request = FindCards(source=f"recording:{film}", seconds=5.0, **device.usual())  # type: ignore[arg-type]
    answer = device.ask(request)
    assert isinstance(answer, Outline), answer
    assert np.abs(np.array(answer.bed) - np.array(BED)).max() < 3
    without = FindCards(source=f"recording:{device.films}/empty.avi", seconds=5.0, **device.usual())  # type: ignore[arg-type]
    assert isinstance(device.ask(without), NoOutline)


def test_it_ends_when_whoever_asked_lets_go(device: Device) -> None:
    source = f"recording:{device.films / 'empty'}.avi"
    request = Record(step="made", bed=BED, source=source, seconds=12.0, **device.usual())  # type: ignore[arg-type]
    with device.started(request) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) != 0
    assert not device.folder.exists()


def test_a_step_without_a_beginning_is_refused(tmp_path: Path) -> None:
    step = Recorded(step="piled", frames=1, seconds=1.0, light="infrared", net="")
    with pytest.raises(Unfinished, match="begin with the bed made"):
        Draft(tmp_path).add(step)
