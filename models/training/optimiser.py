"""Muon: steps whose directions all count alike (Jordan et al., 2024, "Muon: An optimizer for hidden layers").

The running mean of a filter bank's gradients, written as a matrix, is replaced by the nearest matrix whose
singular values are all about 1, so that what few examples ask for is not drowned by what most ask for. What is
no matrix (biases, normalisations) and the last layers are left to AdamW.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

_MOMENTUM = 0.95
_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the iteration, which brings singular values between 0.7 and 1.2 in five rounds, and no nearer."""
_ROUNDS = 5
_AS_LARGE_AS_ADAM = 0.2
"""Root mean square of a step, so that one rate serves both (Liu et al., 2025, "Muon is scalable for LLMs")."""


def optimisers(net: nn.Module, rate: float, decay: float) -> list[Optimizer]:
    """Muon for the filter banks of the net and AdamW for all else; decay: of weights, in both."""
    banks = [one for one in net.parameters() if one.ndim == 4 and min(one.shape[:2]) > 4]
    chosen = {id(one) for one in banks}
    rest = [one for one in net.parameters() if id(one) not in chosen]
    return [Muon(banks, rate, decay), AdamW(rest, rate, weight_decay=decay, fused=True)]


class Muon(Optimizer):
    """For parameters of two and more dimensions; the first is the outputs'."""

    def __init__(self, parameters: Iterable[Tensor], rate: float, decay: float) -> None:
        super().__init__(parameters, {"lr": rate, "weight_decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002 (never given)
        """Moves every parameter by its gradient's running mean (Nesterov's), made orthogonal."""
        for group in self.param_groups:
            for bank in group["params"]:
                if "mean" not in self.state[bank]:
                    self.state[bank]["mean"] = torch.zeros_like(bank)
                mean = self.state[bank]["mean"].lerp_(bank.grad, 1 - _MOMENTUM)
                direction = orthogonal(bank.grad.lerp(mean, _MOMENTUM).reshape(len(bank), -1))
                size = group["lr"] * _AS_LARGE_AS_ADAM * max(direction.shape) ** 0.5
                bank.mul_(1 - group["lr"] * group["weight_decay"])
                bank.add_(direction.reshape(bank.shape), alpha=-size)


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with singular values near 1 instead of its own, by Newton and Schulz's iteration."""
    a, b, c = _QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    wide = (matrix.T if tall else matrix).bfloat16()
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(_ROUNDS):
        square = wide @ wide.T
        wide = a * wide + (b * square + c * (square @ square)) @ wide
    return (wide.T if tall else wide).float()
