"""Renders test beds in Blender: `python render.py FOLDER [--pictures N] [--minutes M]`, with `bpy` installed.

Goes on where an earlier run ended. Writes FOLDER/*.jpg and FOLDER/MANIFEST.csv for `nattro evaluate`.
"""

import argparse
import csv
import json
import math
import time
from pathlib import Path

import beds
import bpy
import cv2
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

WIDTH, HEIGHT = 320, 240
SAMPLES = {"infrared": 4, "day": 8}
SEED = 77_000_000
COLUMNS = ("file", "label", "bed", "group", "state", "view", "light")


def plan(number: int) -> tuple[str, str, str]:
    """State, view and light of a picture: any run of them holds about as many of each as any other."""
    rng = np.random.default_rng(SEED + number)
    cycle = (*((s, 1) for s in beds.OCCUPIED), *((s, 0) for s in beds.EMPTY))
    state, occupied = cycle[(number * 7) % len(cycle)]
    view = str(
        rng.choice(["above", "oblique", "low"], p=[0.45, 0.4, 0.15] if occupied else [0.55, 0.32, 0.13])
    )
    light = "infrared" if rng.random() < (0.75 if occupied else 0.8) else "day"
    return state, view, light


def render(folder: Path, number: int) -> dict[str, str]:
    """One picture. Returns its line of the manifest."""
    state, view, light = plan(number)
    rng, room, camera, corners = _seen(number, view, light)
    room.build(state)
    _lit(rng, room, camera, light)
    linear = _traced(folder / f".{number}.exr", SAMPLES[light])
    name = f"{number:05d}.jpg"
    cv2.imwrite(str(folder / name), *_sensed(rng, linear, light, corners))
    label = "occupied" if state in beds.OCCUPIED else "empty"
    bed = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return dict(zip(COLUMNS, (name, label, bed, f"{view} {light}", state, view, light), strict=True))


def _seen(number: int, view: str, light: str) -> tuple:
    """The first of the number's rooms that such a camera finds a place in."""
    for attempt in range(50):
        rng = np.random.default_rng([SEED, number, attempt])
        _clear()
        ambient = rng.uniform(0.003, 0.02) if light == "infrared" else rng.uniform(0.1, 0.35)
        room = beds.Bedroom(rng, float(ambient))
        placed = _placed(rng, room, view)
        if placed is not None:
            return rng, room, *placed
    raise RuntimeError(f"picture {number}: no room has a place for a camera ({view})")


def _clear() -> None:
    """An empty scene, without starting Blender anew."""
    data = bpy.data
    for kind in (data.objects, data.meshes, data.materials, data.lights, data.cameras, data.images):
        data.batch_remove(list(kind))


