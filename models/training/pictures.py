"""Renders labelled views of beds, home by home, and keeps them on disk: `python -m models.training.pictures`.

A home's number is its seed. Homes whose number ends in 0 are not rendered here, those that end in 1 are for
choosing and calibration and never trained on; homes for testing (judging.py) and the home of the recordings
(scene/recordings.py) have numbers far above any of these.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.camera import Camera, place
from firmware_sim.scene.home import Home
from firmware_sim.scene.light import Light, shade
from firmware_sim.scene.masks import masks
from firmware_sim.scene.materials import draw_materials
from firmware_sim.scene.raster import Buffer
from firmware_sim.scene.sensor import Sensor
from firmware_sim.scene.states import EMPTY, OCCUPIED, Scene, arrange
from vision.region import RECTIFIED, BedRegion, RegionError, View

SIZE = (512, 384)
HOMES_A_FILE = 10
HIGHEST_HOME = 1_000_000
MASKS = ("person", "body", "head", "other")
MASK_STEP = 4
"""Pixels of a view along each side that one number of its masks stands for."""
_OCCUPIED_SHARES = (0.38, 0.13, 0.14, 0.13, 0.08, 0.08, 0.06)
_EMPTY_SHARES = (0.12, 0.16, 0.18, 0.05, 0.17, 0.12, 0.12, 0.08)
_CASTS_SHADOWS = 0.3  # of the lights; a shadow costs as much as all the rest of a picture


@dataclass
class Pictures:
    """views (n, 128, 96) grey; corners (n, 4, 2) in them; masks (n, 32, 24, 4) shares 0..255 of MASKS; occupied
    (n,) 0 or 1; rectified (n,) whether seen from above or as a crop; low (n,): the camera stands low; state and
    light (n,) words; home, camera and shot (n,) numbers: views of one shot belong together, shots of one camera
    show the same room from the same spot.
    """

    views: NDArray[np.uint8]
    corners: NDArray[np.float32]
    masks: NDArray[np.uint8]
    occupied: NDArray[np.float32]
    rectified: NDArray[np.bool_]
    low: NDArray[np.bool_]
    state: NDArray[np.str_]
    light: NDArray[np.str_]
    home: NDArray[np.int64]
    camera: NDArray[np.int64]
    shot: NDArray[np.int64]

    def only(self, which: NDArray[np.bool_]) -> "Pictures":
        """Those of a choice."""
        return Pictures(**{name: values[which] for name, values in vars(self).items()})

    def __len__(self) -> int:
        return len(self.views)


def load(folder: Path, files: int | None = None) -> Pictures:
    """The pictures that have been rendered into a folder: of the first so many files, or all. Raises
    FileNotFoundError if there are none.
    """
    paths = sorted(folder.glob("homes-*.npz"))[:files]
    if not paths:
        raise FileNotFoundError(
            f"no rendered pictures in {folder}; run python -m models.training.pictures first"
        )
    parts = [dict(np.load(path)) for path in paths]
    return Pictures(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def pictures_of_home(number: int) -> Iterator[dict[str, object]]:
    """Every picture of one home, both its views where the camera looks steeply enough."""
    rng = np.random.default_rng(number)
    home = Home.draw(rng)
    spots = [place(rng, home.room, low, SIZE) for low in (False, rng.random() < 0.5)]
    cameras = [camera for camera in spots if camera is not None]
    if not cameras:
        return
    occupied = rng.choice(list(OCCUPIED), 3, p=_OCCUPIED_SHARES)
    empty = rng.choice(list(EMPTY), 3, p=_EMPTY_SHARES)
    scenes = {
        f"{i} {state}": arrange(rng, home.bed, str(state)) for i, state in enumerate((*occupied, *empty))
    }
    shot = number * 1000
    for spot, camera in enumerate(cameras):
        usual = Light.draw(rng)
        region = _marked(rng, home, camera)
        if region is None:
            continue
        backdrop = home.backdrop(camera)
        for name, scene in scenes.items():
            buffer = home.view(scene, camera, backdrop)
            where = _masks(region, scene, camera, buffer)
            for grey, light in _shots(rng, home, buffer, camera, usual, region):
                shot += 1
                for view, mask in zip(region.views(grey), where, strict=True):
                    yield {
                        "views": view.picture, "corners": view.corners, "masks": mask,
                        "occupied": float(scene.occupied), "rectified": _is_rectified(view), "low": region.low,
                        "state": name.split()[1], "light": light.kind, "home": number,
                        "camera": number * 10 + spot, "shot": shot,
                    }  # fmt: skip


def _masks(region: BedRegion, scene: Scene, camera: Camera, buffer: Buffer) -> list[NDArray[np.uint8]]:
    """The masks (32, 24, 4) in each of the region's views."""
    found = masks(scene, camera, buffer)
    seen = [region.views(getattr(found, name).astype(np.uint8) * 255) for name in MASKS]
    return [
        np.stack([cv2.resize(view.picture, None, fx=1 / MASK_STEP, fy=1 / MASK_STEP,
                             interpolation=cv2.INTER_AREA) for view in of_one_view], 2)
        for of_one_view in zip(*seen, strict=True)
    ]  # fmt: skip


