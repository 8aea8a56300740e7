"""The net: from a view of the bed to a logit of its being occupied."""

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.training.judging import Answer
from models.training.pictures import MASKS
from vision.occupancy import CHANNELS
from vision.region import VIEW_HEIGHT, VIEW_WIDTH

_OPSET = 17
DRAWN = len(MASKS)


def _conv(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class _Residual(nn.Module):
    """Two convolutions beside a shortcut; untrained they add nothing to it (Goyal et al., 2017, "Accurate, large
    minibatch SGD"), so that a net that has learnt something can be given one more.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        last = nn.BatchNorm2d(channels)
        nn.init.zeros_(last.weight)
        self.steps = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), last,
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.steps(x))


class BedNet(nn.Module):
    """(n, 5, 128, 96) as vision.occupancy.prepare makes it, to (n,) logits.

    In training it also draws where the person shows, lies and has the head, and where anybody else is: whoever
    is told so much more than yes or no learns faster what a body under a blanket looks like. Where it believes the
    body to be is one of the ways in which it sums up what it sees. Plain convolutions, since they train fastest.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        w = width
        self.fine = nn.Sequential(
            _conv(CHANNELS, w // 2, 2),
            _conv(w // 2, w, 2),
            _conv(w, w, 1),
            _conv(w, 2 * w, 2),
            _Residual(2 * w),
            _Residual(2 * w),
        )
        self.coarse = nn.Sequential(
            _conv(2 * w, 4 * w, 2), _Residual(4 * w), _Residual(4 * w), _Residual(4 * w)
        )
        self.whole = nn.Sequential(
            nn.Conv2d(4 * w, 2 * w, 1, bias=False), nn.BatchNorm2d(2 * w), nn.ReLU(inplace=True)
        )
        self.seen = nn.Conv2d(2 * w, DRAWN, 1)
        self.drawn = nn.Conv2d(4 * w, DRAWN, 1)
        self.answer = nn.Sequential(nn.Dropout(0.2), nn.Linear(6 * w, 1))

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (n,) of occupancy, and those of the masks (n, 4, 16, 12)."""
        fine = self.fine(x)
        coarse = self.coarse(fine)
        drawn = self.drawn(coarse)
        masks = nn.functional.interpolate(drawn, scale_factor=2, mode="nearest") + self.seen(fine)
        features = self.whole(coarse)
        where = torch.sigmoid(drawn[:, 1:2])
        there = (features * where).sum((2, 3)) / (where.sum((2, 3)) + 1.0)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3)), there], 1)
        return torch.flatten(self.answer(pooled)), masks

    def forward(self, x: Tensor) -> Tensor:
        return self.both(x)[0]


@torch.no_grad()
def logits(net: nn.Module, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The net's answers to prepared views (n, 5, 128, 96)."""
    net.eval()
    return np.asarray(net(torch.from_numpy(batch)).numpy(), np.float32)


def parameters_of(net: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(one.numel() for one in net.parameters())


def export(net: nn.Module, path: Path) -> None:
    """Writes the net as ONNX, for any number of views at once."""
    net.eval()
    example = torch.zeros(1, CHANNELS, VIEW_HEIGHT, VIEW_WIDTH)
    with warnings.catch_warnings():
        # The new exporter warns of itself too, and writes no better graph for so plain a net.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=["view"],
            output_names=["logit"],
            opset_version=_OPSET,
            dynamic_axes={"view": {0: "n"}, "logit": {0: "n"}},
            dynamo=False,
        )


def written(path: Path) -> Answer:
    """What a net that was written answers to prepared views (n, 5, 128, 96): logits (n,)."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda batch: np.asarray(session.run(None, {"view": batch})[0], np.float32)
