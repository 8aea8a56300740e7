"""The training itself: nothing leaks, and what is trained is what the worker runs. Needs PyTorch."""

from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.training.judging import answers_by_shot
from models.training.pictures import Pictures, pictures_of_home
from models.training.style import Sample, Strength, restyled
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
        masks=np.zeros((n, 32, 24, 4), np.uint8),
        occupied=np.zeros(n, np.float32),
        rectified=np.ones(n, bool),
        low=np.zeros(n, bool),
        state=np.array(["made"] * n),
        light=np.array(["infrared"] * n),
        home=np.array(numbers),
        camera=np.array(numbers) * 10,
        shot=np.arange(n),
    )


def test_no_home_is_in_two_parts() -> None:
    from models.training.train import Split

    split = Split.of(homes(list(range(1, 101))))
    training, kept_back = set(split.training.home), set(split.calibration.home)
    assert len(training) == 90
    assert kept_back == {1, 11, 21, 31, 41, 51, 61, 71, 81, 91}
    assert not training & kept_back


def test_training_prepares_pictures_exactly_as_the_worker_does(one_home: Pictures) -> None:
    from models.training.feed import Feed

    everything = replace(Strength(), **{field.name: 0.0 for field in fields(Strength)})
    feed = Feed(one_home, 1, 1, 2)
    rng = np.random.default_rng(5)
    given, occupied, _ = feed.sample(np.random.default_rng(5), 0, everything)
    sample = Sample(one_home.views[0], one_home.corners[0], one_home.masks[0], bool(one_home.rectified[0]))
    rng.choice(np.flatnonzero(~one_home.rectified))
    changed = restyled(rng, sample, one_home.views[0], everything)
    assert occupied == one_home.occupied[0]
    assert np.array_equal(given, prepare(changed.view, outline(changed.corners)))


def test_the_same_step_feeds_the_same_views(one_home: Pictures) -> None:
    from models.training.feed import Feed

    once, again = Feed(one_home, 1, 9, 4).batch(3), Feed(one_home, 1, 9, 4).batch(3)
    other = Feed(one_home, 2, 9, 4).batch(3)
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))
    assert not torch.equal(once[0], other[0])


