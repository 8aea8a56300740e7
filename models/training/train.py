"""Trains, calibrates and measures the occupancy net, and writes it: `python -m models.training.train --out
models`.

Renders its own pictures if they are not there yet. Homes, steps and seed decide everything: the same command
on the same processor writes the same net (another processor rounds otherwise, so its net is alike, not the same;
so is that of a training that was interrupted and went on with `--go-on`).
"""

import argparse
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from models.training.feed import Batch, Feed
from models.training.figures import calibrate
from models.training.judging import answers_by_shot, figures
from models.training.net import BedNet, export, logits, parameters_of, written
from models.training.optimiser import optimisers
from models.training.pictures import Pictures, load, render
from models.training.quantise import VIEWS, quantise
from vision.evaluate.figures import auc
from vision.occupancy import FORMAT, prepare
from vision.region import outline

FILES, STEPS = 687, 37_000
"""Rendered files; steps over which the rate sinks to nothing."""

BATCH = 128
_DECAY, _SMOOTHING, _MEMORY, _DRAWING = 2e-2, 0.02, 0.998, 4.0
_TOLD, _TOLD_OF = 8, 1500  # times, and of how many views, while training
NET_FILE = "bed_occupancy.onnx"
_PACED = 50, 150  # between these steps its pace is measured: before, it is compiled

Both = Callable[[Tensor], tuple[Tensor, Tensor]]
"""What BedNet.both does."""


@dataclass(frozen=True)
class Split:
    """Homes ending in 1 are for choosing and calibration, all others for training."""

    training: Pictures
    calibration: Pictures

    @classmethod
    def of(cls, pictures: Pictures) -> "Split":
        """The two parts; no home is in both."""
        kept_back = pictures.home % 10 == 1
        return cls(pictures.only(~kept_back), pictures.only(kept_back))


@dataclass(frozen=True)
class Plan:
    """seed, highest rate and the number of steps over which it sinks; end: after so many steps it is over;
    workers: processes that prepare pictures; keep: where step and weights are kept now and then; go_on: with
    what is kept there, if it was interrupted.
    """

    seed: int
    steps: int
    end: int
    rate: float
    workers: int
    keep: Path
    go_on: bool = False


