"""How surely a camera that cannot see is told from one that can: `python -m models.training.camera_judging test`.

Each look is judged by the worker's own observer, from three frames over six seconds, each with noise of its own.
Sound looks show every state of the bed, with people, pets and belongings beside it, by the camera of the
installation, whose exposure, noise, contrast and focus differ from night to night, and some by another camera; the
same homes are then seen with each fault. `real MANIFEST.csv` does the same with recordings, as `nattro evaluate`
reads them.
"""

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scene.kernel import Bytes, Floats, floats
from firmware_sim.scene.sensor import Sensor, decoded, encoded
from models.training.camera_faults import FAULTS
from models.training.camera_scenes import DEGREES, METRES, SETS, Watched, watched
from vision.capture import Frame
from vision.integrity import measure
from vision.observer import Observer
from vision.protocol import Bed
from vision.reference import Reference, reference_of

FOLDER = Path("build/camera-homes")
FRAMES, APART = 3, 3.0
NIGHTS = 12
"""How often each sound view is seen; in other light every fourth time."""
OTHER_CAMERAS = 2
ANOTHER_CAMERA = "another camera"
LAMP_GAIN = 4.0
"""How far a camera turns its exposure up when its lamp has failed."""


@dataclass(frozen=True)
class Looked:
    """One look. fault: `sound` or its name; faults, doubts: as the worker tells them."""

    home: int
    fault: str
    strength: float
    light: str
    faults: tuple[str, ...]
    doubts: tuple[str, ...]
    cues: dict[str, float]


