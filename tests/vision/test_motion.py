"""Movement as evidence: what moves a blanket counts, what moves the whole picture does not."""

from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, RATE, WIDTH, Bedroom, Grey
from vision.blocks import Surroundings
from vision.motion import QUIET, Movement, Movements, _Anchor
from vision.verdict import MOVES_FROM

EVERYWHERE = Surroundings(np.ones((30, 40), np.bool_), np.zeros((30, 40), np.bool_))


def movement_of(pictures: Iterable[Grey]) -> Movement:
    movements = Movements(BED, WIDTH, HEIGHT)
    for frame, picture in enumerate(pictures):
        movements.add(picture, frame / RATE)
    return movements.judge()


@pytest.mark.parametrize("noise", [2.0, 4.0])
def test_a_breathing_blanket_is_evidence_of_presence(noise: float) -> None:
    seen = movement_of(Bedroom().night(16, breath=0.6, noise=noise))
    assert seen.evidence is not None
    assert seen.evidence >= MOVES_FROM
    assert not seen.restless


@pytest.mark.parametrize("noise", [2.0, 8.0])
def test_noise_alone_is_no_evidence(noise: float) -> None:
    seen = movement_of(Bedroom().night(16, noise=noise))
    assert seen.evidence is not None
    assert seen.evidence < 0.3


def test_what_shakes_the_whole_camera_is_no_evidence() -> None:
    bedroom = Bedroom()
    shaken = (bedroom.picture(shake=0.5 * float(np.sin(1.9 * i / RATE))) for i in range(160))
    evidence = movement_of(shaken).evidence
    assert evidence is not None
    assert evidence < MOVES_FROM


def test_a_gain_that_swings_is_no_evidence() -> None:
    bedroom = Bedroom()
    swinging = (
        bedroom.picture(gain=1 + 0.02 * float(np.sin(2 * np.pi * 0.3 * i / RATE))) for i in range(160)
    )
    evidence = movement_of(swinging).evidence
    assert evidence is not None
    assert evidence < MOVES_FROM


def test_what_only_becomes_brighter_has_not_moved() -> None:
    cloth = np.round(cv2.GaussianBlur(np.random.default_rng(1).uniform(0, 255, (240, 320)), (0, 0), 3.0))
    lit = cloth.copy()
    lit[80:160, 120:200] += 6
    way = np.abs(_Anchor(cloth.astype(np.float32), EVERYWHERE).way_to(lit.astype(np.uint8)))
    brighter, moved = way[12:18, 17:23, 0], way[12:18, 17:23, 1:]
    assert brighter.min() > 10 * moved.max()


def test_what_moves_is_told_along_the_way_that_it_moves() -> None:
    cloth = np.round(cv2.GaussianBlur(np.random.default_rng(1).uniform(0, 255, (240, 320)), (0, 0), 3.0))
    aside = cloth.copy()
    aside[:, 1:] = cloth[:, :-1]
    way = np.abs(_Anchor(cloth.astype(np.float32), EVERYWHERE).way_to(aside.astype(np.uint8)))[5:25, 5:35]
    assert np.median(way[..., 1]) > 3 * np.median(way[..., 2])


def test_an_over_exposed_bed_says_nothing() -> None:
    seen = movement_of(Bedroom(bed_level=320).night(12, breath=0.6))
    assert seen.usable < 0.4
    assert seen.evidence is None


def test_a_codec_that_repeats_blocks_says_nothing() -> None:
    bedroom = Bedroom()
    seen = movement_of(picture for _ in range(12) for picture in [bedroom.picture(noise=0.0)] * RATE)
    assert seen.evidence is None


def test_a_look_of_a_few_seconds_says_nothing() -> None:
    assert movement_of(Bedroom().night(5, breath=0.6)).evidence is None


def test_turning_in_bed_is_coarse_movement_after_which_the_blanket_is_followed_anew() -> None:
    before, after = Bedroom(seed=1), Bedroom(seed=1, bed_level=100)
    seen = movement_of([*before.night(3), *after.night(12, breath=0.8)])
    assert seen.restless
    assert 10 < seen.settled < 12.5
    assert seen.evidence is not None
    assert seen.evidence >= MOVES_FROM


def test_a_lamp_that_is_lit_is_no_movement_in_bed() -> None:
    bedroom = Bedroom()
    seen = movement_of([*bedroom.night(3), *bedroom.night(3, gain=1.3)])
    assert not seen.restless


def test_what_moves_the_empty_bed_of_a_home_is_no_sleeper_there() -> None:
    fan, sleeper = Movement(1.5, 0.0, 20.0, 1.0), Movement(4.0, 0.0, 20.0, 1.0)
    assert fan.evidence is not None
    assert fan.against(1.5) == Movement(QUIET, 0.0, 20.0, 1.0).evidence
    assert sleeper.against(1.5) == sleeper.evidence
    assert fan.against(-1.0) == fan.against(None) == fan.evidence
    assert Movement(None, 0.0, 20.0, 0.1).against(1.5) is None
