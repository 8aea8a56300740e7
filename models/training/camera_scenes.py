"""Homes in which the camera's health is judged: rendered once, kept on disk as light, exposed and developed later.

Light before the sensor is kept (linear, half precision), so that a lens can be covered, a lamp fail or an exposure
go wrong where it would.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.camera import Camera, place
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.light import Light, shade
from firmware_sim.scene.states import EMPTY, OCCUPIED, arrange

SIZE = (640, 480)
STATES = ("covered", "messy", "sitting_up", "thrown_back", "uncovered")
OTHER_LIGHT = 2
"""How many of the states are seen in another light as well."""
DEGREES = (1.0, 2.0, 3.0, 6.0, 12.0)
METRES = (0.05, 0.1, 0.2, 0.4)
SETS = {"test": (2_300_080, 1), "choosing": (1_500_001, 10)}
"""The first home and the step to the next. Nothing is ever chosen by the test homes."""


@dataclass
class Watched:
    """A home as its camera sees it. corners (4, 2): of the bed; light, other: kinds; pictures of light (480, 640).

    reference: the tidy empty bed; sound, in_other_light: states of the bed, with bystanders and belongings;
    turned, shifted: from a camera that was turned by DEGREES, or moved by METRES; lamp_dead: without its lamp.
    """

    number: int
    corners: Floats
    light: str
    other: str
    reference: NDArray[np.float16]
    sound: NDArray[np.float16]
    in_other_light: NDArray[np.float16]
    turned: NDArray[np.float16]
    shifted: NDArray[np.float16]
    lamp_dead: NDArray[np.float16]


def watched(folder: Path, which: str, homes: int) -> Iterator[Watched]:
    """The first homes of a set, rendered where they are not kept yet."""
    folder.mkdir(parents=True, exist_ok=True)
    first, step = SETS[which]
    for number in range(first, first + homes * step, step):
        path = folder / f"home-{number}.npz"
        if path.with_suffix(".none").exists():
            continue
        if not path.exists():
            rendered = _rendered(number)
            if rendered is None:
                path.with_suffix(".none").touch()
                continue
            whole = path.with_suffix(".part")
            with whole.open("wb") as file:
                columns: dict[str, Any] = {name: np.asarray(value) for name, value in vars(rendered).items()}
                np.savez(file, **columns)
            whole.rename(path)
        with np.load(path) as kept:
            arrays = {name: kept[name] for name in kept.files}
        yield Watched(
            **{name: value if value.ndim else value.item() for name, value in arrays.items()}  # type: ignore[arg-type]
        )


def _rendered(number: int) -> Watched | None:
    """None if no camera has the bed in view."""
    rng = np.random.default_rng(number)
    home = Home.draw(rng)
    camera = place(rng, home.room, bool(rng.random() < 0.25), SIZE)
    if camera is None:
        return None
    light, other = _lights(rng)
    scenes = [arrange(rng, home.bed, state) for state in STATES]
    scenes.append(arrange(rng, home.bed, str(rng.choice(list(EMPTY)))))
    scenes.append(arrange(rng, home.bed, str(rng.choice(list(OCCUPIED)))))
    backdrop = home.backdrop(camera)
    buffers = [home.view(scene, camera, backdrop) for scene in scenes]
    tidy = home.view(arrange(rng, home.bed, "made", tidy=True), camera, backdrop)

    def elsewhere(stands: Camera) -> Floats:
        return home.light(scenes[int(rng.integers(len(scenes)))], stands, light)

    corners, _ = camera.project(home.bed.corners)
    return Watched(
        number=number,
        corners=corners,
        light=light.kind,
        other=other.kind,
        reference=_half([shade(tidy, home.materials, camera, light)])[0],
        sound=_half([shade(each, home.materials, camera, light) for each in buffers]),
        in_other_light=_half([shade(each, home.materials, camera, other) for each in buffers[:OTHER_LIGHT]]),
        turned=_half([elsewhere(camera.nudged(degrees, _axis(rng))) for degrees in DEGREES]),
        shifted=_half([elsewhere(_beside(rng, camera, metres)) for metres in METRES]),
        lamp_dead=_half([shade(buffers[0], home.materials, camera, replace(light, infrared=0.0))]),
    )


def _lights(rng: np.random.Generator) -> tuple[Light, Light]:
    """The light at installation, mostly that of the night, and another one."""
    usual = Light.draw(rng)
    others = [kind for kind in ("infrared", "dim", "day") if kind != usual.kind]
    return replace(usual, shadows=False), replace(Light.draw(rng, str(rng.choice(others))), shadows=False)


def _axis(rng: np.random.Generator) -> tuple[float, float, float]:
    x, y, z = rng.standard_normal(3)
    return float(x), float(y), float(z)


def _beside(rng: np.random.Generator, camera: Camera, metres: float) -> Camera:
    """Across its line of sight: what somebody does who pushes it along its shelf."""
    across = camera.rotation[:2].T @ rng.standard_normal(2)
    return replace(camera, position=floats(camera.position + metres * across / np.linalg.norm(across)))


def _half(pictures: list[Floats]) -> NDArray[np.float16]:
    return np.stack(pictures).astype(np.float16)
