"""Light: an infrared lamp beside the lens at night, or what comes from windows and lamps.

With the lamp at the lens there is hardly a shadow, and what comes back is albedo * cos(angle) / distance
squared.
"""

# Compiled loops take arrays one by one: Numba knows no structs that cost nothing.
# ruff: noqa: PLR0913, PLR0917

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from firmware_sim.scene.camera import Camera
from firmware_sim.scene.kernel import Bytes, Floats, floats, kernel
from firmware_sim.scene.materials import Material
from firmware_sim.scene.prints import cloth_bank
from firmware_sim.scene.raster import NOTHING, Buffer
from firmware_sim.scene.sunlight import Window, shadowed, through, world

_PATTERNS = cloth_bank()
_WINDOW = int(Material.WINDOW)


@dataclass(frozen=True)
class Light:
    """kind: infrared, dim or day. infrared: strength of the lamp at the lens; beam: how narrow it is;
    ambient: light from everywhere; sun: strength and direction (3,) of light through a window; window: its
    own brightness; patch: the window that shapes the sun's light, if any; lamp: where a bedside lamp burns
    and how bright, candela as it were (x, y, z, strength), 0 if none; shadows: whether sun and lamp cast any.
    """

    kind: str
    infrared: float
    beam: float
    ambient: float
    sun: float
    direction: tuple[float, float, float]
    window: float
    patch: Window | None = None
    lamp: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    shadows: bool = False

    @classmethod
    def draw(cls, rng: np.random.Generator, kind: str | None = None) -> "Light":
        """Light as homes have it; mostly infrared, as the checks are made at night."""
        kind = kind or str(rng.choice(["infrared", "dim", "day"], p=[0.66, 0.18, 0.16]))
        return _one_sided(rng.spawn(1)[0], cls._usual(rng, kind))

    @classmethod
    def _usual(cls, rng: np.random.Generator, kind: str) -> "Light":
        height, round_about = rng.uniform(0.35, 1.2), rng.uniform(0, 2 * math.pi)
        direction = (
            math.cos(round_about) * math.cos(height),
            math.sin(round_about) * math.cos(height),
            -math.sin(height),
        )
        beam = rng.uniform(1, 6)
        if kind == "infrared":
            spill = rng.choice([0.0, rng.uniform(0, 0.03)])
            return cls(
                kind,
                2.5,
                beam,
                spill,
                rng.choice([0.0, 0.0, rng.uniform(0, 0.12)]),
                direction,
                rng.uniform(0, 0.1),
            )
        if kind == "dim":
            return cls(
                kind, 0.0, beam, 0.3, rng.choice([0.0, rng.uniform(0.1, 1)]), direction, rng.uniform(0, 0.5)
            )
        if kind == "day":
            return cls(kind, 0.0, beam, 0.5, rng.uniform(0, 1.2), direction, rng.uniform(0.5, 3))
        raise ValueError(f"no light is called {kind!r}; known: infrared, dim, day")


def shade(buffer: Buffer, materials: Floats, camera: Camera, light: Light) -> Floats:
    """Linear brightness (h, w) of what is in the buffer, 1/m² of the lamp for infrared."""
    picture = np.empty(buffer.nearness.shape, np.float32)
    direction = floats(light.direction)
    sunny = np.ones((1, 1), np.float32)
    if light.sun > 0 and light.shadows:
        sunny = shadowed(buffer, camera, direction)
    if light.sun > 0 and light.patch is not None:
        sunny = floats(sunny * through(light.patch, buffer, camera, direction))
    _shade(
        buffer.nearness,
        buffer.normal,
        buffer.uv,
        buffer.material,
        materials,
        _PATTERNS,
        camera.rotation,
        camera.focal,
        light.infrared,
        light.beam,
        light.ambient,
        direction,
        light.sun,
        sunny,
        _lamplight(buffer, camera, light),
        light.window,
        picture,
    )
    return floats(picture * _creases(buffer.nearness, 0.35 if light.infrared else 1.0))


def _one_sided(rng: np.random.Generator, light: Light) -> Light:
    """Now and then the sun stands in the window, or a lamp burns beside the bed."""
    if light.kind == "infrared":
        return light
    chance = rng.random()
    if chance < (0.45 if light.kind == "day" else 0.1):
        strength = rng.uniform(0.8, 4.0)
        patch = Window.draw(rng) if rng.random() < 0.8 else None
        return replace(light, sun=strength, ambient=rng.uniform(0.15, 0.5), patch=patch, shadows=True)
    if chance < (0.5 if light.kind == "day" else 0.6):
        side = rng.choice([-rng.uniform(0.3, 0.8), rng.uniform(1.2, 2.2)])
        lamp = (float(side), rng.uniform(0.8, 2.2), rng.uniform(0.8, 1.5), rng.uniform(0.3, 1.5))
        return replace(light, lamp=lamp, ambient=rng.uniform(0.03, 0.25), shadows=True)
    return replace(light, shadows=light.sun > 0)


