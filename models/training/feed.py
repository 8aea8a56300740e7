"""What the training is fed: batches of views, each time seen and drawn otherwise."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from models.training.pictures import Pictures
from models.training.style import Sample, Strength, restyled
from vision.occupancy import CHANNELS, prepare
from vision.region import VIEW_HEIGHT, VIEW_WIDTH, Floats, outline

Batch = tuple[Tensor, Tensor, Tensor]
"""Prepared views (n, 5, 128, 96), occupied (n,), and masks (n, 4, 16, 12) in 0..1."""

_USUAL = Strength()
_PLAIN_FIRST, _PLAIN_LAST = 1.0, _USUAL.plain
"""Share of the views that are only seen otherwise: a body is learnt sooner from views that are not drawn wildly."""


class Feed(IterableDataset[Batch]):
    """So many batches, whole rounds through all pictures in an order that the seed decides.

    begin: the step that comes first, of a training that goes on where it was interrupted.
    """

    def __init__(self, pictures: Pictures, seed: int, steps: int, size: int, begin: int = 0) -> None:
        self.pictures, self.seed, self.steps, self.size, self.begin = pictures, seed, steps, size, begin
        self._crops = np.flatnonzero(~pictures.rectified)

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, every = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in range(self.begin + first, self.steps, every):
            yield self.batch(step)

    def batch(self, step: int) -> Batch:
        """One batch; the same for the same step."""
        rng = np.random.default_rng((self.seed, step))
        which = self._which(step)
        done = step / max(1, self.steps - 1)
        strength = replace(_USUAL, plain=(1 - done) * _PLAIN_FIRST + done * _PLAIN_LAST)
        # Rounded and put in the net's order view by view, while it is at hand: a whole batch takes much longer.
        views = torch.empty(
            (len(which), CHANNELS, VIEW_HEIGHT, VIEW_WIDTH),
            dtype=torch.bfloat16, memory_format=torch.channels_last,
        )  # fmt: skip
        occupied, masks = [], []
        for row, index in enumerate(which):
            view, is_occupied, mask = self.sample(rng, int(index), strength)
            views[row] = torch.from_numpy(view)
            occupied.append(is_occupied)
            masks.append(mask)
        drawn = torch.from_numpy(np.stack(masks)).permute(0, 3, 1, 2).float() / 255
        return views, torch.tensor(occupied), torch.nn.functional.avg_pool2d(drawn, 2)

    def _which(self, step: int) -> NDArray[np.int64]:
        """The pictures of a step; a round is one permutation of all."""
        in_round = max(1, len(self.pictures) // self.size)
        order = np.random.default_rng((self.seed, 1, step // in_round)).permutation(len(self.pictures))
        start = step % in_round * self.size
        return order[start : start + self.size]

    def sample(
        self, rng: np.random.Generator, index: int, strength: Strength = _USUAL
    ) -> tuple[NDArray[np.float32], float, NDArray[np.uint8]]:
        """One picture drawn otherwise: prepared as the worker does it, whether occupied, and its masks."""
        pictures = self.pictures
        plain = Sample(
            pictures.views[index],
            pictures.corners[index],
            pictures.masks[index],
            bool(pictures.rectified[index]),
        )
        surroundings = pictures.views[int(rng.choice(self._crops))]
        changed = restyled(rng, plain, surroundings, strength)
        around = _of_rectified(changed.corners.tobytes()) if plain.rectified else outline(changed.corners)
        return prepare(changed.view, around), float(pictures.occupied[index]), changed.masks


@cache
def _of_rectified(corners: bytes) -> Floats:
    """The outline of a rectified view, of which there are two: head up and head down."""
    return outline(np.frombuffer(corners, np.float32).reshape(4, 2))
