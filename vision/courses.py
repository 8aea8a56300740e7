"""What is measured of each frame of a look, one below the other in one array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

ROOM = 1024  # frames: more than the longest look has; memory that is not written to yet takes none


class Courses:
    """Rows of the same shape; grows as needed."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._rows = np.empty((ROOM, *shape), np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, row: NDArray[np.floating[Any]]) -> None:
        """Adds a frame's row."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    @property
    def so_far(self) -> Array:
        """All rows (frames, …); no copy, so not to be written to."""
        return self._rows[: self._count]