def _lamplight(buffer: Buffer, camera: Camera, light: Light) -> Floats:
    """What arrives from the bedside lamp at every pixel (h, w), or one 0 if it is out."""
    if light.lamp[3] <= 0:
        return np.zeros((1, 1), np.float32)
    spot = floats(light.lamp[:3])
    way = spot - world(buffer, camera)
    squared = (way * way).sum(-1) + 0.04
    facing = np.abs((way * buffer.normal).sum(-1)) / np.sqrt(squared)
    reached = shadowed(buffer, camera, floats(light.direction), spot) if light.shadows else 1.0
    return floats(light.lamp[3] * facing / squared * reached)


def _creases(nearness: Floats, strength: float) -> Floats:
    """Less light reaches what lies deeper than its surroundings: a cheap stand-in for ambient occlusion."""
    depth = 1 / np.maximum(nearness, 0.05)
    dark = np.zeros_like(depth)
    for reach, weight in ((3, 0.42), (9, 0.21)):
        hollow = np.clip(depth - cv2.GaussianBlur(depth, (0, 0), reach), 0, 0.15)
        dark += weight * hollow / (0.05 + 0.3 * reach / 9)
    return floats(1 - strength * np.clip(dark, 0, 0.65))


@kernel
def _pattern_at(pattern: Floats, u: float, v: float) -> float:
    n = pattern.shape[0]
    fu, fv = (u - math.floor(u)) * n, (v - math.floor(v)) * n
    i, j = int(fu), int(fv)
    a, b = fu - i, fv - j
    i, j = i % n, j % n
    k, m = (i + 1) % n, (j + 1) % n
    upper = pattern[i, j] * (1 - a) + pattern[k, j] * a
    return float(upper * (1 - b) + (pattern[i, m] * (1 - a) + pattern[k, m] * a) * b)


@kernel
def _bumped(nx: float, ny: float, nz: float, pattern: Floats, u: float, v: float,
            depth: float) -> tuple[float, float, float]:  # fmt: skip
    """The normal, tilted by the pattern's slope: wrinkles and quilting finer than the mesh."""
    e = 1.0 / 256
    here = _pattern_at(pattern, u, v)
    du, dv = (_pattern_at(pattern, u + e, v) - here) * depth, (_pattern_at(pattern, u, v + e) - here) * depth
    if abs(nz) > 0.5:
        nx, ny = nx - du, ny - dv
    elif abs(nx) > abs(ny):
        ny, nz = ny - du, nz - dv
    else:
        nx, nz = nx - du, nz - dv
    size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    return nx / size, ny / size, nz / size


@kernel
def _shade(
    nearness: Floats, normal: Floats, uv: Floats, material: Bytes, table: Floats, patterns: Floats, rotation:
    Floats, focal: float, infrared: float, beam: float, ambient: float, direction: Floats, sun: float, sunny:
    Floats, lamplight: Floats, window: float, picture: Floats,
) -> None:  # fmt: skip
    height, width = nearness.shape
    shaped, lamp_on = sunny.shape[0] > 1, lamplight.shape[0] > 1
    for y in range(height):
        for x in range(width):
            if material[y, x] == NOTHING:
                picture[y, x] = 0.02 * ambient
                continue
            row = table[material[y, x]]
            dx, dy = (x - width * 0.5) / focal, (y - height * 0.5) / focal
            length = math.sqrt(1 + dx * dx + dy * dy)
            rx = (rotation[0, 0] * dx + rotation[1, 0] * dy + rotation[2, 0]) / length
            ry = (rotation[0, 1] * dx + rotation[1, 1] * dy + rotation[2, 1]) / length
            rz = (rotation[0, 2] * dx + rotation[1, 2] * dy + rotation[2, 2]) / length
            distance = length / nearness[y, x]
            nx, ny, nz = normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]
            u, v = uv[y, x, 0], uv[y, x, 1]
            if row[6] > 0:
                nx, ny, nz = _bumped(nx, ny, nz, patterns[int(row[4])], u * row[5], v * row[5], row[6])
            facing = -(nx * rx + ny * ry + nz * rz)
            if facing < 0:
                nx, ny, nz, facing = -nx, -ny, -nz, -facing
            albedo = row[0]
            if row[3] > 0:
                albedo *= 1 + 2 * row[3] * (_pattern_at(patterns[int(row[1])], u * row[2], v * row[2]) - 0.5)
            lit = (
                infrared * (facing + row[7] * (1 - facing) ** 3) / (distance * distance + 0.05) / length**beam
            )
            lit += ambient * (0.6 + 0.4 * nz)
            sunlit = sun * max(0.0, -(nx * direction[0] + ny * direction[1] + nz * direction[2]))
            lit += sunlit * sunny[y, x] if shaped else sunlit
            if lamp_on:
                lit += lamplight[y, x]
            picture[y, x] = max(albedo, 0.02) * lit
            if material[y, x] == _WINDOW:
                picture[y, x] += window
