"""Masks: where the person is, seen or hidden."""

import numpy as np
import pytest

from firmware_sim.scene.camera import Camera, aimed
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.masks import Masks, masks
from firmware_sim.scene.states import EMPTY, OCCUPIED, arrange


def above(home: Home) -> Camera:
    bed = home.bed
    target = floats([bed.width / 2, bed.length / 2, bed.top])
    return aimed(floats([bed.width / 2, bed.length / 2 - 0.3, bed.top + 2.2]), target, 0.0, 100.0, 160, 120)


def masks_of(state: str, seed: int = 22, tidy: bool = True) -> Masks:
    home = Home.draw(np.random.default_rng(21))
    scene = arrange(np.random.default_rng(seed), home.bed, state, tidy)
    camera = above(home)
    return masks(scene, camera, home.view(scene, camera))


@pytest.mark.parametrize("state", list(EMPTY))
def test_an_empty_bed_has_nobody_in_its_masks(state: str) -> None:
    found = masks_of(state)
    assert not (found.person | found.body | found.head).any()


@pytest.mark.parametrize("state", list(OCCUPIED))
def test_whoever_is_in_the_bed_has_a_body_with_a_head(state: str) -> None:
    found = masks_of(state)
    assert found.body.sum() > 3 * found.head.sum() > 0
    assert not (found.head & ~found.body).any()
    assert not (found.person & ~found.body).any()


def test_a_blanket_hides_the_body_from_sight_and_not_from_the_mask() -> None:
    found = masks_of("head_covered")
    assert found.person.sum() < 0.3 * found.body.sum()
    assert found.head.any()


def test_a_carer_beside_the_bed_is_none_of_its_occupants() -> None:
    seen = [masks_of("made", seed, tidy=False) for seed in range(40)]
    assert any(found.other.any() for found in seen)
    assert not any(found.body.any() for found in seen)
