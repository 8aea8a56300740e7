"""Figures of merit: how well chances separate occupied beds from empty ones, and how honest they are."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating]


def calibration_error(chances: Numbers, occupied: Numbers, bins: int = 10) -> float:
    """Expected calibration error: mean distance of chance and truth over `bins` of equal width."""
    which = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[which == b].mean() - occupied[which == b].mean()) * (which == b).mean()
                     for b in range(bins) if (which == b).any()))  # fmt: skip


def calibrate(logits: Numbers, occupied: Numbers) -> tuple[float, float]:
    """temperature and bias such that sigmoid((logit + bias) / temperature) fits best (logistic regression
    of one slope and one constant, by Newton's method).
    """
    slope, constant = 1.0, 0.0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-(slope * logits + constant)))
        weight = np.maximum(chance * (1 - chance), 1e-9)
        gradient = np.array([((chance - occupied) * logits).mean(), (chance - occupied).mean()])
        curve = np.array([[(weight * logits * logits).mean(), (weight * logits).mean()],
                          [(weight * logits).mean(), weight.mean()]])  # fmt: skip
        step = np.linalg.solve(curve + 1e-9 * np.eye(2), gradient)
        slope, constant = slope - step[0], constant - step[1]
    if slope <= 0:
        raise ValueError("the net's answers do not rise with occupancy; it cannot be calibrated")
    return float(1 / slope), float(constant / slope)
