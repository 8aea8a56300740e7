"""Trains, calibrates and measures the occupancy net, and writes it: `python -m models.training.train --out
models`.

Renders its own pictures if there are none yet. Training is stopped by the clock, so two nets of the same seed
are alike, not the same; the manifest tells which one is shipped.
"""

import argparse
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, Dataset

from models.training.figures import calibrate, calibration_error
from models.training.net import BedNet, export, logits, parameters_of
from models.training.pictures import Pictures, load, render
from models.training.style import Strength, restyled
from vision.evaluate.figures import auc
from vision.occupancy import FORMAT, prepare
from vision.region import outline

BATCH = 64
_DECAY, _SMOOTHING, _MEMORY = 2e-2, 0.03, 0.998
NET_FILE = "bed_occupancy.onnx"


@dataclass(frozen=True)
class Split:
    """Homes ending in 0 are for testing, in 1 for calibration, all others for training."""

    training: Pictures
    calibration: Pictures
    testing: Pictures

    @classmethod
    def of(cls, pictures: Pictures) -> "Split":
        """The three parts; no home is in two of them."""
        last = pictures.home % 10
        return cls(pictures.only(last > 1), pictures.only(last == 1), pictures.only(last == 0))


@dataclass(frozen=True)
class Plan:
    """seed, length and highest rate of a training; workers: processes that prepare pictures; begin_with: weights
    of an earlier training, to go on from.
    """

    seed: int
    minutes: float
    rate: float
    workers: int
    begin_with: Path | None


class Restyled(Dataset[tuple[Tensor, float]]):
    """Training pictures, each time drawn otherwise."""

    def __init__(self, pictures: Pictures, seed: int) -> None:
        self.pictures, self.seed = pictures, seed

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, float]:
        rng = np.random.default_rng((self.seed, index, int(torch.randint(1 << 30, (1,)))))
        view, corners = restyled(rng, self.pictures.views[index], self.pictures.corners[index],
                                 bool(self.pictures.rectified[index]), Strength())  # fmt: skip
        return torch.from_numpy(prepare(view, outline(corners))), float(self.pictures.occupied[index])


def train(split: Split, plan: Plan) -> nn.Module:
    """A net trained as planned; the running mean of its weights."""
    torch.manual_seed(plan.seed)
    net = BedNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if plan.begin_with is not None:
        net.load_state_dict(torch.load(plan.begin_with, weights_only=True))
    mean = AveragedModel(net, avg_fn=_running_mean, use_buffers=True)
    optimiser = torch.optim.AdamW(net.parameters(), plan.rate, weight_decay=_DECAY)
    batches = DataLoader(
        Restyled(split.training, plan.seed),
        BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=plan.workers,
        persistent_workers=plan.workers > 0,
        worker_init_fn=_quiet,
    )
    begun, told, losses = time.monotonic(), 0.0, []
    while True:
        net.train()
        for views, occupied in batches:
            spent = (time.monotonic() - begun) / (60 * plan.minutes)
            if spent >= 1:
                return mean.module
            warmth = min(1.0, spent / 0.03 + 0.05) * (0.5 + 0.5 * np.cos(np.pi * spent))
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * warmth + 1e-6
            losses.append(_step(net, optimiser, views, occupied.float()))
            mean.update_parameters(net)
            if spent - told > 0.2:
                told = spent
                _tell(mean.module, split.calibration, losses, spent)
                net.train()


def _running_mean(mean: Tensor, latest: Tensor, count: Tensor | int) -> Tensor:
    """Remembers about the last 500 steps; at the beginning fewer, so as not to keep the untrained weights."""
    memory = min(_MEMORY, (1 + int(count)) / (10 + int(count)))
    return memory * mean + (1 - memory) * latest if mean.is_floating_point() else latest


def _quiet(_worker: int) -> None:
    cv2.setNumThreads(1)


def _step(net: nn.Module, optimiser: torch.optim.Optimizer, views: Tensor, occupied: Tensor) -> float:
    goal = occupied * (1 - 2 * _SMOOTHING) + _SMOOTHING
    answers = net(views.contiguous(memory_format=torch.channels_last))
    loss = nn.functional.binary_cross_entropy_with_logits(answers, goal)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def _tell(net: nn.Module, pictures: Pictures, losses: list[float], spent: float) -> None:
    answers, shots = answers_by_shot(net, pictures)
    print(f"{100 * spent:3.0f} %  {len(losses)} steps  loss {np.mean(losses[-200:]):.3f}"
          f"  AUC on calibration homes {auc(answers, shots.occupied):.3f}", flush=True)  # fmt: skip