def _is_rectified(view: View) -> bool:
    return bool(np.array_equal(view.corners, RECTIFIED))


def _marked(rng: np.random.Generator, home: Home, camera: Camera) -> BedRegion | None:
    """The bed's corners, as inexactly as an installer marks them."""
    corners, _ = camera.project(home.bed.corners)
    try:
        return BedRegion(corners + rng.normal(0, rng.choice([0.8, 2.5]), (4, 2)), camera.width, camera.height)
    except RegionError:
        return None


def _shots(rng: np.random.Generator, home: Home, buffer: Buffer, camera: Camera, usual: Light,
           region: BedRegion) -> Iterator[tuple[NDArray[np.uint8], Light]]:  # fmt: skip
    """The scene as it is, and once more in other cloths and another light: drawing it is what takes time."""
    for materials in (home.materials, draw_materials(rng)):
        light = usual if rng.random() < 0.5 else Light.draw(rng)
        light = replace(light, shadows=light.shadows and bool(rng.random() < _CASTS_SHADOWS))
        sensor = Sensor.draw(rng, light.kind)
        linear = shade(buffer, materials, camera, light)
        on_bed = region.corners if rng.random() < 0.6 else None
        yield sensor.shoot(rng, linear, sensor.gain_for(linear, on_bed)), light


def render_file(folder: Path, index: int) -> int:
    """Renders the homes of one ten into a file, unless it is there already. Returns the number of views in it."""
    path = folder / f"homes-{index:06d}.npz"
    if path.exists():
        return 0
    first = index * HOMES_A_FILE
    rows = [row for number in range(first + 1, first + HOMES_A_FILE) for row in pictures_of_home(number)]
    whole = path.with_suffix(".part")
    with whole.open("wb") as file:
        columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        np.savez_compressed(file, **columns)
    whole.rename(path)
    return len(rows)


def _worker(folder: Path, indices: range) -> None:
    cv2.setNumThreads(1)
    made, begun = 0, time.monotonic()
    for index in indices:
        if views := render_file(folder, index):
            made += views
            print(f"file {index}: {made / (time.monotonic() - begun):.1f} views/s", flush=True)


def render(folder: Path, files: range, workers: int) -> None:
    """Renders what is missing of these files, in so many processes."""
    folder.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    running = [context.Process(target=_worker, args=(folder, files[i::workers])) for i in range(workers)]
    for process in running:
        process.start()
    for process in running:
        process.join()
        if process.exitcode:
            raise RuntimeError(
                f"a rendering process ended with status {process.exitcode}; its error is printed above"
            )


def main() -> None:
    """Renders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/bed-pictures"))
    parser.add_argument("--first", type=int, default=0, metavar="N", help="first file; ten homes are in each")
    parser.add_argument("--files", type=int, default=100, metavar="N", help="how many files")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    render(options.folder, range(options.first, options.first + options.files), options.workers)


if __name__ == "__main__":
    main()