def train(split: Split, plan: Plan) -> nn.Module:
    """A net trained as planned; the running mean of its weights."""
    torch.manual_seed(plan.seed)
    net = BedNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    first = _taken_up(net, plan.keep) if plan.go_on else 0
    mean = AveragedModel(net, avg_fn=_running_mean, use_buffers=True)
    stepping = optimisers(net, plan.rate, _DECAY)
    both = _compiled(net)
    batches = DataLoader(
        Feed(split.training, plan.seed, plan.steps, BATCH, first), batch_size=None, num_workers=plan.workers,
        worker_init_fn=_quiet, prefetch_factor=8 if plan.workers else None,
    )  # fmt: skip
    begun, losses = time.monotonic(), []
    paced = begun
    some = split.calibration.only(np.arange(len(split.calibration)) < _TOLD_OF)
    net.train()
    for step, batch in enumerate(islice(batches, plan.end - first), first):
        done = step / plan.steps
        warmth = min(1.0, done / 0.03 + 0.05) * (0.5 + 0.5 * np.cos(np.pi * done))
        for group in (group for one in stepping for group in one.param_groups):
            group["lr"] = plan.rate * warmth + 1e-6
        losses.append(_step(both, stepping, batch))
        mean.update_parameters(net)
        if step - first == _PACED[0]:
            paced = time.monotonic()
        elif step - first == _PACED[1]:
            a_step = (time.monotonic() - paced) / (_PACED[1] - _PACED[0])
            print(f"{a_step:.3f} s a step, {(plan.end - first) * a_step / 60:.0f} minutes in all", flush=True)
        if step % (plan.steps // _TOLD) == plan.steps // _TOLD - 1:
            print(f"{time.monotonic() - begun:.0f} s ", end="")
            _tell(mean.module, some, losses, step + 1, plan.steps)
            _keep(mean.module, step + 1, plan.keep)
    _keep(mean.module, plan.end, plan.keep)
    return mean.module


def _keep(net: nn.Module, steps: int, file: Path) -> None:
    new = file.with_suffix(".new")
    torch.save({"steps": steps, "weights": net.state_dict()}, new)
    new.rename(file)


def _taken_up(net: nn.Module, file: Path) -> int:
    """The running mean that was kept, and after how many steps; what the optimisers remembered is learnt anew."""
    kept = torch.load(file)
    try:
        net.load_state_dict(kept["weights"])
    except RuntimeError as error:
        raise SystemExit(
            f"{file} holds the weights of a net of another shape; move it away and train without --go-on"
        ) from error
    print(f"goes on after {kept['steps']} steps", flush=True)
    return int(kept["steps"])


def _running_mean(mean: Tensor, latest: Tensor, count: Tensor | int) -> Tensor:
    """Remembers about the last 500 steps; at the beginning fewer, so as not to keep the untrained weights."""
    memory = min(_MEMORY, (1 + int(count)) / (10 + int(count)))
    return memory * mean + (1 - memory) * latest if mean.is_floating_point() else latest


def _quiet(_worker: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _compiled(net: BedNet) -> Both:
    """What the net answers and draws, compiled where there is a compiler: a quarter faster."""
    if shutil.which("g++") is None:
        return net.both
    return torch.compile(net.both)


def _step(both: Both, stepping: list[Optimizer], batch: Batch) -> tuple[float, float]:
    """One step; returns the losses of the answers and of what is drawn."""
    views, occupied, masks = batch
    goal = occupied * (1 - 2 * _SMOOTHING) + _SMOOTHING
    with torch.autocast("cpu", torch.bfloat16):
        answers, drawn = both(views)
    loss = nn.functional.binary_cross_entropy_with_logits(answers.float(), goal)
    drawing = nn.functional.binary_cross_entropy_with_logits(drawn.float(), masks)
    for one in stepping:
        one.zero_grad()
    (loss + _DRAWING * drawing).backward()
    for one in stepping:
        one.step()
    return float(loss.detach()), float(drawing.detach())


def _tell(
    net: nn.Module, pictures: Pictures, losses: list[tuple[float, float]], step: int, steps: int
) -> None:
    answers, shots = answers_by_shot(partial(logits, net), pictures)
    loss, drawing = np.mean(losses[-300:], 0)
    print(f"{100 * step / steps:3.0f} %  {step} steps  loss {loss:.3f}, of masks {drawing:.3f}"
          f"  AUC on calibration homes {auc(answers, shots.occupied):.4f}", flush=True)  # fmt: skip


def write(out: Path, version: str, fit: tuple[float, float], trained: dict[str, object],
          told: dict[str, object]) -> None:  # fmt: skip
    """Writes the manifest of the net that lies in `out`."""
    manifest = {
        "format": FORMAT, "file": NET_FILE, "sha256": hashlib.sha256((out / NET_FILE).read_bytes()).hexdigest(),
        "version": version, "input": "view: float32 [n, 5, 128, 96], as vision.occupancy.prepare makes it",
        "output": "logit: float32 [n]; chance = sigmoid((mean logit + bias) / temperature)",
        "temperature": round(fit[0], 4), "bias": round(fit[1], 4), "trained": trained, "on_calibration_homes": told,
    }  # fmt: skip
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Trains and writes."""
    options = _options()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    render(options.pictures, range(options.files), 2)
    split = Split.of(load(options.pictures, options.files))
    print(f"{len(split.training)} views of {len(set(split.training.home))} homes to train on", flush=True)
    plan = Plan(
        options.seed, options.steps, min(options.end or options.steps, options.steps), options.rate,
        options.workers, options.pictures / "weights.pt", options.go_on,
    )  # fmt: skip
    net = train(split, plan)
    finish(net, split, plan, options.out, options.version)


def finish(net: nn.Module, split: Split, plan: Plan, out: Path, version: str) -> None:
    """Writes a trained net in eight bits, calibrates what was written, and prints its figures on the homes for
    calibration.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        export(net, Path(folder) / NET_FILE)
        quantise(Path(folder) / NET_FILE, _some(split.training, plan.seed), out / NET_FILE)
    answers, shots = answers_by_shot(written(out / NET_FILE), split.calibration)
    fit = calibrate(answers, shots.occupied)
    told = figures(1 / (1 + np.exp(-(answers + fit[1]) / fit[0])), shots)
    trained = {
        "views": len(split.training), "homes": len(set(split.training.home)), "seed": plan.seed,
        "steps": plan.end, "presentations": plan.end * BATCH, "parameters": parameters_of(net),
        "torch": torch.__version__,
    }  # fmt: skip
    write(out, version, fit, trained, told)
    print(json.dumps(told, indent=2))


def _some(pictures: Pictures, seed: int) -> list[NDArray[np.float32]]:
    """Prepared views, drawn from all."""
    drawn = np.random.default_rng(seed).permutation(len(pictures))[:VIEWS]
    return [prepare(pictures.views[i], outline(pictures.corners[i])) for i in drawn]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--pictures", type=Path, default=Path("build/bed-pictures"))
    parser.add_argument("--files", type=int, default=FILES, help="of rendered homes, ten in each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS, help="over which the rate sinks to nothing")
    parser.add_argument("--end", type=int, help="step after which training is over, if before the last")
    parser.add_argument("--rate", type=float, default=2.5e-3, help="highest learning rate")
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare pictures")
    parser.add_argument("--go-on", action="store_true", help="with the training that was interrupted")
    parser.add_argument("--version", default=time.strftime("%Y.%m.%d"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
