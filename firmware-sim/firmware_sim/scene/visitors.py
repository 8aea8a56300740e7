"""Who and what else moves about the bed: a cat on it, people beside it, a fan that blows over it."""

import math
from dataclasses import replace

import cv2
import numpy as np

from firmware_sim.scene import postures
from firmware_sim.scene.belongings import cat
from firmware_sim.scene.body import Body, Build, pose_body, unit
from firmware_sim.scene.courses import frames_of, moments, swinging, wandering
from firmware_sim.scene.disturbance import Disturbance, Modes, Together, clipped
from firmware_sim.scene.film import Stage
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.seen import Seen, joined_by
from firmware_sim.scene.states import Scene

_FIRM = 0.012  # metres by which a chest is drawn wider to learn how the picture changes


class Figure(Disturbance):
    """Somebody stands before the rest of the picture, moves as a whole by `way` pixels (frames, 2), and `swells`:
    a picture that is added as strongly as a course says.
    """

    def __init__(
        self, alone: Floats, opaque: Floats, way: Floats, swells: tuple[Floats, Floats] | None
    ) -> None:
        self._alone, self._opaque, self._way, self._swells = alone, opaque, way, swells

    def seen(self, frame: int, picture: Floats) -> Floats:
        figure = self._alone
        if self._swells is not None:
            figure = floats(figure + self._swells[1][frame] * self._swells[0])
        height, width = picture.shape
        move = np.array([[1, 0, self._way[frame, 0]], [0, 1, self._way[frame, 1]]], np.float32)
        opaque = cv2.warpAffine(self._opaque, move, (width, height))
        moved = cv2.warpAffine(figure, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return clipped(floats(picture + opaque * (moved - picture)))


class Blades(Disturbance):
    """A standing fan's blades: a disc of pixels whose pattern turns faster than ten frames a second can show."""

    def __init__(self, middle: tuple[float, float], radius: float, turns: float, sway: Floats) -> None:
        self._middle, self._radius, self._turns, self._sway = middle, radius, turns, sway

    def seen(self, frame: int, picture: Floats) -> Floats:
        height, width = picture.shape
        x0, y0 = self._middle[0] + float(self._sway[frame]), self._middle[1]
        r = self._radius
        left, right = max(0, int(x0 - r)), min(width, int(x0 + r) + 1)
        top, bottom = max(0, int(y0 - r)), min(height, int(y0 + r) + 1)
        if left >= right or top >= bottom:
            return picture
        y, x = np.mgrid[top:bottom, left:right]
        inside = np.clip(r - np.hypot(x - x0, y - y0), 0, 1)
        turned = np.arctan2(y - y0, x - x0) * 3 - 2 * math.pi * self._turns * frame / 10
        fanned = picture.copy()
        fanned[top:bottom, left:right] += inside * 25 * np.sin(turned)
        return clipped(fanned)


def cat_asleep(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """A cat on the bed, curled up: it breathes 20 to 30 times a minute, one to three millimetres deep."""
    animal, count = _cat_on_bed(rng, stage, scene), frames_of(seconds)
    breath = 0.5 * rng.uniform(0.001, 0.003) / _FIRM * swinging(rng, count, rng.uniform(0.3, 0.5), 0.98)
    wider = np.array([_FIRM, 0.3 * _FIRM, 0, 0], np.float32)
    inhaled = replace(animal, start_radii=animal.start_radii + wider, end_radii=animal.end_radii + wider)
    return _figure(
        stage, scene, (animal, inhaled), Material.PET, np.zeros((count, 2), np.float32), floats(breath)
    )


def cat_walking(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """A cat walks over the bed, stops, and walks on."""
    count, animal = frames_of(seconds), _cat_on_bed(rng, stage, scene)
    pixels, _ = stage.camera.project(animal.starts[:1])
    scale = float(np.linalg.norm(stage.corners[0] - stage.corners[3])) / stage.home.bed.length
    goes = (wandering(rng, count, 0.05, 0.3) > 0.3).astype(np.float32)
    heading = 3.14 * wandering(rng, count, 0.01, 0.08)
    steps = (goes * 0.05 * scale)[:, None] * np.stack([np.cos(heading), 0.6 * np.sin(heading)], -1)
    way = np.cumsum(steps, axis=0)
    way[:, 1] += goes * 0.01 * scale * np.sin(2 * math.pi * 2.3 * moments(count))
    middle = stage.corners.mean(axis=0)
    reach = 0.35 * np.ptp(stage.corners, axis=0)
    spot = np.clip(pixels[0] + way, middle - reach, middle + reach)
    return _figure(stage, scene, (animal, None), Material.PET, floats(spot - pixels[0]), None)


def bystander(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """Somebody stands beside the bed: breathes, and sways as everybody does who stands."""
    count, build = frames_of(seconds), Build.draw(rng)
    body = pose_body(build, postures.standing(rng, stage.home.bed, build))
    wider = np.where(body.start_radii > 0.09, _FIRM, 0).astype(np.float32)
    inhaled = replace(body, start_radii=body.start_radii + wider, end_radii=body.end_radii + wider)
    scale = _pixels_a_metre(stage, body)
    way = np.stack([wandering(rng, count, 0.05, 0.8), 0.4 * wandering(rng, count, 0.05, 0.8)], -1)
    breath = 0.5 * rng.uniform(0.003, 0.008) / _FIRM * swinging(rng, count, rng.uniform(0.2, 0.33), 0.97)
    return _figure(stage, scene, (body, inhaled), Material.OTHER_SKIN,
                   floats(way * rng.uniform(0.002, 0.012) * scale), floats(breath))  # fmt: skip


def walker(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """Somebody walks past the bed, to and fro."""
    count, build, bed = frames_of(seconds), Build.draw(rng), stage.home.bed
    side = -rng.uniform(0.4, 0.9) if rng.random() < 0.5 else bed.width + rng.uniform(0.4, 0.9)
    facing = unit(np.array([0.0, float(rng.choice([-1, 1])), 0.0]))
    body = pose_body(build, postures.upright(np.array([side, bed.length / 2]), facing, build, 0.08, 0.3))
    ends, _ = stage.camera.project(floats([[side, -0.8, 1.0], [side, bed.length, 1.0]]))
    period = rng.uniform(5, 14)
    share = np.abs((moments(count) / period + rng.random()) % 2 - 1) - 0.5
    way = share[:, None] * (ends[1] - ends[0])
    way[:, 1] += 0.02 * _pixels_a_metre(stage, body) * np.abs(np.sin(2 * math.pi * 0.9 * moments(count)))
    return _figure(stage, scene, (body, None), Material.OTHER_SKIN, floats(way), None)


def fan(rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """A fan that turns its head to and fro; what hangs over the bed's edge flutters when it is blown upon."""
    count, picture = frames_of(seconds), Seen(stage, scene).picture
    height, width = picture.shape
    head = swinging(rng, count, rng.uniform(0.06, 0.2), 0.995)
    blown = np.clip(0.5 + 0.8 * head, 0, 1) if rng.random() < 0.7 else np.ones(count, np.float32)
    flutter = (
        rng.uniform(0.1, 0.9)
        * blown
        * (wandering(rng, count, 0.3, 3) + 0.5 * wandering(rng, count, 0.1, 0.6))
    )
    edge = np.zeros((height, width), np.uint8)
    corners = stage.corners.astype(np.int32)
    first = int(rng.integers(4))
    cv2.line(edge, tuple(map(int, corners[first])), tuple(map(int, corners[(first + 1) % 4])), 1, 1)
    far = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5)
    loose = np.exp(-((far / (10 * width / 640)) ** 2))
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=1 / 8)
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=1 / 8)
    mode = floats(-loose * (down * rng.normal() + across * rng.normal()))
    beside = float(rng.uniform(0.05, 0.95) * width), float(rng.uniform(0.05, 0.4) * height)
    blades = Blades(beside, rng.uniform(12, 40) * width / 640, rng.uniform(6, 20), floats(3 * head))
    return Together([Modes([(mode, floats(flutter))]), blades])


def _cat_on_bed(rng: np.random.Generator, stage: Stage, scene: Scene) -> Body:
    """Where there is room for it: away from the pillow; on top of whatever lies there."""
    bed = stage.home.bed
    spot = (rng.uniform(0.15, 0.85) * bed.width, rng.uniform(0.1, 0.6) * bed.length)
    places = Seen(stage, scene).places()
    near = np.hypot(places[..., 0] - spot[0], places[..., 1] - spot[1]) < 0.08
    heights = places[..., 2][near & (places[..., 2] > bed.top - 0.1) & (places[..., 2] < bed.top + 0.7)]
    return cat(rng, spot, float(np.median(heights)) if heights.size else bed.top + 0.03)


def _figure(stage: Stage, scene: Scene, bodies: tuple[Body, Body | None], skin: Material, way: Floats,
            breath: Floats | None) -> Figure:  # fmt: skip
    """The figure of a body; the second body is the same one with its chest drawn _FIRM metres wider."""
    before = Seen(stage, scene)
    shown = before.with_more(joined_by(scene, Scene(False, "", bodies=[(bodies[0], skin)])))
    opaque = (shown.buffer.nearness != before.buffer.nearness).astype(np.float32)
    opaque = cv2.GaussianBlur(opaque, (0, 0), 0.6)
    if bodies[1] is None or breath is None:
        return Figure(shown.picture, floats(opaque), way, None)
    wider = before.with_more(joined_by(scene, Scene(False, "", bodies=[(bodies[1], skin)])))
    return Figure(shown.picture, floats(opaque), way, (floats(wider.picture - shown.picture), breath))


def _pixels_a_metre(stage: Stage, body: Body) -> float:
    _, depths = stage.camera.project(body.starts)
    return stage.camera.focal / max(0.3, float(np.median(depths)))
