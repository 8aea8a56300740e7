"""Compiles the renderer's inner loops with Numba, and names the array types that they work on."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Indices = NDArray[np.int32]

Loop = TypeVar("Loop", bound=Callable[..., Any])


def kernel(loop: Loop) -> Loop:
    """`loop`, compiled on first use and kept on disk; typed, so that strict checking sees through the
    decorator.
    """
    return cast(Loop, njit(cache=True, fastmath=True, nogil=True)(loop))


def floats(values: Any) -> Floats:
    """`values` as a contiguous array of single precision, as every kernel expects it."""
    return np.ascontiguousarray(values, dtype=np.float32)