class Noise:
    """Grain that costs little: pieces of one field, which never show twice in the same place."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
        self._rng, self._shape = rng, shape
        self._field = rng.standard_normal((shape[0] * 2, shape[1] * 2), dtype=np.float32)

    def on(self, sensor: Sensor, developed: Floats) -> Bytes:
        """As Sensor.read_out."""
        top, left = self._rng.integers(0, self._shape)
        grain = self._field[top : top + self._shape[0], left : left + self._shape[1]]
        noisy = developed + 255 * sensor.noise * np.sqrt(0.4 + developed / 255) * grain
        noisy[developed >= 254.5] = 255
        return np.clip(noisy + 0.5, 0, 255).astype(np.uint8)


@dataclass
class Spot:
    """Where a camera hangs: the bed in its picture, what was kept at installation, and its grain."""

    home: int
    bed: Bed
    light: str
    reference: Reference
    noise: Noise
    rng: np.random.Generator

    def look(self, light: Floats, sensor: Sensor, gain: float, fault: str = "sound", strength: float = 0.0,
             kind: str = "") -> Looked:  # fmt: skip
        """One look at a picture of light. kind: of light, if not that of the installation."""
        made = FAULTS.get(fault)
        exposed = light * gain
        if made and made.optical:
            exposed = made.optical(self.rng, exposed, strength)
        developed = sensor.develop(exposed, 1.0)
        kind = kind or self.light
        observer = Observer(self.bed, (light.shape[1], light.shape[0]), None, self.reference)
        for number in range(FRAMES):
            picture = decoded(encoded(self.noise.on(sensor, developed), sensor.quality))
            if made and made.electrical:
                picture = made.electrical(self.rng, picture, strength)
            observer.see(Frame(picture, number * APART, coloured=kind != "infrared"))
        evidence = observer.evidence()
        return Looked(self.home, fault, strength, kind, evidence.faults, evidence.doubts, observer.cues())


def on_another_night(rng: np.random.Generator, camera: Sensor, kind: str, *, same_light: bool) -> Sensor:
    """The same camera, as exposure, warmth and its tone curve make it differ; in another light it exposes anew."""
    drawn = Sensor.draw(rng, kind)
    return replace(
        camera,
        over=drawn.over,
        target=float(np.clip(camera.target * rng.uniform(0.85, 1.15), 0.12, 0.55))
        if same_light
        else drawn.target,
        noise=camera.noise * rng.uniform(0.7, 1.4) if same_light else drawn.noise,
        contrast=camera.contrast * rng.uniform(0.93, 1.07),
        blur=abs(camera.blur + rng.normal(0, 0.1)),
    )


def looks_at(home: Watched, nights: int) -> Iterator[Looked]:
    """All looks at a home: sound ones on so many nights, and one with each fault at each strength; none where the
    installer would have been told that the camera sees too little, and have put it elsewhere.
    """
    rng = np.random.default_rng([home.number, 1])
    bed: Bed = tuple((float(x), float(y)) for x, y in home.corners)  # type: ignore[assignment]
    noise = Noise(rng, home.reference.shape)
    camera = replace(Sensor.draw(rng, home.light), over=1.0)
    tidy = floats(home.reference)
    developed = camera.develop(tidy, camera.gain_for(tidy, home.corners))
    shot = decoded(encoded(noise.on(camera, developed), camera.quality))
    reference = reference_of(Frame(shot, 0.0, coloured=home.light != "infrared"), bed)
    if measure(shot, bed).faults():  # as `nattro commission` refuses it
        return
    spot = Spot(home.number, bed, home.light, reference, noise, rng)
    for number in range(nights):
        usual = number % 4 != 3
        views, kind = (home.sound, home.light) if usual else (home.in_other_light, home.other)
        for light in floats(views):
            sensor = on_another_night(rng, camera, kind, same_light=usual)
            yield spot.look(light, sensor, sensor.gain_for(light, home.corners), kind=kind)
    for light in floats(home.sound):
        for _ in range(OTHER_CAMERAS):
            sensor = Sensor.draw(rng, home.light)
            yield spot.look(light, sensor, sensor.gain_for(light, home.corners), ANOTHER_CAMERA)
    yield from _ailing(home, spot, camera)


def _ailing(home: Watched, spot: Spot, camera: Sensor) -> Iterator[Looked]:
    rng = spot.rng

    def seen(
        light: Floats, fault: str, strength: float, times: float = 1.0, like: Floats | None = None
    ) -> Looked:
        sensor = replace(on_another_night(rng, camera, home.light, same_light=True), over=1.0)
        gain = times * sensor.gain_for(light if like is None else like, home.corners)
        return spot.look(light, sensor, gain, fault, strength)

    for name, fault in FAULTS.items():
        for strength in fault.strengths:
            yield seen(floats(home.sound[int(rng.integers(len(home.sound)))]), name, strength)
    for name, views, strengths in (("turned", home.turned, DEGREES), ("shifted", home.shifted, METRES)):
        for view, strength in zip(views, strengths, strict=True):
            yield seen(floats(view), name, strength)
    if home.light == "infrared":
        yield seen(floats(home.lamp_dead[0]), "lamp dead", 1.0, LAMP_GAIN, floats(home.sound[0]))


def kept_looks(folder: Path, which: str, homes: int, nights: int) -> list[Looked]:
    """Looks at the first homes of a set; those of a home are kept as long as no line that judges them changes."""
    found: list[Looked] = []
    mark = _judged_by()
    for home in watched(folder / which, which, homes):
        path = folder / which / f"looks-{home.number}-{nights}-{mark}.json"
        if not path.exists():
            looks = [asdict(look) for look in looks_at(home, nights)]
            path.write_text(json.dumps(looks), encoding="utf-8")
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not rows:
            print(f"home {home.number}: refused at installation, the camera sees too little there")
        found += [
            Looked(**{**row, "faults": tuple(row["faults"]), "doubts": tuple(row["doubts"])}) for row in rows
        ]
    return found


def _judged_by() -> str:
    here = Path(__file__).parent
    vision = here.parent.parent / "vision"
    files = [here / f"camera_{name}.py" for name in ("faults", "judging", "scenes")]
    files += [vision / f"{name}.py" for name in ("integrity", "moved", "observer", "parts")]
    return f"{zlib.crc32(b''.join(file.read_bytes() for file in files)):08x}"


def main() -> None:
    """Renders what is missing, looks, and tells."""
    from models.training.camera_report import tell

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("which", choices=[*sorted(SETS), "real"])
    parser.add_argument("manifest", nargs="?", type=Path, help="of real recordings")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--homes", type=int, default=60)
    parser.add_argument("--nights", type=int, default=NIGHTS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.which == "real":
        from models.training.camera_real import real_looks

        tell(list(real_looks(options.manifest)))
    else:
        tell(kept_looks(options.folder, options.which, options.homes, options.nights))


if __name__ == "__main__":
    main()
