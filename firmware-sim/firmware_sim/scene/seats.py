"""Chairs, with and without wheels."""

import math

import numpy as np

from firmware_sim.scene.materials import Material
from firmware_sim.scene.shapes import Mesh, box, tube


def chair(x: float, y: float, yaw: float) -> list[Mesh]:
    """A plain chair; its back is towards -y when yaw is 0."""

    def at(across: float, along: float) -> tuple[float, float]:
        return (
            x + across * math.cos(yaw) - along * math.sin(yaw),
            y + across * math.sin(yaw) + along * math.cos(yaw),
        )

    meshes = box((x, y, 0.45), (0.21, 0.21, 0.025), Material.WOOD, yaw)
    meshes += box((*at(0, -0.2), 0.72), (0.2, 0.02, 0.2), Material.WOOD, yaw)
    for across in (-0.19, 0.19):
        for along, top in ((-0.19, 0.9), (0.19, 0.45)):
            foot = at(across, along)
            meshes += tube([(*foot, 0.0), (*foot, top)], 0.016, Material.METAL)
    return meshes


def wheelchair(x: float, y: float, yaw: float) -> list[Mesh]:
    """A wheelchair, its back towards -y when yaw is 0."""

    def at(across: float, along: float, z: float) -> tuple[float, float, float]:
        c, s = math.cos(yaw), math.sin(yaw)
        return (x + across * c - along * s, y + across * s + along * c, z)

    meshes = box(at(0, 0, 0.47), (0.22, 0.21, 0.02), Material.BAG, yaw)
    meshes += box(at(0, -0.22, 0.7), (0.21, 0.015, 0.22), Material.BAG, yaw)
    for side in (-0.27, 0.27):
        ring = [
            at(side, -0.08 + 0.29 * math.cos(a), 0.3 + 0.29 * math.sin(a)) for a in np.linspace(0, 6.2832, 15)
        ]
        meshes += tube(ring, 0.016, Material.METAL, 5)
        meshes += tube([at(side, -0.3, 0.95), at(side, -0.22, 0.7), at(side, 0.2, 0.68), at(side, 0.24, 0.1)],
                       0.014, Material.METAL, 6)  # fmt: skip
    return meshes
