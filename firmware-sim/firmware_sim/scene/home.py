"""A home: its room, bed, furniture and materials, drawn from a seed, and pictures of it."""

from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.scene.camera import Camera
from firmware_sim.scene.furnishing import furnishing
from firmware_sim.scene.kernel import Floats
from firmware_sim.scene.light import Light, shade
from firmware_sim.scene.materials import draw_materials
from firmware_sim.scene.raster import Buffer
from firmware_sim.scene.room import Bed, Room, draw_room, furnish
from firmware_sim.scene.shapes import Mesh
from firmware_sim.scene.states import Scene
from firmware_sim.scene.trace import draw_body


@dataclass(frozen=True)
class Home:
    """room, what stands in it, and what everything is made of (materials, properties)."""

    room: Room
    furniture: list[Mesh]
    materials: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Home":
        """A home; the same from the same seed."""
        room = draw_room(rng)
        near_the_bed, materials = furnish(rng, room), draw_materials(rng)
        return cls(room, [*near_the_bed, *furnishing(rng.spawn(1)[0], room)], materials)

    @property
    def bed(self) -> Bed:
        """The bed in the room."""
        return self.room.bed

    def repainted(self, materials: Floats) -> "Home":
        """The same home in other colours and cloths."""
        return replace(self, materials=materials)

    def backdrop(self, camera: Camera) -> Buffer:
        """What always is in the picture."""
        buffer = Buffer.blank(camera)
        buffer.draw(camera, self.furniture)
        return buffer

    def view(
        self, scene: Scene, camera: Camera, backdrop: Buffer | None = None, breath: float = 0.0
    ) -> Buffer:
        """The scene as the camera sees it, before any light. breath: millimetres that the chest is raised."""
        buffer = (backdrop or self.backdrop(camera)).copy()
        buffer.draw(camera, scene.all_meshes(breath))
        for body, skin in scene.bodies:
            draw_body(buffer, camera, body, skin)
        return buffer

    def light(self, scene: Scene, camera: Camera, light: Light, backdrop: Buffer | None = None,
              breath: float = 0.0) -> Floats:  # fmt: skip
        """Linear brightness (h, w) of the scene."""
        return shade(self.view(scene, camera, backdrop, breath), self.materials, camera, light)