def _placed(
    rng: np.random.Generator, room: beds.Bedroom, view: str
) -> tuple[bpy.types.Object, np.ndarray] | None:
    """A camera with the whole mattress in its picture, and where its corners are; None if there is no place."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    bpy.context.collection.objects.link(camera)
    scene.camera, bed = camera, room.bed
    middle = np.array([bed.width / 2, bed.length / 2, bed.top])
    for _ in range(100):
        turn = rng.uniform(0, 2 * math.pi)
        away, height = {
            "above": (rng.uniform(0.05, 1.3), rng.uniform(2.1, 2.8)),
            "oblique": (rng.uniform(1.3, 3.0), rng.uniform(1.6, 2.5)),
            "low": (rng.uniform(1.6, 3.0), bed.top + rng.uniform(0.35, 0.9)),
        }[view]
        spot = np.array([middle[0] + away * math.cos(turn), middle[1] + away * math.sin(turn), height])
        inside = room.left + 0.1 < spot[0] < room.right - 0.1 and room.near + 0.1 < spot[1] < room.far - 0.05
        if not inside:
            continue
        camera.location = spot
        aim = Vector(middle + rng.normal(0, 0.12, 3) - spot)
        camera.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
        camera.data.angle = math.radians(rng.uniform(60, 100))
        bpy.context.view_layer.update()
        w, n, z = bed.width, bed.length, bed.top
        seen = [
            world_to_camera_view(scene, camera, Vector(c))
            for c in ((0, n, z), (w, n, z), (w, 0, z), (0, 0, z))
        ]
        corners = np.array([(p.x * WIDTH, (1 - p.y) * HEIGHT) for p in seen])
        apart = np.abs(cv2.contourArea(corners.astype(np.float32))) / (WIDTH * HEIGHT)
        fits = (corners > -8).all() and (corners < np.array([WIDTH + 8, HEIGHT + 8])).all()
        if min(p.z for p in seen) > 0.3 and fits and apart > (0.015 if view == "low" else 0.06):
            return camera, corners
    return None


def _lit(rng: np.random.Generator, room: beds.Bedroom, camera: bpy.types.Object, light: str) -> None:
    if light == "infrared":
        lamp = bpy.data.lights.new("infrared", "SPOT")
        lamp.spot_size, lamp.spot_blend, lamp.energy = camera.data.angle * rng.uniform(1.1, 1.9), 1.0, 200
        lamp.shadow_soft_size = 0.0
        thing = bpy.data.objects.new("infrared", lamp)
        thing.location = np.array(camera.location) + rng.normal(0, 0.015, 3)
        thing.rotation_euler = camera.rotation_euler
        bpy.context.collection.objects.link(thing)
        return
    window = bpy.data.lights.new("window", "AREA")
    window.size, window.energy = 1.3, rng.uniform(20, 90)
    thing = bpy.data.objects.new("window", window)
    side = float(rng.choice([-1, 1]))
    spot = np.array(
        [room.left + 0.1 if side < 0 else room.right - 0.1, rng.uniform(room.near, room.bed.length), 1.6]
    )
    thing.location = spot
    thing.rotation_euler = Vector((-side, 0, -0.4)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(thing)
    if rng.random() < 0.5:
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy, sun.angle = rng.uniform(1, 6), 0.02
        shine = bpy.data.objects.new("sun", sun)
        shine.rotation_euler = (rng.uniform(0.2, 1.0), 0, rng.uniform(0, 6.3))
        bpy.context.collection.objects.link(shine)


def _traced(path: Path, samples: int) -> np.ndarray:
    """Direct light only: it is what a lamp at the lens gives, and it costs a tenth."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.use_denoising = "CPU", samples, False
    cycles.max_bounces, cycles.use_adaptive_sampling, cycles.use_light_tree = 0, False, False
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "OPEN_EXR", "BW"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    picture = bpy.data.images.load(str(path))
    pixels = np.empty(WIDTH * HEIGHT * picture.channels, np.float32)
    picture.pixels.foreach_get(pixels)
    path.unlink()
    return pixels.reshape(HEIGHT, WIDTH, -1)[::-1, :, 0]


def _sensed(
    rng: np.random.Generator, linear: np.ndarray, light: str, corners: np.ndarray
) -> tuple[np.ndarray, list]:
    """As a cheap camera delivers it, and how strongly it is compressed."""
    mask = np.zeros(linear.shape, np.uint8)
    cv2.fillConvexPoly(mask, corners.astype(np.int32), 1)
    metered = linear[mask > 0] if rng.random() < 0.6 else linear
    bright = np.percentile(metered, 96)
    gain = rng.uniform(0.18, 0.5) / (np.minimum(metered, bright).mean() + 1e-6)
    gain = min(gain, rng.uniform(0.9, 1.3) / (bright + 1e-6))
    blurred = cv2.GaussianBlur(linear * gain, (0, 0), rng.uniform(0.35, 1.1))
    toned = np.clip(blurred, 0, 1) ** rng.uniform(0.45, 0.8)
    noise = rng.uniform(0.005, 0.035) if light == "infrared" else rng.uniform(0.002, 0.012)
    noisy = toned + noise * rng.standard_normal(toned.shape) * (0.5 + toned)
    picture = np.clip(255 * noisy, 0, 255).astype(np.uint8)
    return picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 93))]


def write_manifest(folder: Path) -> int:
    """The manifest of all pictures there are. Returns how many."""
    rows = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    whole = folder / "MANIFEST.part"
    with whole.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    whole.rename(folder / "MANIFEST.csv")
    return len(rows)


def main() -> None:
    """Renders what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=330)
    parser.add_argument("--minutes", type=float, default=600)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    until = time.monotonic() + 60 * options.minutes
    for number in range(options.pictures):
        row = options.folder / f"{number:05d}.json"
        if row.exists():
            continue
        if time.monotonic() > until:
            break
        begun = time.process_time()
        row.write_text(json.dumps(render(options.folder, number)))
        print(f"picture {number}: {time.process_time() - begun:.1f} s of processor time", flush=True)
        if number % 20 == 0:
            write_manifest(options.folder)
    print(f"{write_manifest(options.folder)} pictures; {options.folder / 'MANIFEST.csv'}")


if __name__ == "__main__":
    main()
