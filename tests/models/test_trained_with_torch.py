"""The training itself: nothing leaks, and what is trained is what the worker runs. Needs PyTorch."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from models.training.pictures import Pictures, pictures_of_home
from models.training.style import Strength, restyled
from vision.occupancy import OccupancyNet, prepare
from vision.region import RECTIFIED, VIEW_HEIGHT, VIEW_WIDTH, View, outline

torch = pytest.importorskip("torch", reason="PyTorch is installed only where somebody trains")


@pytest.fixture(scope="module")
def one_home() -> Pictures:
    """The pictures of the first home."""
    rows = list(pictures_of_home(1))
    return Pictures(**{field.name: np.array([row[field.name] for row in rows]) for field in fields(Pictures)})


def homes(numbers: list[int]) -> Pictures:
    """Blank pictures of some homes."""
    n = len(numbers)
    return Pictures(
        views=np.zeros((n, VIEW_HEIGHT, VIEW_WIDTH), np.uint8),
        corners=np.repeat(RECTIFIED[None], n, axis=0),
        occupied=np.zeros(n, np.float32),
        rectified=np.ones(n, bool),
        low=np.zeros(n, bool),
        state=np.array(["made"] * n),
        light=np.array(["infrared"] * n),
        home=np.array(numbers),
        shot=np.arange(n),
    )


def test_no_home_is_in_two_parts() -> None:
    from models.training.train import Split

    split = Split.of(homes(list(range(1, 101))))
    parts = [set(part.home) for part in (split.training, split.calibration, split.testing)]
    assert [len(part) for part in parts] == [80, 10, 10]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]


def test_training_prepares_pictures_exactly_as_the_worker_does(one_home: Pictures) -> None:
    from models.training.train import Restyled

    torch.manual_seed(4)
    given, _ = Restyled(one_home, 1)[0]
    torch.manual_seed(4)
    rng = np.random.default_rng((1, 0, int(torch.randint(1 << 30, (1,)))))
    rectified = bool(one_home.rectified[0])
    view, corners = restyled(rng, one_home.views[0], one_home.corners[0], rectified, Strength())
    assert np.array_equal(given.numpy(), prepare(view, outline(corners)))


def test_the_written_net_answers_as_the_trained_one(one_home: Pictures, tmp_path: Path) -> None:
    from models.training.net import BedNet
    from models.training.train import answers_by_shot, write

    torch.manual_seed(3)
    net = BedNet()
    write(net, tmp_path, "untrained", (1.0, 0.0), {}, {})
    answers, shots = answers_by_shot(net, one_home)
    written = OccupancyNet.load(tmp_path)
    for shot, answer in list(zip(shots.shot, answers, strict=True))[:4]:
        of_shot = np.flatnonzero(one_home.shot == shot)
        views = [View(one_home.views[i], one_home.corners[i]) for i in of_shot]
        assert written.logit(views) == pytest.approx(float(answer), abs=1e-4)
