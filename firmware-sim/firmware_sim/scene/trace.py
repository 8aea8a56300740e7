"""Casts rays at a body: the soft union of its capsules, as the camera sees it and as bedding rests on it."""

# Compiled loops take arrays one by one: Numba knows no structs that cost nothing.
# ruff: noqa: PLR0913, PLR0917

import math

import numpy as np

from firmware_sim.scene.body import Body
from firmware_sim.scene.camera import Camera
from firmware_sim.scene.kernel import Bytes, Floats, Indices, floats, kernel
from firmware_sim.scene.raster import Buffer

BLEND = 0.045
_FAR = 1e3
_NEAREST = 0.05


def draw_body(buffer: Buffer, camera: Camera, body: Body, skin: int) -> None:
    """Draws the body; its parts take the materials from `skin` on."""
    reach = max(float(body.start_radii.max()), float(body.end_radii.max())) + BLEND
    joints = np.concatenate([body.starts, body.ends])
    _, depths = camera.project(joints)
    if depths.max() < _NEAREST:
        return
    low, high = joints.min(0) - reach, joints.max(0) + reach
    hull = floats([np.where(corner, low, high) for corner in np.ndindex(2, 2, 2)])
    pixels, near = camera.project(hull)
    if near.min() < _NEAREST:
        window = (0, camera.width, 0, camera.height)
    else:
        (x0, y0), (x1, y1) = pixels.min(0), pixels.max(0)
        window = (
            max(0, int(x0)),
            min(camera.width, int(x1) + 2),
            max(0, int(y0)),
            min(camera.height, int(y1) + 2),
        )
    _cast_at_pixels(body.starts, body.ends, body.start_radii, body.end_radii, body.parts, skin, camera.rotation,
                    camera.position, camera.focal, window, buffer.nearness, buffer.normal, buffer.uv,
                    buffer.material)  # fmt: skip


def body_top(body: Body, x0: float, y0: float, cell: float, shape: tuple[int, int], ceiling: float) -> Floats:
    """Height of the body's upper side over a grid of cells, -1 where there is no body.

    ceiling: what rises above it counts as being so high, as a duvet slides off a sitting person's back.
    """
    top = np.full(shape, -1.0, np.float32)
    _cast_down(body.starts, body.ends, body.start_radii, body.end_radii, x0, y0, cell, ceiling, top)
    return top


@kernel
def _distance(starts: Floats, ends: Floats, start_radii: Floats, end_radii: Floats, chosen: Indices, count: int,
              x: float, y: float, z: float) -> tuple[float, int]:  # fmt: skip
    """Signed distance to the soft union of the chosen capsules, and the nearest of them."""
    union, nearest, which = _FAR, _FAR, 0
    for i in range(count):
        p = chosen[i]
        ax, ay, az = starts[p, 0], starts[p, 1], starts[p, 2]
        dx, dy, dz = ends[p, 0] - ax, ends[p, 1] - ay, ends[p, 2] - az
        share = ((x - ax) * dx + (y - ay) * dy + (z - az) * dz) / (dx * dx + dy * dy + dz * dz + 1e-9)
        share = min(1.0, max(0.0, share))
        ex, ey, ez = x - ax - share * dx, y - ay - share * dy, z - az - share * dz
        d = math.sqrt(ex * ex + ey * ey + ez * ez) - (
            start_radii[p] + share * (end_radii[p] - start_radii[p])
        )
        if d < nearest:
            nearest, which = d, p
        overlap = max(BLEND - abs(union - d), 0.0) / BLEND
        union = min(union, d) - overlap * overlap * BLEND * 0.25
    return union, which


