"""The second world's bodies and bedding, as far as they need no Blender."""

import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SECOND_WORLD = Path(__file__).resolve().parents[2] / "firmware-sim" / "second-world"


@pytest.fixture
def sculpt(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SECOND_WORLD))
    return importlib.import_module("sculpt")


@pytest.fixture
def people(sculpt: Any) -> Any:
    return importlib.import_module("people")


def laid(sculpt: Any, ground: Any, **changes: Any) -> np.ndarray[Any, Any]:
    told = {
        "size": (1.6, 1.9),
        "head_end": 1.6,
        "askew": 0.0,
        "thickness": 0.02,
        "slack": 1e-3,
        "crumple": 0.0,
    }
    points, cloth = sculpt.Sheet(**(told | changes)).over(np.random.default_rng(3), ground)
    assert points.shape[:2] == cloth.shape[:2]
    return np.asarray(points)


def test_bedding_lies_on_the_sleeper_and_nowhere_in_the_mattress(sculpt: Any, people: Any) -> None:
    bed = sculpt.Bed(0.9, 2.0, 0.5)
    for how in people.LYING:
        ground = sculpt.Ground(bed)
        ground.put(people.lying(np.random.default_rng(5), bed, how, 0.1).all_balls())
        below = ground.heights.copy()
        points = laid(sculpt, ground)
        on_bed = (points[..., 0] > 0.02) & (points[..., 0] < 0.88) & (points[..., 1] > 0.02)
        support = ground.at(points[..., 0], points[..., 1], below)
        assert (points[..., 2] - support)[on_bed].min() > -0.02
        assert points[..., 2].max() > bed.top + 0.12


def test_bedding_hangs_down_beside_the_mattress_and_stays_above_the_floor(sculpt: Any) -> None:
    points = laid(sculpt, sculpt.Ground(sculpt.Bed(0.9, 2.0, 0.5)), size=(2.4, 1.9))
    assert 0.0 < points[..., 2].min() < 0.2
    assert points[..., 0].min() > -0.3


def test_a_duvet_thrown_back_leaves_the_head_end_bare(sculpt: Any) -> None:
    points = laid(sculpt, sculpt.Ground(sculpt.Bed(0.9, 2.0, 0.5)), turned_back=0.6)
    assert points[..., 1].max() == pytest.approx(1.0, abs=0.1)


def test_whoever_sits_on_the_edge_or_stands_beside_is_where_they_are_said_to_be(
    sculpt: Any, people: Any
) -> None:
    bed = sculpt.Bed(0.9, 2.0, 0.5)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        trunk = people.on_the_edge(rng, bed).balls()["trousers"].centres[0]
        assert 0 < trunk[0] < bed.width
        trunk = people.beside(rng, bed).balls()["trousers"].centres[0]
        assert not 0 < trunk[0] < bed.width


def test_it_shares_nothing_with_the_world_the_net_was_trained_on() -> None:
    for path in SECOND_WORLD.glob("*.py"):
        assert not re.search(
            r"^(from|import) firmware_sim", path.read_text(encoding="utf-8"), re.MULTILINE
        ), path
