"""Whether the camera still stands as it stood at installation: patches of the room, found again.

Patches of normalised gradient outside the bed are looked for in the new picture near their places; the way that
most of them agree on (RANSAC) is what the camera has moved. If too few agree, it may have moved far: then all of
them vote for one shift of the whole room, the picture turned a little this way and that, and are looked for there.
Normalised gradients bear a change of light. Too few that agree even then is "unknown", never "in place".
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.capture import Picture
from vision.integrity import bed_mask
from vision.protocol import Bed

WORK_WIDTH = 320
HALF = 10  # half a patch's side, pixels at WORK_WIDTH
NEAR = 24  # how far a patch is looked for at first
PATCHES = 40
APART = 14
FEWEST, FEWEST_AGREE, FEWEST_AGREE_MOVED = 8, 5, 8
NOWHERE = (math.nan, math.nan)
FOUND_FROM = 0.4  # likeness of a landmark that is found; of noise it finds 0.3 somewhere
TELLING_FROM = 0.01  # a landmark's worth as a share of the best one's; below it a plain wall's noise begins
AGREE_WITHIN = 2.0
ENOUGH_AGREE, ENOUGH_AGREE_FAR = 0.2, 0.3  # share of the landmarks; by chance 0.12 and 0.2
TURNS = (0.0, -5.0, 5.0, -10.0, 10.0)  # degrees about the line of sight
STANCES_TOGETHER = 4
AGREE_IN_TURN = 3  # stances that a moved camera must be told by, as far as there are so many
ALIKE = 1.5  # by how many times their shifts may differ
VOTE_WITHIN = 5  # pixels at WORK_WIDTH by which votes may differ
MOVED_FROM = (
    0.012  # mean shift of the bed's corners, share of the width: sound 0.003, turned by 2 degrees 0.014
)
SMOOTH, NOISE_LEFT = 0.8, 0.66  # pixels at WORK_WIDTH; what is left of white noise against its median residue
BLANK_BELOW_NOISE, BLANK_BELOW, BRIGHT = 1.5, 0.02, 20.0

Patches = NDArray[np.uint8]
Relief = NDArray[np.uint8]
Points = NDArray[np.float32]


@dataclass(frozen=True)
class Landmarks:
    """What the room shows beside the bed. points: (N, 2) x, y at WORK_WIDTH; patches: (N, 20, 20) of gradient."""

    points: Points
    patches: Patches

    @property
    def enough(self) -> bool:
        """Whether there are enough for the moved test."""
        return len(self.points) >= FEWEST


@dataclass(frozen=True)
class Stance:
    """How the camera stands against its reference.

    shift: mean way of the bed's corners as a share of the picture's width, None if unknown;
    agreeing: share of the landmarks that agree on it.
    """

    shift: float | None
    agreeing: float

    @property
    def moved(self) -> bool:
        return self.shift is not None and self.shift >= MOVED_FROM


def together(stances: Sequence[Stance]) -> Stance:
    """What the last few stances of one look say together; unknown if most of them are, or if a camera seems moved
    and they do not agree.
    """
    last = stances[-STANCES_TOGETHER:]
    shifts = [stance.shift for stance in last if stance.shift is not None]
    agreeing = statistics.fmean(stance.agreeing for stance in last)
    if 2 * len(shifts) < len(last):
        return Stance(None, agreeing)
    found = Stance(statistics.median(shifts), agreeing)
    return Stance(None, agreeing) if found.moved and not _agree(last[-AGREE_IN_TURN:]) else found


def _agree(stances: Sequence[Stance]) -> bool:
    shifts = [stance.shift for stance in stances if stance.shift is not None and stance.moved]
    return len(shifts) == len(stances) and max(shifts) <= ALIKE * min(shifts)


def landmarks_of(picture: Picture, bed: Bed) -> Landmarks:
    """Up to 40 telling patches outside the bed; fewer than 8 mean that this room gives no moved test."""
    small, scale = _shrunk(picture)
    relief = _relief(small)
    outside = (
        bed_mask(bed, picture.shape[1], picture.shape[0], scale)[: small.shape[0], : small.shape[1]] == 0
    )
    outside = (
        cv2.erode(outside.astype(np.uint8), np.ones((2 * HALF + 1, 2 * HALF + 1), np.uint8), borderValue=0)
        > 0
    )
    smooth = cv2.GaussianBlur(small, (0, 0), 1.0)
    worth = np.asarray(cv2.cornerMinEigenVal(smooth, 9, ksize=3)) * outside
    most = max(float(worth.max()), 1e-6)
    points: list[tuple[int, int]] = []
    patches: list[Patches] = []
    while len(points) < PATCHES:
        y, x = (int(i) for i in np.unravel_index(int(worth.argmax()), worth.shape))
        if worth[y, x] <= TELLING_FROM * most:
            break
        worth[max(0, y - APART) : y + APART + 1, max(0, x - APART) : x + APART + 1] = 0
        points.append((x, y))
        patches.append(relief[y - HALF : y + HALF, x - HALF : x + HALF])
    found = np.asarray(patches, np.uint8).reshape(-1, 2 * HALF, 2 * HALF)
    return Landmarks(np.asarray(points, np.float32).reshape(-1, 2), found)


def stance(landmarks: Landmarks, picture: Picture, bed: Bed) -> Stance:
    """How far the camera has moved since the landmarks were taken; about 25 ms, 100 ms if it moved far."""
    if not landmarks.enough:
        return Stance(None, 0.0)
    small, scale = _shrunk(picture)
    relief = _relief(small)
    corners = np.asarray(bed, np.float32) * scale
    near = _agreement(landmarks.points, _found(landmarks, relief, NEAR), corners, small.shape[1])
    if near.agreeing >= ENOUGH_AGREE:
        return near
    far = max(
        (_turned_stance(landmarks, relief, degrees, corners) for degrees in TURNS), key=lambda s: s.agreeing
    )
    if far.agreeing >= ENOUGH_AGREE_FAR:
        return far
    return Stance(None, max(near.agreeing, far.agreeing))


def hidden_share(landmarks: Landmarks, picture: Picture) -> float:
    """Share of the landmarks at whose place nothing is to be seen: no edge that stands clear of the noise."""
    if not landmarks.enough:
        return 0.0
    small = _shrunk(picture)[0].astype(np.float32)
    smooth = cv2.GaussianBlur(small, (0, 0), SMOOTH)
    noise = NOISE_LEFT * float(np.median(np.abs(small - smooth)))
    level = cv2.blur(smooth, (2 * HALF + 1, 2 * HALF + 1))
    spread = np.sqrt(np.maximum(cv2.blur((smooth - level) ** 2, (2 * HALF + 1, 2 * HALF + 1)), 0))
    x, y = landmarks.points.astype(int).T
    there, bright = np.asarray(spread)[y, x], np.asarray(level)[y, x]
    return float((there < np.maximum(BLANK_BELOW_NOISE * noise, BLANK_BELOW * (bright + BRIGHT))).mean())


def _shrunk(picture: Picture) -> tuple[Picture, float]:
    scale = WORK_WIDTH / picture.shape[1]
    return np.asarray(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    ), scale


def _relief(small: Picture) -> Relief:
    """Length of the gradient against its surroundings, 0..4 as 0..252."""
    smooth = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.8)
    length = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    return np.asarray(np.minimum(length / (cv2.blur(length, (21, 21)) + 3.0), 4.0) * 63, np.uint8)


def _turned_stance(landmarks: Landmarks, relief: Relief, degrees: float, corners: Points) -> Stance:
    """The stance if the camera was also turned by about so many degrees."""
    height, width = relief.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = np.asarray(cv2.warpAffine(relief, turn, (width, height)), np.uint8)
    shift = _voted_shift(landmarks, turned)
    back = np.asarray(cv2.invertAffineTransform(turn))
    after = _found(landmarks, turned, HALF, shift) @ back[:, :2].T + back[:, 2]
    return _agreement(landmarks.points, after.astype(np.float32), corners, width)


def _voted_shift(landmarks: Landmarks, relief: Relief) -> tuple[int, int]:
    """The shift of the whole room, x and y, for which the landmarks together are most alike."""
    height, width = relief.shape
    votes = np.zeros((2 * height, 2 * width), np.float32)
    for (x, y), patch in zip(landmarks.points.astype(int), landmarks.patches, strict=True):
        likeness = np.maximum(cv2.matchTemplate(relief, patch, cv2.TM_CCOEFF_NORMED), 0) ** 2
        rows, columns = likeness.shape
        top, left = height + HALF - y, width + HALF - x
        votes[top : top + rows, left : left + columns] += likeness
    votes = np.asarray(cv2.blur(votes, (VOTE_WITHIN, VOTE_WITHIN)), np.float32)
    down, across = (int(i) for i in np.unravel_index(int(votes.argmax()), votes.shape))
    return across - width, down - height


def _found(landmarks: Landmarks, relief: Relief, reach: int, shift: tuple[int, int] = (0, 0)) -> Points:
    """Where each landmark is most alike, at most `reach` pixels from its place and the shift; (N, 2), not a
    number where it is not found.
    """
    places: list[tuple[float, float]] = []
    for (x, y), patch in zip(landmarks.points.astype(int) + shift, landmarks.patches, strict=True):
        left, top = max(0, x - HALF - reach), max(0, y - HALF - reach)
        around = relief[top : max(0, y + HALF + reach), left : max(0, x + HALF + reach)]
        if min(around.shape) < 2 * HALF or around.max() == around.min():  # nothing is alike to nothing
            places.append(NOWHERE)
            continue
        _, likeness, _, best = cv2.minMaxLoc(cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED))
        found = likeness >= FOUND_FROM
        places.append((left + best[0] + HALF, top + best[1] + HALF) if found else NOWHERE)
    return np.asarray(places, np.float32)


def _agreement(before: Points, after: Points, corners: Points, width: int) -> Stance:
    cv2.setRNGSeed(1)  # RANSAC draws at random; the same picture must give the same answer
    found = np.isfinite(after).all(axis=1)
    if np.count_nonzero(found) < FEWEST_AGREE:
        return Stance(None, 0.0)
    way, agreeing = cv2.estimateAffinePartial2D(
        before[found], after[found], ransacReprojThreshold=AGREE_WITHIN
    )
    count = np.count_nonzero(agreeing)
    if count < FEWEST_AGREE or not 0.7 < float(np.hypot(way[0, 0], way[1, 0])) < 1.4:
        return Stance(None, 0.0)
    moved = corners @ way[:, :2].T + way[:, 2]
    stance = Stance(float(np.linalg.norm(moved - corners, axis=1).mean()) / width, count / len(before))
    return stance if count >= FEWEST_AGREE_MOVED or not stance.moved else Stance(None, stance.agreeing)
