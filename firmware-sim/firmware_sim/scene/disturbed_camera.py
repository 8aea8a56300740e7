"""What disturbs a film in the camera itself: exposure, shaking, the lamp's beat, compression, missing frames."""

import math

import cv2
import numpy as np

from firmware_sim.scene.courses import flickering, frames_of, moments, swinging, wandering
from firmware_sim.scene.disturbance import Disturbance, clipped
from firmware_sim.scene.film import Stage
from firmware_sim.scene.kernel import Bytes, Floats, floats
from firmware_sim.scene.sensor import decoded, encoded
from firmware_sim.scene.states import Scene

_BLOCK = 16


class Gain(Disturbance):
    """The exposure follows a course (frames,) about 1."""

    def __init__(self, course: Floats) -> None:
        self._course = course

    def seen(self, frame: int, picture: Floats) -> Floats:
        brighter = clipped(picture * self._course[min(frame, len(self._course) - 1)])
        brighter[picture >= 254.5] = 255
        return brighter


class Shake(Disturbance):
    """The camera is pushed aside by so many pixels, (frames, 2)."""

    def __init__(self, way: Floats) -> None:
        self._way = way

    def seen(self, frame: int, picture: Floats) -> Floats:
        across, down = self._way[min(frame, len(self._way) - 1)]
        if abs(across) + abs(down) < 1e-4:
            return picture
        return floats(_bilinear(picture, float(across), float(down)))


class Mains(Disturbance):
    """A lamp on alternating current: bands roll slowly across the picture, as row after row is exposed."""

    def __init__(self, strength: float, bands: float, course: Floats) -> None:
        self._strength, self._bands, self._course = strength, bands, course

    def seen(self, frame: int, picture: Floats) -> Floats:
        height = picture.shape[0]
        phase = 2 * math.pi * (self._bands * np.arange(height) / height) + self._course[frame]
        return clipped(picture * floats(1 + self._strength * np.sin(phase))[:, None])


class JpegSteps(Disturbance):
    """The camera holds its rate of bytes: the quality jumps now and then."""

    def __init__(self, course: Floats) -> None:
        self._course = course

    def quality(self, frame: int, usual: int) -> int:
        return int(np.clip(usual + self._course[frame], 20, 95))


class Codec(Disturbance):
    """As an H.264 camera: time is averaged, blocks that hardly change stay as they were, and every so many frames
    a whole picture comes, coded afresh.
    """

    def __init__(self, group: int, averaged: float, threshold: float, quality: int) -> None:
        self._group, self._averaged, self._threshold, self._quality = group, averaged, threshold, quality
        self._held = np.zeros((0, 0), np.float32)
        self._sent = self._held

    def delivered(self, frame: int, noisy: Bytes) -> Bytes:
        now = noisy.astype(np.float32)
        if frame % self._group == 0 or not self._held.size:
            coded = decoded(encoded(noisy, self._quality)).astype(np.float32)
            self._held = coded if not self._held.size else floats(0.5 * coded + 0.5 * self._held)
            self._sent = self._held.copy()
        else:
            self._held = floats(self._averaged * self._held + (1 - self._averaged) * now)
            self._send_what_changed()
        return np.asarray(np.clip(self._sent + 0.5, 0, 255), np.uint8)

    def _send_what_changed(self) -> None:
        height, width = self._held.shape
        blocks = (math.ceil(width / _BLOCK), math.ceil(height / _BLOCK))
        change = cv2.resize(cv2.absdiff(self._held, self._sent), blocks, interpolation=cv2.INTER_AREA)
        which = cv2.resize((change > self._threshold).astype(np.uint8), (width, height),
                           interpolation=cv2.INTER_NEAREST)  # fmt: skip
        self._sent = np.where(which > 0, np.round(self._held), self._sent)


class Repeats(Disturbance):
    """Frames that never come: the one before is delivered in their place."""

    def __init__(self, missing: Bytes) -> None:
        self._missing = missing
        self._last: Bytes | None = None

    def delivered(self, frame: int, noisy: Bytes) -> Bytes:
        if self._last is None or not self._missing[frame]:
            self._last = noisy
        held: Bytes = self._last
        return held


