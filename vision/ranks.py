"""Quantiles as NumPy has them; but its own import its masked arrays first, which are a thirtieth of the worker."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any] | np.integer[Any]]


def quantile(values: Numbers, share: float) -> NDArray[np.floating[Any]]:
    """Along the last axis (..., n), which must not be empty: the value below which `share` of the others lie, 0..1;
    between two neighbours in proportion (NumPy's method `linear`).
    """
    place = share * (values.shape[-1] - 1)
    below = math.floor(place)
    above = min(below + 1, values.shape[-1] - 1)
    ordered = np.partition(values, (below, above), axis=-1)
    low, high = ordered[..., below], ordered[..., above]
    return np.asarray(low + (place - below) * (high - low * 1.0))


def percentile(values: Numbers, percent: float) -> float:
    """Of all values together, at least one; percent: 0 to 100."""
    return float(quantile(values.ravel(), percent / 100))
