"""Draws triangle meshes into a buffer of depth, normal, cloth coordinate and material per pixel."""

# Compiled loops take arrays one by one: Numba knows no structs that cost nothing.
# ruff: noqa: PLR0913, PLR0917

import math
from dataclasses import dataclass

import numpy as np

from firmware_sim.scene.camera import Camera
from firmware_sim.scene.kernel import Bytes, Floats, Indices, kernel
from firmware_sim.scene.shapes import Mesh

NOTHING = 255


@dataclass(frozen=True)
class Buffer:
    """What the camera sees. nearness: 1/depth, 0 where nothing is (h, w); normal (h, w, 3); uv (h, w, 2)."""

    nearness: Floats
    normal: Floats
    uv: Floats
    material: Bytes

    @classmethod
    def blank(cls, camera: Camera) -> "Buffer":
        """A buffer of the camera's size in which nothing has been drawn."""
        shape = (camera.height, camera.width)
        return cls(np.zeros(shape, np.float32), np.zeros((*shape, 3), np.float32),
                   np.zeros((*shape, 2), np.float32), np.full(shape, NOTHING, np.uint8))  # fmt: skip

    def copy(self) -> "Buffer":
        """A buffer to draw on further, leaving this one as it is."""
        return Buffer(self.nearness.copy(), self.normal.copy(), self.uv.copy(), self.material.copy())

    def draw(self, camera: Camera, meshes: list[Mesh]) -> None:
        """Draws the meshes; what is nearer hides what is behind it."""
        for mesh in meshes:
            _draw_triangles(mesh.vertices, mesh.normals, mesh.uv, mesh.faces, mesh.material, camera.rotation,
                            camera.position, camera.focal, self.nearness, self.normal, self.uv,
                            self.material)  # fmt: skip


@kernel
def _project(
    vertices: Floats, rotation: Floats, position: Floats, focal: float, width: int, height: int
) -> Floats:
    """(n, 3): pixel x, pixel y, depth."""
    seen = np.empty_like(vertices)
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0] - position[0], vertices[i, 1] - position[1], vertices[i, 2] - position[2]
        depth = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
        seen[i, 2] = depth
        if depth > 0.05:
            seen[i, 0] = (
                focal * (rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z) / depth + width * 0.5
            )
            seen[i, 1] = (
                focal * (rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z) / depth + height * 0.5
            )
    return seen


@kernel
def _draw_triangles(
    vertices: Floats, normals: Floats, cloth: Floats, faces: Indices, stuff: int, rotation: Floats,
    position: Floats, focal: float, nearness: Floats, normal: Floats, uv: Floats, material: Bytes,
) -> None:  # fmt: skip
    height, width = nearness.shape
    seen = _project(vertices, rotation, position, focal, width, height)
    for t in range(faces.shape[0]):
        a, b, c = faces[t]
        if seen[a, 2] < 0.06 or seen[b, 2] < 0.06 or seen[c, 2] < 0.06:
            continue
        x0, y0, x1, y1, x2, y2 = seen[a, 0], seen[a, 1], seen[b, 0], seen[b, 1], seen[c, 0], seen[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, math.ceil(min(x0, x1, x2))), min(width - 1, math.floor(max(x0, x1, x2)))
        top, bottom = max(0, math.ceil(min(y0, y1, y2))), min(height - 1, math.floor(max(y0, y1, y2)))
        na, nb, nc = 1.0 / seen[a, 2], 1.0 / seen[b, 2], 1.0 / seen[c, 2]
        for py in range(top, bottom + 1):
            for px in range(left, right + 1):
                wa = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
                wb = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
                wc = 1.0 - wa - wb
                if wa < -1e-5 or wb < -1e-5 or wc < -1e-5:
                    continue
                near = wa * na + wb * nb + wc * nc
                if near <= nearness[py, px]:
                    continue
                nearness[py, px] = near
                material[py, px] = stuff
                pa, pb, pc = wa * na / near, wb * nb / near, wc * nc / near
                for q in range(3):
                    normal[py, px, q] = pa * normals[a, q] + pb * normals[b, q] + pc * normals[c, q]
                for q in range(2):
                    uv[py, px, q] = pa * cloth[a, q] + pb * cloth[b, q] + pc * cloth[c, q]
