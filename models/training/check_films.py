"""Whole checks in rendered homes: who or what is in the bed, by which light, what moves, and the film of it.

A picture at a moment is the picture at rest and what each movement adds to it, mixed in proportion: breath, swaying
and a knee drawn up are two renderings each, not five hundred. Noise and JPEG are of each frame.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.bedding import Lift
from firmware_sim.scene.body import Body, Part
from firmware_sim.scene.camera import Camera, place
from firmware_sim.scene.disturbance import Disturbance
from firmware_sim.scene.disturbances import disturb
from firmware_sim.scene.film import FRAMES_PER_SECOND, Stage, breathing
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Bytes, Floats, floats, kernel
from firmware_sim.scene.light import Light
from firmware_sim.scene.materials import Material
from firmware_sim.scene.sensor import Sensor
from firmware_sim.scene.states import Scene, arrange
from models.training.check_reels import pictures
from vision.region import LEAST_TILT, BedRegion, RegionError

SIZE = (640, 480)
LOW_SHARE = 0.12
LIGHTS = {"infrared": 0.8, "dim": 0.1, "day": 0.1}
OCCUPIED = {"covered": 0.62, "head_covered": 0.11, "to_the_hips": 0.10, "uncovered": 0.06,
            "sitting_up": 0.05, "on_edge": 0.03, "half_out": 0.03}  # fmt: skip
EMPTY = {"thrown_back": 0.28, "messy": 0.25, "tunnel": 0.13, "made": 0.12, "heap": 0.10, "pillow_row": 0.06,
         "bare": 0.03, "for_show": 0.03}  # fmt: skip
"""How a bed is found at night: whoever has got up has left it open more often than made."""

RECORDED = (
    *(("empty", state) for state in ("made", "thrown_back", "heap")), *[("occupied", "covered")] * 3,
    ("empty", "messy"), ("empty", "made"), *[("occupied", "covered")] * 2,
)  # fmt: skip
"""At the installation: three of each kind are asked for, five are better."""

RESTLESS_SHARE = 0.15
DISTURBED_SHARE = 0.4
DISTURBANCES = {
    "fan": 0.10, "curtain": 0.12, "tv": 0.08, "car": 0.08, "cat_asleep": 0.10, "cat_walking": 0.05,
    "bystander": 0.08, "walker": 0.06, "gain_hunting": 0.10, "lorry": 0.04, "washing_machine": 0.03, "mains": 0.05,
    "jpeg_steps": 0.04, "repeats": 0.04, "filter_switch": 0.03,
}  # fmt: skip
"""Of the disturbed films. `codec` is left out: nattro takes no H.264."""

SHOWN_AS = 12.0  # millimetres of the rendering that small movements are mixed from
OFTEN_MILLIMETRES = 3.5  # of a blanket's rise with each breath; two in three lie within a factor of 1.6
_OVERSAMPLED = 2
_BANK = 1 << 22


class NoRoom(Exception):
    """In this home no camera sees the bed as a check demands."""


@dataclass(frozen=True)
class Course:
    """Something that changes: what it adds to the picture at its full extent, and how much of it when, (n,)."""

    adds: Floats
    share: Floats


@dataclass
class Film:
    """One check's film. rest: grey levels without noise; courses: what moves; count: of frames."""

    rest: Floats
    courses: list[Course]
    count: int
    sensor: Sensor
    seed: int
    disturbance: Disturbance | None = None

    def frames(self) -> Iterator[Bytes]:
        """The pictures as they arrive, ten a second."""
        yield from pictures(self.sent())

    def sent(self) -> Iterator[Bytes]:
        """The same as the camera sends them, JPEG by JPEG."""
        rng = np.random.default_rng(self.seed)
        bank = rng.standard_normal(_BANK + self.rest.size, dtype=np.float32)
        rest, size, spread = self.rest.ravel(), self.rest.size, 255 * self.sensor.noise
        adds = floats([course.adds.ravel() for course in self.courses]).reshape(-1, size)
        shares = floats([course.share for course in self.courses]).reshape(-1, self.count)
        for number in range(self.count):
            picture = _mixed(rest, adds, floats(shares[:, number])).reshape(self.rest.shape)
            if self.disturbance:
                picture = floats(self.disturbance.seen(number, picture))
            start = int(rng.integers(_BANK))
            noisy = _noisy(picture.ravel(), bank[start : start + size], spread).reshape(self.rest.shape)
            quality = self.sensor.quality
            if self.disturbance:
                noisy = self.disturbance.delivered(number, noisy)
                quality = self.disturbance.quality(number, quality)
            yield _jpeg(noisy, quality)


@dataclass
class Told:
    """What is true of a film."""

    home: int
    occupied: bool
    state: str
    light: str
    low: bool
    tilt: float
    breath: float = 0.0
    moving: list[str] = field(default_factory=list)