@kernel
def _choose(starts: Floats, ends: Floats, start_radii: Floats, end_radii: Floats, position: Floats,
            rx: float, ry: float, rz: float, chosen: Indices) -> tuple[int, float, float]:  # fmt: skip
    """The capsules that a ray can touch: their count, and where along the ray they begin and end."""
    count, first, last = 0, _FAR, 0.0
    for p in range(starts.shape[0]):
        cx = (starts[p, 0] + ends[p, 0]) * 0.5 - position[0]
        cy = (starts[p, 1] + ends[p, 1]) * 0.5 - position[1]
        cz = (starts[p, 2] + ends[p, 2]) * 0.5 - position[2]
        lx, ly, lz = ends[p, 0] - starts[p, 0], ends[p, 1] - starts[p, 1], ends[p, 2] - starts[p, 2]
        radius = 0.5 * math.sqrt(lx * lx + ly * ly + lz * lz) + max(start_radii[p], end_radii[p]) + BLEND
        along = cx * rx + cy * ry + cz * rz
        aside = cx * cx + cy * cy + cz * cz - along * along
        if aside < radius * radius:
            half = math.sqrt(radius * radius - aside)
            chosen[count] = p
            count += 1
            first, last = min(first, along - half), max(last, along + half)
    return count, first, last


@kernel
def _cast_at_pixels(
    starts: Floats, ends: Floats, start_radii: Floats, end_radii: Floats, parts: Bytes, skin: int, rotation: Floats,
    position: Floats, focal: float, window: tuple[int, int, int, int], nearness: Floats, normal: Floats, uv: Floats,
    material: Bytes,
) -> None:  # fmt: skip
    height, width = nearness.shape
    chosen = np.empty(starts.shape[0], np.int32)
    for py in range(window[2], window[3]):
        for px in range(window[0], window[1]):
            dx, dy = (px - width * 0.5) / focal, (py - height * 0.5) / focal
            length = math.sqrt(dx * dx + dy * dy + 1.0)
            rx = (rotation[0, 0] * dx + rotation[1, 0] * dy + rotation[2, 0]) / length
            ry = (rotation[0, 1] * dx + rotation[1, 1] * dy + rotation[2, 1]) / length
            rz = (rotation[0, 2] * dx + rotation[1, 2] * dy + rotation[2, 2]) / length
            count, t, last = _choose(starts, ends, start_radii, end_radii, position, rx, ry, rz, chosen)
            if count == 0:
                continue
            t = max(t, _NEAREST)
            hidden = length / nearness[py, px] if nearness[py, px] > 0 else _FAR
            last = min(last, hidden)
            for _ in range(48):
                x, y, z = position[0] + t * rx, position[1] + t * ry, position[2] + t * rz
                d, which = _distance(starts, ends, start_radii, end_radii, chosen, count, x, y, z)
                if d < 0.0015 or t > last:
                    break
                t += d
            if d >= 0.004 or t >= last:
                continue
            e = 0.004
            nx = _distance(starts, ends, start_radii, end_radii, chosen, count, x + e, y, z)[0] - d
            ny = _distance(starts, ends, start_radii, end_radii, chosen, count, x, y + e, z)[0] - d
            nz = _distance(starts, ends, start_radii, end_radii, chosen, count, x, y, z + e)[0] - d
            size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            normal[py, px, 0], normal[py, px, 1], normal[py, px, 2] = nx / size, ny / size, nz / size
            nearness[py, px] = length / t
            uv[py, px, 0], uv[py, px, 1] = x + 0.7 * z, y + 0.7 * z
            material[py, px] = skin + parts[which]


@kernel
def _cast_down(starts: Floats, ends: Floats, start_radii: Floats, end_radii: Floats, x0: float, y0: float,
               cell: float, ceiling: float, top: Floats) -> None:  # fmt: skip
    chosen = np.empty(starts.shape[0], np.int32)
    position = np.empty(3, np.float32)
    for i in range(top.shape[0]):
        for j in range(top.shape[1]):
            position[0], position[1], position[2] = x0 + i * cell, y0 + j * cell, 3.0
            count, t, last = _choose(starts, ends, start_radii, end_radii, position, 0.0, 0.0, -1.0, chosen)
            if count == 0:
                continue
            d = _FAR
            for _ in range(48):
                d, _which = _distance(
                    starts, ends, start_radii, end_radii, chosen, count, position[0], position[1], 3.0 - t
                )
                if d < 0.0015 or t > last:
                    break
                t += d
            if d < 0.004:
                top[i, j] = min(3.0 - t, ceiling)
