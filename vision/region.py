"""The bed in the picture: its four corners, how steeply the camera sees it, and the net's views of it.

Seen from above, the mattress is rectified, head end up, with a margin around it. Seen at a low angle its top
is a thin strip, and who sits there rises out of it: then only a crop of the surroundings tells anything,
turned head end up, with the bed's outline drawn as further channels.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

VIEW_WIDTH, VIEW_HEIGHT = 96, 128
MARGIN = 0.17
LOW_ANISOTROPY = 5.0
LEAST_TILT = 25.0
_SMALLEST_SHARE = 0.005
_OUTSIDE = 0.15
_CORNERS = ("head-left", "head-right", "foot-right", "foot-left")
_ASSUMED_FOCAL = 0.8


class RegionError(ValueError):
    """The marked corners cannot be a bed seen by this camera; the text says why and how to mend it."""


@dataclass(frozen=True)
class View:
    """What the net sees. picture: grey (128, 96), head end up; corners: of the bed in it, pixels (4, 2)."""

    picture: Grey
    corners: Floats

    def outline(self) -> Floats:
        """(2, 128, 96): inside the bed 1 and outside -1; and from 1 at the head end to -1 at the foot end, 0
        outside.
        """
        return outline(self.corners)


class BedRegion:
    """The bed's corners in a picture of width x height pixels: head-left, head-right, foot-right, foot-left
    as seen by somebody who stands at the foot end. Raises RegionError if they cannot be that.
    """

    def __init__(self, corners: ArrayLike, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.corners = _checked(corners, width, height)
        self._to_view = cv2.getPerspectiveTransform(self.corners, RECTIFIED)
        self._to_crop = _upright_crop(self.corners)
        self._crop_corners = np.asarray(cv2.transform(self.corners[None], self._to_crop)[0], np.float32)

    @property
    def anisotropy(self) -> float:
        """How much more the rectified view is stretched one way than the other, at the bed's middle: 1 to 4
        from above, more at a low angle.
        """
        x, y = self._middle
        h = self._to_view
        depth = h[2, 0] * x + h[2, 1] * y + h[2, 2]
        u, v = (h[0, 0] * x + h[0, 1] * y + h[0, 2]) / depth, (h[1, 0] * x + h[1, 1] * y + h[1, 2]) / depth
        slopes = np.array(
            [[h[0, 0] - u * h[2, 0], h[0, 1] - u * h[2, 1]], [h[1, 0] - v * h[2, 0], h[1, 1] - v * h[2, 1]]]
        )
        most, least = np.linalg.svd(slopes / depth, compute_uv=False)
        return float(most / max(least, 1e-9))

    @property
    def low(self) -> bool:
        """Whether the bed is seen at so low an angle that rectifying it is useless."""
        return self.anisotropy > LOW_ANISOTROPY

    @property
    def tilt(self) -> float:
        """About how many degrees the line of sight to the bed's middle goes down, 90 from the ceiling. An
        estimate: the corners give it together with the focal length, which is guessed where they do not
        tell it.
        """
        plane = _plane_normal(self.corners, self.width, self.height)
        sight = np.array([*(self._middle - self._centre), plane.focal])
        return math.degrees(
            math.asin(min(1.0, abs(float(plane.normal @ sight)) / float(np.linalg.norm(sight))))
        )

    def advice(self) -> str | None:
        """What to tell the installer about the spot, or None if it is good."""
        if self.tilt < LEAST_TILT:
            return (
                f"the camera looks down at the bed by only about {self.tilt:.0f} degrees; below {LEAST_TILT:.0f}"
                " a body hides the bed and bedding hides a body. Mount it higher or nearer."
            )
        return None

    def views(self, grey: Grey) -> list[View]:
        """The net's views of a picture (height, width): the crop, and before it the rectified one if the
        camera looks steeply enough. Raises RegionError for a picture of another size.
        """
        if grey.shape != (self.height, self.width):
            raise RegionError(
                f"the bed was marked in a picture of {self.width}x{self.height} pixels, this one has"
                f" {grey.shape[1]}x{grey.shape[0]}; mark the corners again or set the camera's size back"
            )
        crop = self.crop(grey)
        return [crop] if self.low else [self.rectified(grey), crop]

    def rectified(self, grey: Grey) -> View:
        """The mattress as seen from straight above, head end up, with a margin."""
        doubled = np.diag([2.0, 2.0, 1.0]) @ self._to_view
        fine = cv2.warpPerspective(grey, doubled, (2 * VIEW_WIDTH, 2 * VIEW_HEIGHT), flags=cv2.INTER_LINEAR)
        return View(_halved(fine), RECTIFIED)

    def crop(self, grey: Grey) -> View:
        """The bed and its surroundings, turned so that the head end is up."""
        fine = cv2.warpAffine(_softened(grey, self._to_crop), 2.0 * self._to_crop,
                              (2 * VIEW_WIDTH, 2 * VIEW_HEIGHT), flags=cv2.INTER_LINEAR)  # fmt: skip
        return View(_halved(fine), self._crop_corners)

    @property
    def _middle(self) -> Floats:
        """Where the diagonals cross, which is the mattress's middle in any perspective."""
        a, b, c, d = (np.append(corner, 1.0) for corner in self.corners)
        crossing = np.cross(np.cross(a, c), np.cross(b, d))
        return np.asarray(crossing[:2] / crossing[2], np.float32)

    @property
    def _centre(self) -> Floats:
        return np.array([self.width / 2, self.height / 2], np.float32)


