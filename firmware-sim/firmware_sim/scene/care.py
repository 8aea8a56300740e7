"""The head end and the knees of a care bed, raised: everything on the mattress bends with it."""

from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.scene.body import Body
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.materials import Material
from firmware_sim.scene.room import Bed
from firmware_sim.scene.shapes import Mesh, sheet, vertex_normals

_STEP = 0.01
_SOFT = 0.12


@dataclass(frozen=True)
class Bend:
    """hinge: y of the line about which the back rises by `back` radians; knee: y of the ridge under the
    knees, whose slopes are `rise` radians.
    """

    bed: Bed
    hinge: float
    back: float
    knee: float
    rise: float

    @classmethod
    def draw(cls, rng: np.random.Generator, bed: Bed) -> "Bend | None":
        """As often as beds of this kind are raised."""
        if rng.random() > (0.55 if bed.care else 0.03):
            return None
        hinge = rng.uniform(0.48, 0.58) * bed.length
        rise = rng.uniform(0.08, 0.4) if rng.random() < 0.4 else 0.0
        return cls(bed, hinge, rng.uniform(0.12, 0.95), hinge - rng.uniform(0.35, 0.5), rise)

    def of(self, points: Floats) -> Floats:
        """Points (…, 3) above the flat mattress, where the raised one takes them."""
        along, tilt, y, z = self._profile()
        above = points[..., 2] - self.bed.top
        turn = np.interp(points[..., 1], along, tilt) * np.clip(1 + (above + 0.15) / 0.3, 0, 1)
        bent = np.array(points, np.float32)
        bent[..., 1] = np.interp(points[..., 1], along, y) - above * np.sin(turn)
        bent[..., 2] = np.maximum(
            0.01, self.bed.top + np.interp(points[..., 1], along, z) + above * np.cos(turn)
        )
        return floats(bent)

    def of_mesh(self, mesh: Mesh) -> Mesh:
        """A mesh on the bed, raised with it."""
        vertices = self.of(mesh.vertices)
        return replace(mesh, vertices=vertices, normals=vertex_normals(vertices, mesh.faces))

    def of_body(self, body: Body) -> Body:
        """Somebody lying on the bed, raised with it."""
        return replace(body, starts=self.of(body.starts), ends=self.of(body.ends))

    def mattress(self) -> list[Mesh]:
        """The raised mattress, on top of the flat one, and what closes the gap at its sides."""
        bed, n = self.bed, 40
        x, y = np.meshgrid(np.linspace(0, bed.width, 12), np.linspace(0, bed.length, n), indexing="ij")
        top = self.of(floats(np.stack([x, y, np.full_like(x, bed.top + 0.004)], -1)))
        meshes = [sheet(top, Material.MATTRESS)]
        for edge in (top[0], top[-1], top[:, -1]):
            below = edge - floats([0, 0, bed.thickness])
            floor = np.minimum(below, floats([np.inf, np.inf, bed.top]))
            meshes.append(sheet(floats(np.stack([edge, below])), Material.MATTRESS))
            meshes.append(sheet(floats(np.stack([below, floor])), Material.FRAME))
        return meshes

    def _profile(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Along the mattress: its tilt, and where in y and how high above the frame it is."""
        along = np.arange(-1.5, self.bed.length + 1.5, _STEP)

        def past(y: float) -> Floats:
            return floats(np.clip((along - y) / _SOFT + 0.5, 0, 1))

        foot, falls = 0.1, self.hinge - self.knee
        down = self.rise * (self.knee - foot) / falls
        tilt = self.rise * (past(foot) - past(self.knee)) - down * (past(self.knee) - past(self.hinge))
        tilt = tilt + self.back * past(self.hinge)
        y, z = np.cumsum(np.cos(tilt)) * _STEP, np.cumsum(np.sin(tilt)) * _STEP
        at_hinge = int(np.argmin(np.abs(along - self.hinge + _SOFT / 2)))
        return floats(along), floats(tilt), floats(y - y[at_hinge] + along[at_hinge]), floats(z - z[at_hinge])
