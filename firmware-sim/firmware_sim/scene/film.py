"""Films: scenes over time, seen by one camera, with the truth and the camera's faults at every moment."""

import math
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scene.avi import write_avi
from firmware_sim.scene.camera import Camera
from firmware_sim.scene.disturbance import UNDISTURBED, Disturbance
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Bytes, Floats, floats
from firmware_sim.scene.light import Light, shade
from firmware_sim.scene.sensor import Sensor, encoded
from firmware_sim.scene.states import Scene

FRAMES_PER_SECOND = 10
_OVERSAMPLED = 2
_DEEP_BREATH = 12.0


@dataclass(frozen=True)
class Span:
    """What holds from one second of a film to another."""

    start: float
    end: float
    what: str
    detail: str


@dataclass
class Film:
    """pictures: JPEGs; bed: its corners in pixels (4, 2); truth: occupied or empty; faults: of the camera."""

    bed: Floats
    size: tuple[int, int]
    pictures: list[bytes] = field(default_factory=list)
    truth: list[Span] = field(default_factory=list)
    faults: list[Span] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pictures) / FRAMES_PER_SECOND

    def write(self, path: Path, about: str) -> None:
        """Writes the film, and what is true in it beside it."""
        write_avi(path, self.pictures, *self.size, FRAMES_PER_SECOND)
        path.with_suffix(".toml").write_text(self._side_file(about), encoding="utf-8")

    def _side_file(self, about: str) -> str:
        corners = ", ".join(f"[{x:.1f}, {y:.1f}]" for x, y in self.bed)
        lines = [f'about = "{about}"', f"width = {self.size[0]}", f"height = {self.size[1]}",
                 f"frames_per_second = {FRAMES_PER_SECOND}", f"seconds = {self.seconds:.1f}",
                 "# head-left, head-right, foot-right, foot-left as seen from the foot end, pixels",
                 f"bed = [{corners}]"]  # fmt: skip
        for span in _joined(self.truth):
            lines += ["", "[[truth]]", f"from = {span.start:.1f}", f"to = {span.end:.1f}", f'state = "{span.what}"',
                      f'detail = "{span.detail}"']  # fmt: skip
        for span in self.faults:
            lines += ["", "[[fault]]", f"from = {span.start:.1f}", f"to = {span.end:.1f}", f'kind = "{span.what}"',
                      f'detail = "{span.detail}"']  # fmt: skip
        return "\n".join(lines) + "\n"


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and (joined[-1].what, joined[-1].detail) == (span.what, span.detail):
            joined[-1] = replace(joined[-1], end=span.end)
        else:
            joined.append(span)
    return joined


class Stage:
    """One home, camera, light and sensor at a fixed exposure (gain); corners: of the bed as marked at
    installation.

    Pictures are rendered at twice the size and averaged, so that a movement of a tenth of a pixel shows as it
    would.
    """

    def __init__(self, home: Home, camera: Camera, light: Light, sensor: Sensor, exposed_on: Scene) -> None:
        self.home, self.light, self.sensor = home, light, sensor
        self.stand(camera)
        self.corners, _ = camera.project(home.bed.corners)
        self.gain = sensor.gain_for(self._linear(exposed_on, 0.0), self.corners)

    def picture(self, scene: Scene, breath: float = 0.0) -> Floats:
        """The scene without noise, grey levels (h, w); breath: millimetres."""
        return self.sensor.develop(self._linear(scene, breath), self.gain)

    def seen_by(self, camera: Camera) -> "Stage":
        """The same home at the same exposure, seen by a camera that has been moved since installation."""
        moved = copy(self)
        moved.stand(camera)
        return moved

    def stand(self, camera: Camera) -> None:
        """Puts the camera elsewhere; what was marked and exposed stays."""
        self.camera, self._fine = camera, camera.scaled(_OVERSAMPLED)
        self._backdrop = self.home.backdrop(self._fine)

    def _linear(self, scene: Scene, breath: float) -> Floats:
        buffer = self.home.view(scene, self._fine, self._backdrop, breath)
        fine = shade(buffer, self.home.materials, self._fine, self.light)
        size = (self.camera.width, self.camera.height)
        return floats(cv2.resize(fine, size, interpolation=cv2.INTER_AREA))


