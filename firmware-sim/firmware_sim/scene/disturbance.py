"""What a disturbance of a film is: something that changes its frames, one after another."""

from collections.abc import Sequence

import numpy as np

from firmware_sim.scene.kernel import Bytes, Floats, floats


class Disturbance:
    """Changes a film's frames, which come in order, numbered from 0. As it stands it changes nothing."""

    def seen(self, _frame: int, picture: Floats) -> Floats:
        """What the lens sees, grey levels without noise (h, w); may be the same array, never changed in place."""
        return picture

    def delivered(self, _frame: int, noisy: Bytes) -> Bytes:
        """What the camera makes of its noisy picture."""
        return noisy

    def quality(self, _frame: int, usual: int) -> int:
        """The quality of the frame's JPEG."""
        return usual


UNDISTURBED = Disturbance()


class Together(Disturbance):
    """Several at once, the first one first."""

    def __init__(self, disturbances: Sequence[Disturbance]) -> None:
        self._all = list(disturbances)

    def seen(self, frame: int, picture: Floats) -> Floats:
        for one in self._all:
            picture = one.seen(frame, picture)
        return picture

    def delivered(self, frame: int, noisy: Bytes) -> Bytes:
        for one in self._all:
            noisy = one.delivered(frame, noisy)
        return noisy

    def quality(self, frame: int, usual: int) -> int:
        for one in self._all:
            usual = one.quality(frame, usual)
        return usual


class Modes(Disturbance):
    """Adds pictures, each as strongly as its course (frames,) says."""

    def __init__(self, modes: Sequence[tuple[Floats, Floats]]) -> None:
        self._modes = list(modes)

    def seen(self, frame: int, picture: Floats) -> Floats:
        for mode, course in self._modes:
            picture = picture + course[min(frame, len(course) - 1)] * mode
        return clipped(picture)


def clipped(picture: Floats) -> Floats:
    """The picture within what a sensor can tell, 0..255."""
    return floats(np.clip(picture, 0, 255))
