"""Meshes of simple things: planes, boxes, tubes, cushions. Metres; z points up."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from firmware_sim.scene.kernel import Floats, Indices, floats, kernel
from firmware_sim.scene.noise import smooth_noise


@dataclass(frozen=True)
class Mesh:
    """Triangles of one material. vertices and normals (n, 3), faces (m, 3), uv (n, 2) in metres of cloth."""

    vertices: Floats
    faces: Indices
    uv: Floats
    normals: Floats
    material: int


def sheet(points: Floats, material: int, uv: Floats | None = None) -> Mesh:
    """A mesh over a grid of points (n, m, 3)."""
    rows, columns = points.shape[:2]
    vertices = floats(points.reshape(-1, 3))
    faces = _grid_faces(rows, columns)
    if uv is None:
        uv = vertices[:, :2] + 0.7 * vertices[:, 2:3]
    return Mesh(vertices, faces, floats(uv.reshape(-1, 2)), vertex_normals(vertices, faces), material)


def plane(origin: tuple[float, float, float], u: tuple[float, float, float], v: tuple[float, float, float],
          material: int, step: float = 0.3) -> Mesh:  # fmt: skip
    """The parallelogram spanned by u and v, cut into cells of about `step` metres (the rasteriser drops
    triangles that reach behind the camera, so large ones would leave holes).
    """
    o, a, b = floats(origin), floats(u), floats(v)
    across, along = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    s = np.linspace(0, 1, max(2, int(across / step) + 1), dtype=np.float32)
    t = np.linspace(0, 1, max(2, int(along / step) + 1), dtype=np.float32)
    grid_s, grid_t = np.meshgrid(s, t, indexing="ij")
    points = o + grid_s[..., None] * a + grid_t[..., None] * b
    return sheet(floats(points), material, floats(np.stack([grid_s * across, grid_t * along], -1)))


def box(centre: tuple[float, float, float], half: tuple[float, float, float], material: int,
        yaw: float = 0.0) -> list[Mesh]:  # fmt: skip
    """The six sides of a box turned by `yaw` about the vertical."""
    turn, sides = turned(yaw), []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            out, a, b = np.zeros(3), np.zeros(3), np.zeros(3)
            out[axis] = sign * half[axis]
            a[(axis + 1) % 3], b[(axis + 2) % 3] = 2 * half[(axis + 1) % 3], 2 * half[(axis + 2) % 3]
            origin = np.asarray(centre) + turn @ (out - a / 2 - b / 2)
            sides.append(plane(tuple(origin), tuple(turn @ a), tuple(turn @ b), material, 0.4))
    return sides


def tube(path: list[tuple[float, float, float]], radius: float, material: int, sides: int = 8) -> list[Mesh]:
    """A tube along a path of points."""
    angles = np.linspace(0, 2 * np.pi, sides + 1)
    pieces = []
    for start, end in pairwise(path):
        a, b = np.asarray(start, float), np.asarray(end, float)
        along = (b - a) / (np.linalg.norm(b - a) + 1e-9)
        other = np.array([0, 0, 1.0]) if abs(along[2]) < 0.9 else np.array([1.0, 0, 0])
        u = np.cross(along, other)
        u /= np.linalg.norm(u)
        ring = radius * (np.cos(angles)[:, None] * u + np.sin(angles)[:, None] * np.cross(along, u))
        pieces.append(sheet(floats(np.stack([a + ring, b + ring], 1)), material))
    return pieces


def cushion(rng: np.random.Generator, centre: tuple[float, float, float], half: tuple[float, float, float],
            material: int, squareness: float, yaw: float) -> Mesh:  # fmt: skip
    """A dented super-ellipsoid: a bag, a cushion, a heap of something."""
    n = 20
    polar, around = np.meshgrid(
        np.linspace(-np.pi / 2, np.pi / 2, n), np.linspace(-np.pi, np.pi, 2 * n), indexing="ij"
    )

    def rounded(w: Floats) -> Floats:
        return floats(np.sign(w) * np.abs(w) ** (2 / squareness))

    c = rounded(floats(np.cos(polar)))
    points = np.stack([c * rounded(floats(np.cos(around))), c * rounded(floats(np.sin(around))),
                       rounded(floats(np.sin(polar)))], -1)  # fmt: skip
    dents = smooth_noise(rng, n, 2 * n, 5)
    dents[:, -1] = dents[:, 0]
    points = points * np.asarray(half) * (1 + 0.06 * dents)[..., None]
    return sheet(floats(points @ turned(yaw).T + np.asarray(centre)), material)


def turned(yaw: float) -> Floats:
    """Rotation about the vertical, (3, 3)."""
    c, s = math.cos(yaw), math.sin(yaw)
    return floats([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _grid_faces(rows: int, columns: int) -> Indices:
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = [np.stack([x.ravel() for x in t], 1) for t in ((a, b, c), (a, c, d))]
    return np.ascontiguousarray(np.concatenate(triangles), dtype=np.int32)


@kernel
def vertex_normals(vertices: Floats, faces: Indices) -> Floats:
    """Unit normals, each the mean of its faces' normals weighted by area."""
    normals = np.zeros_like(vertices)
    for t in range(faces.shape[0]):
        a, b, c = faces[t]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        wx, wy, wz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(normals.shape[0]):
        length = math.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + 1e-12
        normals[i] /= length
    return normals