class CheckedHome:
    """A home with a camera that has been installed in it; everything is drawn from its number. Raises NoRoom."""

    def __init__(self, number: int) -> None:
        self.number = number
        rng = np.random.default_rng(number)
        self.home = Home.draw(rng)
        self.camera, self.region = _mounted(rng, self.home)
        self.light = Light.draw(rng, str(rng.choice(list(LIGHTS), p=list(LIGHTS.values()))))
        self.sensor = Sensor.draw(rng, self.light.kind)
        self._fine = self.camera.scaled(_OVERSAMPLED)
        self._backdrop = self.home.backdrop(self._fine)
        self._stage: Stage | None = None

    def film(self, occupied: bool, seconds: float) -> tuple[Film, Told]:
        """The film of a check that finds the bed so; its beginning does not depend on how much of it is seen."""
        rng = np.random.default_rng([self.number, 1 + occupied])
        shares = OCCUPIED if occupied else EMPTY
        state = str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
        scene = arrange(rng, self.home.bed, state)
        told = Told(
            self.number, occupied, state, self.light.kind, self.region.tilt < LEAST_TILT, self.region.tilt
        )
        return _Filmed(self, rng, scene, seconds, told).film(), told

    def stills(self) -> dict[str, list[Bytes]]:
        """What the installer records, in the order of RECORDED."""
        rng, backdrop = np.random.default_rng([self.number, 3]), self.home.backdrop(self.camera)
        stills: dict[str, list[Bytes]] = {"empty": [], "occupied": []}
        for kind, state in RECORDED:
            scene = arrange(rng, self.home.bed, state, tidy=True)
            linear = self.home.light(scene, self.camera, self.light, backdrop)
            stills[kind].append(self.sensor.shoot(rng, linear, self.exposure(linear)))
        return stills

    def linear(self, scene: Scene, breath: float = 0.0) -> Floats:
        """Linear brightness, averaged from twice the size, so that a tenth of a pixel's movement shows."""
        fine = self.home.light(scene, self._fine, self.light, self._backdrop, breath)
        return floats(cv2.resize(fine, SIZE, interpolation=cv2.INTER_AREA))

    def exposure(self, linear: Floats) -> float:
        """The exposure that this camera takes for a picture."""
        return self.sensor.gain_for(linear, self.region.corners)

    def stage(self, scene: Scene, exposure: float) -> Stage:
        """As what disturbs a film wants it."""
        if self._stage is None:
            self._stage = Stage(self.home, self.camera, self.light, self.sensor, scene)
        stage = copy(self._stage)
        stage.gain = exposure
        return stage


class _Filmed:
    """Puts one film together."""

    def __init__(
        self, at: CheckedHome, rng: np.random.Generator, scene: Scene, seconds: float, told: Told
    ) -> None:
        self.at, self.rng, self.scene, self.seconds, self.told = at, rng, scene, seconds, told
        self.count = round(seconds * FRAMES_PER_SECOND)
        linear = at.linear(scene)
        self.exposure = at.exposure(linear)
        self.rest = at.sensor.develop(linear, self.exposure)
        self.courses: list[Course] = []

    def film(self) -> Film:
        self._person()
        self._others()
        seed = int(self.rng.integers(1 << 31))
        return Film(self.rest, self.courses, self.count, self.at.sensor, seed, self._disturbance())

    def _person(self) -> None:
        if not self.scene.occupied:
            return
        lies = self.scene.chest is not None
        depth = OFTEN_MILLIMETRES * float(np.exp(self.rng.normal(0, 0.45)))
        self.told.breath = depth
        if lies:
            course = floats(breathing(self.rng, self.seconds) * depth / SHOWN_AS)
        else:
            course = floats(_wandering(self.rng, self.count) * self.rng.uniform(2, 8) / SHOWN_AS)
        sleeper, skin = self.scene.bodies[0]
        moved = _breathed(sleeper) if lies else _swayed(sleeper, self.rng)
        inhaled = replace(self.scene, bodies=[(moved, skin), *self.scene.bodies[1:]])
        self._add(inhaled, course, SHOWN_AS if lies else 0.0)
        if lies and self.rng.random() < RESTLESS_SHARE:
            self._stirs()

    def _stirs(self) -> None:
        """A knee is drawn up, an arm laid elsewhere: the blanket rises and stays so, or sinks again."""
        chest = self.scene.chest
        assert chest is not None
        where = Lift(chest.x + self.rng.normal(0, 0.15), chest.y - self.rng.uniform(-0.2, 0.9), 0.0)
        at, lasts = self.rng.uniform(0.1, 0.9) * self.seconds, self.rng.choice([1.5, 4.0, 1000.0])
        time = np.arange(self.count) / FRAMES_PER_SECOND
        course = _eased((time - at) / 0.8) - _eased((time - at - lasts) / 0.8)
        self._add(replace(self.scene, chest=where), floats(course), float(self.rng.uniform(30, 90)))
        self.told.moving.append("restless")

    def _others(self) -> None:
        """Whoever stands by sways; a cat breathes, on the bed or off it."""
        for i, (body, material) in enumerate(self.scene.bodies):
            if material not in (Material.OTHER_SKIN, Material.PET):
                continue
            if material == Material.PET:
                pace = self.rng.uniform(0.35, 0.6)
                wave = 0.5 + 0.5 * np.sin(2 * np.pi * pace * np.arange(self.count) / FRAMES_PER_SECOND)
                moved, course = _breathed(body), floats(wave * self.rng.uniform(1, 4) / SHOWN_AS)
                self.told.moving.append("pet")
            else:
                course = floats(_wandering(self.rng, self.count) * self.rng.uniform(3, 15) / SHOWN_AS)
                moved = _swayed(body, self.rng)
                self.told.moving.append("bystander")
            bodies = list(self.scene.bodies)
            bodies[i] = (moved, material)
            self._add(replace(self.scene, bodies=bodies), course)

    def _disturbance(self) -> Disturbance | None:
        if self.rng.random() >= DISTURBED_SHARE:
            return None
        kind = str(self.rng.choice(list(DISTURBANCES), p=np.array(list(DISTURBANCES.values()))))
        self.told.moving.append(kind)
        stage = self.at.stage(self.scene, self.exposure)
        return disturb(kind, self.rng, stage, self.scene, self.seconds)

    def _add(self, scene: Scene, share: Floats, breath: float = 0.0) -> None:
        picture = self.at.sensor.develop(self.at.linear(scene, breath), self.exposure)
        self.courses.append(Course(floats(picture - self.rest), share))