class FilterSwitch(Disturbance):
    """The infrared filter moves at a frame: an instant of dark, other contrast, a little beside, a slow gain."""

    def __init__(self, at: int, contrast: float, beside: float, settling: float) -> None:
        self._at, self._contrast, self._beside, self._settling = at, contrast, beside, settling

    def seen(self, frame: int, picture: Floats) -> Floats:
        since = frame - self._at
        if since < 0:
            return picture
        if since < 2:
            return clipped(picture * 0.1)
        middle = float(picture.mean())
        gain = 1 + 0.4 * math.exp(-since / self._settling)
        return _bilinear(
            clipped(((picture - middle) * self._contrast + middle) * gain), self._beside, self._beside / 2
        )


def gain_hunting(rng: np.random.Generator, _stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """The automatic exposure swings about its aim."""
    count = frames_of(seconds)
    course = swinging(rng, count, rng.uniform(0.05, 0.6), rng.uniform(0.9, 1.0))
    return Gain(floats(1 + rng.uniform(0.005, 0.05) * course + 0.004 * wandering(rng, count, 0.02, 1)))


def lorry(rng: np.random.Generator, stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """Heavy traffic: for some seconds the house shakes, and the shelf under the camera sways."""
    count, way = frames_of(seconds), 0.0
    for _ in range(int(rng.integers(1, 4))):
        strength = np.exp(-(((moments(count) - rng.uniform(0, seconds)) / rng.uniform(1, 3)) ** 2))
        way = way + (strength * wandering(rng, count, 0.15, 5.0))[:, None] * rng.normal(0, 1, 2)
    return Shake(floats(way * rng.uniform(0.05, 0.5) * stage.camera.width / 640))


def washing_machine(rng: np.random.Generator, stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """A drum that turns up to 20 times a second; ten frames a second show its beat, slow ones among them."""
    count = frames_of(seconds)
    rate = rng.uniform(5, 20) + rng.uniform(-0.5, 0.5) * moments(count) / seconds
    phase = 2 * math.pi * np.cumsum(rate) / 10
    way = np.stack([np.sin(phase), rng.uniform(0.3, 1.5) * np.sin(phase + 1)], -1)
    return Shake(floats(way * rng.uniform(0.03, 0.4) * stage.camera.width / 640))


def mains(rng: np.random.Generator, _stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """A lamp or an infrared lamp that follows the mains."""
    count = frames_of(seconds)
    course = 2 * math.pi * rng.uniform(-1, 1) * moments(count) + 0.3 * wandering(rng, count, 0.02, 0.3)
    return Mains(rng.uniform(0.005, 0.04), rng.uniform(0.7, 3.3), floats(course))


def jpeg_steps(rng: np.random.Generator, _stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """The quality jumps about every two to five seconds."""
    return JpegSteps(floats(60 * flickering(rng, frames_of(seconds), rng.uniform(0.2, 0.5)) - 40))


def codec(rng: np.random.Generator, _stage: Stage, _scene: Scene, _seconds: float) -> Disturbance:
    """A whole picture every one to four seconds."""
    return Codec(
        int(rng.integers(10, 41)), rng.uniform(0.3, 0.8), rng.uniform(0.6, 2.5), int(rng.integers(30, 80))
    )


def repeats(rng: np.random.Generator, _stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """A bus that is too slow: a tenth to a half of the frames are missing."""
    return Repeats((rng.random(frames_of(seconds)) < rng.uniform(0.1, 0.5)).astype(np.uint8))


def filter_switch(rng: np.random.Generator, stage: Stage, _scene: Scene, seconds: float) -> Disturbance:
    """It grew light or dark enough, once in the film."""
    return FilterSwitch(int(rng.uniform(0.1, 0.8) * frames_of(seconds)), rng.uniform(0.75, 1.2),
                        rng.normal(0, 0.5) * stage.camera.width / 640, rng.uniform(3, 20))  # fmt: skip


def _bilinear(picture: Floats, across: float, down: float) -> Floats:
    height, width = picture.shape
    moved = cv2.warpAffine(picture, np.array([[1, 0, across], [0, 1, down]], np.float32), (width, height),
                           borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    return floats(moved)