def breathing(rng: np.random.Generator, seconds: float) -> Floats:
    """Depth of breath over time, about 1 from the shallowest to the deepest: 12 to 18 breaths a minute, a
    little uneven.
    """
    n = round(seconds * FRAMES_PER_SECOND)
    rate = rng.uniform(0.2, 0.3) * (
        1 + 0.02 * np.cumsum(rng.standard_normal(n)) / math.sqrt(FRAMES_PER_SECOND)
    )
    phase = 2 * math.pi * np.cumsum(rate) / FRAMES_PER_SECOND
    return floats(0.5 + 0.4 * np.sin(phase) + 0.1 * np.sin(2 * phase + 0.5))


class Shoot:
    """Shoots a film piece by piece; the noise is the seed's."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self._rng = stage, np.random.default_rng(seed)
        self.film = Film(stage.corners, (stage.camera.width, stage.camera.height))

    def still(self, scene: Scene, seconds: float, breath: float = 0.0,
              through: Callable[[Floats], Floats] = lambda picture: picture,
              disturbance: Disturbance = UNDISTURBED) -> "Shoot":  # fmt: skip
        """The scene as it is; who lies in it breathes so many millimetres deep. through: what is in front
        of the lens. Two renderings are mixed: over millimetres, brightness changes in proportion.
        """
        rest = self.stage.picture(scene)
        inhaled = self.stage.picture(scene, _DEEP_BREATH) if breath else rest
        swing = (inhaled - rest) / _DEEP_BREATH
        depths = breathing(self._rng, seconds) * breath
        self._expose(scene, (through(floats(rest + depth * swing)) for depth in depths), disturbance)
        return self

    def moving(self, scenes: list[Scene]) -> "Shoot":
        """One picture of every scene, ten a second."""
        for scene in scenes:
            self._expose(scene, iter([self.stage.picture(scene)]))
        return self

    def frozen(self, scene: Scene, seconds: float) -> "Shoot":
        """The camera delivers its last picture, byte for byte, again and again."""
        start = self.film.seconds
        self.film.pictures += [self.film.pictures[-1]] * round(seconds * FRAMES_PER_SECOND)
        self._tell(scene, start)
        self.fault("frozen", start, "the same picture again and again")
        return self

    def fault(self, kind: str, start: float, detail: str) -> "Shoot":
        """The camera is at fault from `start` to here."""
        self.film.faults.append(Span(start, self.film.seconds, kind, detail))
        return self

    def _expose(
        self, scene: Scene, developed: Iterator[Floats], disturbance: Disturbance = UNDISTURBED
    ) -> None:
        start, sensor = self.film.seconds, self.stage.sensor
        for frame, picture in enumerate(developed):
            noisy = sensor.read_out(self._rng, disturbance.seen(frame, picture))
            sent = disturbance.delivered(frame, noisy)
            self.film.pictures.append(encoded(sent, disturbance.quality(frame, sensor.quality)))
        self._tell(scene, start)

    def _tell(self, scene: Scene, start: float) -> None:
        what = "occupied" if scene.occupied else "empty"
        self.film.truth.append(Span(start, self.film.seconds, what, scene.detail))


def cloth_over_lens(size: tuple[int, int], seed: int) -> Callable[[Floats], Floats]:
    """A towel hung over the camera: the lamp lights it evenly and far too brightly."""
    rng = np.random.default_rng(seed)
    coarse = floats(rng.standard_normal((3, 4)))
    veil = floats(205 + 14 * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC))
    return lambda picture: floats(0.03 * picture + 0.97 * veil)


def lamp_dead(picture: Floats) -> Floats:
    """The infrared lamp has failed: next to nothing is left."""
    return floats(4 + 0.015 * picture)


def still_picture(stage: Stage, scene: Scene, seed: int) -> Bytes:
    """One picture with noise, as for a reference."""
    return stage.sensor.read_out(np.random.default_rng(seed), stage.picture(scene))