def _mounted(rng: np.random.Generator, home: Home) -> tuple[Camera, BedRegion]:
    """A camera where one would be mounted, and the bed's corners as inexactly as they are marked."""
    low = bool(rng.random() < LOW_SHARE)
    for _ in range(8):
        camera = place(rng, home.room, low, SIZE)
        if camera is None:
            break
        corners, _ = camera.project(home.bed.corners)
        try:
            region = BedRegion(corners + rng.normal(0, rng.choice([0.8, 2.5]), (4, 2)), *SIZE)
        except RegionError:
            continue
        if (region.tilt < LEAST_TILT) == low:
            return camera, region
    raise NoRoom(f"no {'low' if low else 'elevated'} camera sees the whole bed")


def _breathed(body: Body) -> Body:
    """The trunk of somebody who lies, raised by SHOWN_AS millimetres at its middle."""
    trunk = body.parts == Part.TOP if (body.parts == Part.TOP).any() else np.ones(len(body.parts), bool)
    middle = (body.starts[trunk] + body.ends[trunk]).mean(0)[:2] / 2

    def raised(points: Floats) -> Floats:
        near = np.exp(-((points[:, :2] - middle) ** 2).sum(1) / 0.25**2 / 2)
        return floats(points + np.stack([0 * near, 0 * near, SHOWN_AS / 1000 * near], -1))

    return replace(body, starts=raised(body.starts), ends=raised(body.ends))


def _swayed(body: Body, rng: np.random.Generator) -> Body:
    """Somebody upright leans by SHOWN_AS millimetres, the head most."""
    lowest = float(min(body.starts[:, 2].min(), body.ends[:, 2].min()))
    height = max(0.2, float(max(body.starts[:, 2].max(), body.ends[:, 2].max())) - lowest)
    way = rng.uniform(0, 2 * np.pi)
    by = SHOWN_AS / 1000 * floats([np.cos(way), np.sin(way), 0.0])

    def leaning(points: Floats) -> Floats:
        return floats(points + (points[:, 2:3] - lowest) / height * by)

    return replace(body, starts=leaning(body.starts), ends=leaning(body.ends))


def _wandering(rng: np.random.Generator, count: int) -> Floats:
    """A slow, irregular sway of spread 1, as of somebody who sits or stands."""
    steps = cv2.GaussianBlur(rng.standard_normal((1, count + 80)), (0, 0), 8.0)[0, 40 : 40 + count]
    return floats((steps - steps[0]) / (steps.std() + 1e-9))


def _eased(share: NDArray[np.float64]) -> Floats:
    within = np.clip(share, 0, 1)
    return floats(within * within * (3 - 2 * within))


def _jpeg(picture: Bytes, quality: int) -> Bytes:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(data, np.uint8)


@kernel
def _mixed(rest: Floats, adds: Floats, shares: Floats) -> Floats:
    picture = np.empty(rest.size, np.float32)
    for i in range(rest.size):
        grey = rest[i]
        for j in range(adds.shape[0]):
            grey += shares[j] * adds[j, i]
        picture[i] = grey
    return picture


@kernel
def _noisy(picture: Floats, noise: Floats, spread: float) -> Bytes:
    """As Sensor.read_out: bright pixels are noisier, saturated ones stay so."""
    noisy = np.empty(picture.size, np.uint8)
    for i in range(picture.size):
        grey = min(np.float32(255.0), max(np.float32(0.0), picture[i]))
        if grey < np.float32(254.5):
            grey += np.float32(spread) * np.sqrt(np.float32(0.4) + grey / np.float32(255.0)) * noise[i]
        noisy[i] = np.uint8(min(np.float32(255.0), max(np.float32(0.0), grey + np.float32(0.5))))
    return noisy