def test_views_are_drawn_more_wildly_as_training_goes_on(
    one_home: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.training.feed import Feed

    shares = []

    def watched(rng: np.random.Generator, sample: Sample, elsewhere: object, strength: Strength) -> Sample:
        shares.append(strength.plain)
        return sample

    monkeypatch.setattr("models.training.feed.restyled", watched)
    feed = Feed(one_home, 1, 5, 1)
    for step in range(5):
        feed.batch(step)
    assert shares[0] == 1.0
    assert shares[-1] == pytest.approx(Strength().plain)
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("shape", [(64, 288), (128, 64)])
def test_the_direction_of_a_step_has_singular_values_near_one(shape: tuple[int, int]) -> None:
    from models.training.optimiser import orthogonal

    torch.manual_seed(2)
    gradient = torch.randn(shape) * torch.logspace(0, -2, shape[1])
    values = torch.linalg.svdvals(orthogonal(gradient))
    assert values.max() < 1.3
    assert values.median() > 0.6


def test_a_step_is_as_large_however_small_the_gradient_is() -> None:
    from models.training.optimiser import Muon

    torch.manual_seed(4)
    gradient, moved = torch.randn(16, 8, 3, 3), []
    for size in (1e-4, 1e2):
        bank = torch.nn.Parameter(torch.zeros(16, 8, 3, 3))
        bank.grad = size * gradient
        Muon([bank], 0.01, decay=0.0).step()
        moved.append(bank.detach())
    assert float(moved[0].square().mean().sqrt()) == pytest.approx(0.2 * 0.01, rel=0.25)
    assert float((moved[0] * gradient).sum()) < 0
    assert float((moved[0] - moved[1]).norm()) < 0.1 * float(moved[0].norm())


def test_every_weight_is_trained_by_one_optimiser() -> None:
    from models.training.net import BedNet
    from models.training.optimiser import optimisers

    net = BedNet()
    trained = [
        id(one) for optimiser in optimisers(net, 1e-3, 0.0)
        for group in optimiser.param_groups for one in group["params"]
    ]  # fmt: skip
    assert sorted(trained) == sorted(id(one) for one in net.parameters())


def test_the_same_training_gives_the_same_net_and_ends_where_it_is_told(
    one_home: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from models.training.train import Plan, Split, train

    monkeypatch.setattr("models.training.train.shutil.which", lambda _: None)
    plan = Plan(seed=1, steps=8, end=3, rate=1e-3, workers=0, keep=tmp_path / "weights.pt")
    once = train(Split(one_home, one_home), plan).state_dict()
    assert capsys.readouterr().out.count("AUC") == 3
    again = train(Split(one_home, one_home), plan).state_dict()
    kept = torch.load(plan.keep)
    assert all(torch.equal(once[name], again[name]) for name in once)
    assert kept["steps"] == 3
    assert all(torch.equal(kept["weights"][name], again[name]) for name in again)


def test_a_training_that_was_interrupted_goes_on_where_it_was_kept(
    one_home: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from models.training.train import Plan, Split, train

    monkeypatch.setattr("models.training.train.shutil.which", lambda _: None)
    plan = Plan(seed=1, steps=8, end=3, rate=1e-3, workers=0, keep=tmp_path / "weights.pt")
    before = train(Split(one_home, one_home), plan).state_dict()
    capsys.readouterr()
    after = train(Split(one_home, one_home), replace(plan, end=5, go_on=True)).state_dict()
    told = capsys.readouterr().out
    assert "goes on after 3 steps" in told
    assert [line.split()[4] for line in told.splitlines() if "AUC" in line] == ["4", "5"]
    assert any(not torch.equal(before[name], after[name]) for name in after)
    assert torch.load(plan.keep)["steps"] == 5


def test_a_feed_that_begins_later_gives_the_batches_that_an_uninterrupted_one_gives_then(
    one_home: Pictures,
) -> None:
    from models.training.feed import Feed

    whole, rest = (list(Feed(one_home, 1, 4, 8, begin)) for begin in (0, 2))
    assert len(rest) == 2
    assert all(
        torch.equal(a, b) for x, y in zip(whole[2:], rest, strict=True) for a, b in zip(x, y, strict=True)
    )


@pytest.fixture(scope="module")
def untrained_and_written(one_home: Pictures, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A net that has learnt nothing, and the folder that it was written into."""
    from models.training.net import BedNet
    from models.training.train import Plan, Split, finish

    torch.manual_seed(3)
    net, folder = BedNet(), tmp_path_factory.mktemp("written")
    plan = Plan(seed=1, steps=8, end=3, rate=1e-3, workers=0, keep=folder / "weights.pt")
    finish(net, Split(one_home, one_home), plan, folder, "untrained")
    return net, folder


def test_the_written_net_answers_as_the_trained_one(
    one_home: Pictures, untrained_and_written: tuple[Any, Path]
) -> None:
    from models.training.net import logits

    net, folder = untrained_and_written
    answers, shots = answers_by_shot(partial(logits, net), one_home)
    of_worker, told = OccupancyNet.load(folder), []
    for shot in shots.shot:
        of_shot = np.flatnonzero(one_home.shot == shot)
        told.append(of_worker.logit([View(one_home.views[i], one_home.corners[i]) for i in of_shot]))
    assert np.corrcoef(told, answers)[0, 1] > 0.99
    assert np.abs(told - answers).max() < 0.3 * np.std(answers)


def test_a_net_in_eight_bits_sums_up_alike_on_every_processor(
    untrained_and_written: tuple[Any, Path],
) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is installed only where somebody trains or tests")
    graph = onnx.load(untrained_and_written[1] / "bed_occupancy.onnx").graph
    rounded = [
        one for one in graph.initializer if one.data_type == onnx.TensorProto.INT8 and len(one.dims) == 4
    ]
    banks = [onnx.numpy_helper.to_array(one).astype(int) for one in rounded]
    assert len(banks) > 10
    assert all(abs(bank).max() <= 64 for bank in banks), "two products with 255 fit into sixteen bits"


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    from models.training.net import BedNet
    from models.training.train import Plan, Split, train

    plan = Plan(seed=1, steps=8, end=3, rate=1e-3, workers=0, keep=tmp_path / "weights.pt", go_on=True)
    torch.save({"steps": 2, "weights": BedNet(16).state_dict()}, plan.keep)
    with pytest.raises(SystemExit, match=r"weights\.pt holds the weights of a net of another shape"):
        train(Split(homes([2]), homes([1])), plan)
