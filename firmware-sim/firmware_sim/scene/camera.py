"""The camera: a pinhole on a wall, a shelf or the ceiling, and where it stands in a home."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.room import Room


@dataclass(frozen=True)
class Camera:
    """position (3,) in metres; rotation (3, 3) with rows right, down, forward; focal in pixels."""

    position: Floats
    rotation: Floats
    focal: float
    width: int
    height: int

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels (n, 2) and depths (n,) of points (n, 3)."""
        seen = (floats(points) - self.position) @ self.rotation.T
        centre = np.array([self.width / 2, self.height / 2], np.float32)
        return floats(self.focal * seen[:, :2] / seen[:, 2:3] + centre), floats(seen[:, 2])

    def scaled(self, factor: float) -> "Camera":
        """The same view with `factor` times the pixels along each side."""
        return replace(self, focal=self.focal * factor, width=round(self.width * factor),
                       height=round(self.height * factor))  # fmt: skip

    def nudged(self, degrees: float, axis: tuple[float, float, float]) -> "Camera":
        """The camera turned about an axis through its lens, as by somebody dusting the shelf."""
        unit = np.asarray(axis, float) / np.linalg.norm(axis)
        turn, _ = cv2.Rodrigues(unit * math.radians(degrees))
        return replace(self, rotation=floats(turn @ self.rotation))

    def tilt_to(self, point: Floats) -> float:
        """Degrees below the horizon at which the camera sees `point`."""
        line = floats(point) - self.position
        return math.degrees(math.atan2(-float(line[2]), math.hypot(float(line[0]), float(line[1]))))


def aimed(position: Floats, target: Floats, roll: float, focal: float, width: int, height: int) -> Camera:
    """A camera at `position` that looks at `target`."""
    forward = np.asarray(target, float) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = math.cos(roll), math.sin(roll)
    return Camera(floats(position), floats([c * right + s * down, -s * right + c * down, forward]),
                  focal, width, height)  # fmt: skip


def place(
    rng: np.random.Generator, room: Room, low: bool = False, size: tuple[int, int] = (640, 480)
) -> Camera | None:
    """A plausible spot with the whole bed in view, or None if forty tries find none.

    low: on a chest of drawers rather than high on the wall, so that the mattress is seen at a flat angle.
    """
    for _ in range(40):
        camera = _somewhere(rng, room, low, size)
        corners, depths = camera.project(room.bed.corners)
        if depths.min() < 0.3:
            continue
        if room.hides(camera.position, room.bed.corners):
            continue
        limit = np.array(size, np.float32)
        if (corners < -20).any() or (corners > limit + 20).any():
            continue
        share = abs(cv2.contourArea(corners)) / (size[0] * size[1])
        if (0.015 if low else 0.06) < share < 0.7:
            return camera
    return None


def _somewhere(rng: np.random.Generator, room: Room, low: bool, size: tuple[int, int]) -> Camera:
    bed = room.bed
    beside = -rng.uniform(0.3, 2.0) if rng.random() < 0.5 else bed.width + rng.uniform(0.3, 2.0)
    height = bed.top + rng.uniform(0.35, 1.2) if low else rng.uniform(1.6, 2.6)
    spot = rng.choice(["corner", "foot", "side", "ceiling", "head"], p=_SPOTS_LOW if low else _SPOTS)
    x, y = {
        "corner": (beside, rng.uniform(-1.8, 0.5)),
        "foot": (bed.width / 2 + rng.normal(0, 0.4), -rng.uniform(0.4, 2.2)),
        "side": (beside, rng.uniform(0, bed.length)),
        "ceiling": (bed.width / 2 + rng.normal(0, 0.3), bed.length / 2 + rng.normal(0, 0.4)),
        "head": (bed.width / 2 + rng.normal(0, 0.4), bed.length + 0.1),
    }[str(spot)]
    if spot == "ceiling":
        height = rng.uniform(2.3, 2.7)
    position = floats([
        np.clip(x, room.left + 0.05, room.right - 0.05),
        np.clip(y, room.near + 0.05, room.far - 0.04),
        min(height, room.ceiling - 0.05),
    ])  # fmt: skip
    middle = np.array([bed.width / 2, bed.length / 2, bed.top])
    field = math.radians(rng.uniform(55, 105))
    focal = size[0] / 2 / math.tan(field / 2)
    return aimed(position, floats(middle + rng.normal(0, 0.15, 3)), rng.normal(0, 0.04), focal, *size)


_SPOTS = [0.42, 0.22, 0.18, 0.12, 0.06]
_SPOTS_LOW = [0.5, 0.2, 0.3, 0.0, 0.0]