def answers_by_shot(net: nn.Module, pictures: Pictures) -> tuple[NDArray[np.float64], Pictures]:
    """One logit for each shot, as the worker makes it: the mean over its views and their mirror images."""
    answers = np.empty(len(pictures))
    for first in range(0, len(pictures), BATCH):
        part = range(first, min(first + BATCH, len(pictures)))
        batch = np.stack([prepare(pictures.views[i], outline(pictures.corners[i])) for i in part])
        both = logits(net, batch), logits(net, np.ascontiguousarray(batch[:, :, :, ::-1]))
        answers[part.start : part.stop] = (both[0] + both[1]) / 2
    _, first_of, which = np.unique(pictures.shot, return_index=True, return_inverse=True)
    means = np.bincount(which, answers) / np.bincount(which)
    chosen = np.zeros(len(pictures), bool)
    chosen[first_of] = True
    order = np.argsort(np.argsort(pictures.shot[chosen]))
    return means[order], pictures.only(chosen)


def measure(net: nn.Module, pictures: Pictures, temperature: float, bias: float) -> dict[str, object]:
    """Figures on pictures of homes that the net has not seen."""
    answers, shots = answers_by_shot(net, pictures)
    chances = 1 / (1 + np.exp(-(answers + bias) / temperature))
    states = {str(state): round(float((chances[shots.state == state] > 0.5).mean()), 3)
              for state in sorted(set(shots.state))}  # fmt: skip
    lights = {str(light): round(auc(chances[shots.light == light], shots.occupied[shots.light == light]), 3)
              for light in sorted(set(shots.light))}  # fmt: skip
    occupied, empty = shots.occupied > 0.5, shots.occupied < 0.5
    threshold = float(np.quantile(chances[empty], 0.95))
    return {
        "homes": len(set(shots.home)), "pictures": len(shots), "auc": round(auc(chances, shots.occupied), 3),
        "calibration_error": round(calibration_error(chances, shots.occupied), 3),
        "auc_by_light": lights, "auc_low_camera": round(auc(chances[shots.low], shots.occupied[shots.low]), 3),
        "found_at_5_percent_false": round(float((chances[occupied] > threshold).mean()), 3),
        "said_occupied": states,
    }  # fmt: skip


def write(net: nn.Module, out: Path, version: str, fit: tuple[float, float], trained: dict[str, object],
          figures: dict[str, object]) -> None:  # fmt: skip
    """Writes the net and its manifest."""
    out.mkdir(parents=True, exist_ok=True)
    export(net, out / NET_FILE)
    manifest = {
        "format": FORMAT, "file": NET_FILE, "sha256": hashlib.sha256((out / NET_FILE).read_bytes()).hexdigest(),
        "version": version, "input": "view: float32 [n, 5, 128, 96], as vision.occupancy.prepare makes it",
        "output": "logit: float32 [n]; chance = sigmoid((mean logit + bias) / temperature)",
        "temperature": round(fit[0], 4), "bias": round(fit[1], 4), "trained": trained, "figures": figures,
    }  # fmt: skip
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Trains and writes."""
    options = _options()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    if not any(options.pictures.glob("homes-*.npz")):
        render(options.pictures, 12, 2)
    split = Split.of(load(options.pictures))
    print(f"{len(split.training)} views of {len(set(split.training.home))} homes to train on", flush=True)
    plan = Plan(options.seed, options.minutes, options.rate, options.workers, options.begin_with)
    net = train(split, plan)
    torch.save(net.state_dict(), options.pictures / "weights.pt")
    answers, shots = answers_by_shot(net, split.calibration)
    fit = calibrate(answers, shots.occupied)
    figures = measure(net, split.testing, *fit)
    trained = {
        "views": len(split.training),
        "homes": len(set(split.training.home)),
        "seed": plan.seed,
        "minutes": plan.minutes,
        "went_on_from_earlier_weights": plan.begin_with is not None,
        "parameters": parameters_of(net),
        "torch": torch.__version__,
    }
    write(net, options.out, options.version, fit, trained, figures)
    print(json.dumps(figures, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--pictures", type=Path, default=Path("build/bed-pictures"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=2.5e-3, help="highest learning rate")
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare pictures")
    parser.add_argument("--begin-with", type=Path, help="weights.pt of an earlier training, to go on from")
    parser.add_argument("--version", default=time.strftime("%Y.%m.%d"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