def _rectangle() -> Floats:
    left, right = MARGIN * VIEW_WIDTH, (1 - MARGIN) * VIEW_WIDTH
    top, bottom = MARGIN * VIEW_HEIGHT, (1 - MARGIN) * VIEW_HEIGHT
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


RECTIFIED = _rectangle()
"""Where the bed's corners are in a rectified view."""


def outline(corners: Floats) -> Floats:
    """The two channels of View.outline for any corners (4, 2)."""
    inside = np.zeros((VIEW_HEIGHT, VIEW_WIDTH), np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners * 8).astype(np.int32), 1, shift=3)
    square = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]], np.float32)
    h = cv2.getPerspectiveTransform(corners.astype(np.float32), square).astype(np.float32)
    depth = h[2, 0] * _X + h[2, 1] * _Y + h[2, 2]
    along = (h[1, 0] * _X + h[1, 1] * _Y + h[1, 2]) / np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    return np.stack([inside * 2.0 - 1.0, np.clip(along, -1, 1) * inside]).astype(np.float32)


_Y, _X = np.mgrid[0:VIEW_HEIGHT, 0:VIEW_WIDTH].astype(np.float32)


def _checked(corners: ArrayLike, width: int, height: int) -> Floats:
    """The corners as (4, 2), or RegionError."""
    try:
        points = np.asarray(corners, np.float32)
    except (TypeError, ValueError) as error:
        raise RegionError(f"the bed's corners are no numbers: {corners!r}") from error
    if points.shape != (4, 2) or not np.isfinite(points).all():
        raise RegionError(
            f"a bed has four corners of two finite numbers each, {', '.join(_CORNERS)}; got {corners!r}"
        )
    for name, (x, y) in zip(_CORNERS, points, strict=True):
        if not (
            -_OUTSIDE * width <= x <= (1 + _OUTSIDE) * width
            and -_OUTSIDE * height <= y <= (1 + _OUTSIDE) * height
        ):
            raise RegionError(
                f"the {name} corner ({x:.0f}, {y:.0f}) lies far outside the picture of {width}x{height} pixels;"
                " turn the camera so that the whole bed is in view, and mark it again"
            )
    _check_order(points)
    share = abs(cv2.contourArea(points)) / (width * height)
    if share < _SMALLEST_SHARE:
        raise RegionError(
            f"the bed fills only {100 * share:.2f} % of the picture; at least {100 * _SMALLEST_SHARE:.1f} % are"
            " needed: mount the camera nearer or higher"
        )
    return points


def _check_order(points: Floats) -> None:
    """Seen from above, the four follow each other clockwise without crossing."""
    sides = np.roll(points, -1, axis=0) - points
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if (turns > 0).all():
        return
    order = ", ".join(_CORNERS)
    if (turns < 0).all():
        raise RegionError(
            f"the bed's corners go round the wrong way, left and right are swapped; mark {order} as seen by"
            " somebody who stands at the foot end (undo any mirroring of the camera's picture)"
        )
    raise RegionError(f"the bed's corners do not form a convex outline; mark them in the order {order}")


@dataclass(frozen=True)
class _Plane:
    normal: NDArray[np.float64]
    focal: float


def _plane_normal(corners: Floats, width: int, height: int) -> _Plane:
    """The mattress's plane in the camera's frame. Its two directions are at right angles, which gives the
    focal length unless one of them runs parallel to the sensor (Zhang 2000, one view of a plane).
    """
    rectangle = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    centred = corners - np.array([width / 2, height / 2], np.float32)
    h = cv2.getPerspectiveTransform(rectangle, centred.astype(np.float32))
    across, along = h[:, 0], h[:, 1]
    focal = _ASSUMED_FOCAL * width
    vanishing = across[2] * along[2]
    if abs(vanishing) > 1e-9:
        squared = -(across[0] * along[0] + across[1] * along[1]) / vanishing
        if 0.4 * width < math.sqrt(max(squared, 0.0)) < 2.0 * width:
            focal = math.sqrt(squared)
    scale = np.array([1 / focal, 1 / focal, 1.0])
    normal = np.cross(across * scale, along * scale)
    return _Plane(normal / np.linalg.norm(normal), focal)


def _upright_crop(corners: Floats) -> NDArray[np.float64]:
    """(2, 3): turns, scales and moves the picture so that the head end is up and the bed fills two thirds."""
    head, foot = corners[:2].mean(0), corners[2:].mean(0)
    down = (foot - head) / max(float(np.linalg.norm(foot - head)), 1e-6)
    turn = np.array([[down[1], -down[0]], [down[0], down[1]]])
    turned = corners @ turn.T
    low, high = turned.min(0), turned.max(0)
    filled = 1 - 2 * MARGIN
    scale = filled * min(VIEW_WIDTH / (high[0] - low[0]), VIEW_HEIGHT / (high[1] - low[1]))
    shift = np.array([VIEW_WIDTH / 2, VIEW_HEIGHT / 2]) - scale * (low + high) / 2
    return np.hstack([scale * turn, shift[:, None]])


def _softened(grey: Grey, to_crop: NDArray[np.float64]) -> Grey:
    """The picture, averaged a little where the crop shrinks it to less than half, so that noise does not
    alias.
    """
    shrunk = 2 * math.hypot(to_crop[0, 0], to_crop[0, 1])
    if shrunk >= 0.9:
        return grey
    size = max(2, round(1 / shrunk))
    return np.asarray(cv2.blur(grey, (size, size)), np.uint8)


def _halved(fine: NDArray[Any]) -> Grey:
    return np.asarray(cv2.resize(fine, (VIEW_WIDTH, VIEW_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
