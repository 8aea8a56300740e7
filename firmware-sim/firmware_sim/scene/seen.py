"""One scene as what disturbs it must know it: where each pixel lies in the room, what more light would add."""

from dataclasses import replace

import numpy as np

from firmware_sim.scene.film import Stage
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.light import Light, shade
from firmware_sim.scene.raster import Buffer
from firmware_sim.scene.states import Scene


class Seen:
    """One scene before the camera: its buffer, and light on it, without noise and at the stage's exposure."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self.stage = stage
        self.buffer: Buffer = stage.home.view(scene, stage.camera)
        self.linear = self._lit(stage.light)
        self.picture = stage.sensor.develop(self.linear, stage.gain)

    def places(self) -> Floats:
        """Where in the room each pixel lies, metres (h, w, 3)."""
        camera = self.stage.camera
        y, x = np.mgrid[0 : camera.height, 0 : camera.width]
        ahead = np.stack([(x - camera.width / 2) / camera.focal, (y - camera.height / 2) / camera.focal,
                          np.ones(x.shape)], -1)  # fmt: skip
        depth = 1 / np.maximum(self.buffer.nearness, 0.05)
        return floats(ahead * depth[..., None] @ camera.rotation + camera.position)

    def more_light(self, direction: Floats, share: float, everywhere: float = 0.0) -> Floats:
        """What light from `direction` (3,) adds to the picture, grey levels; share: of the brightness there is;
        everywhere: how much of it comes back from the walls.
        """
        way = direction / np.linalg.norm(direction)
        light = Light("dim", 0.0, 1.0, everywhere, 1.0, (float(way[0]), float(way[1]), float(way[2])), 0.0)
        extra = self._lit(light)
        extra = extra * np.float32(share * self.linear.mean() / (extra.mean() + 1e-9))
        brighter = self.stage.sensor.develop(floats(self.linear + extra), self.stage.gain)
        return floats(brighter - self.picture)

    def with_more(self, more: Scene) -> "Seen":
        """The same stage with another scene before it."""
        return Seen(self.stage, more)

    def _lit(self, light: Light) -> Floats:
        return shade(self.buffer, self.stage.home.materials, self.stage.camera, light)


def joined_by(scene: Scene, guest: Scene) -> Scene:
    """The scene with the guest's bodies and meshes in it as well."""
    return replace(scene, bodies=[*scene.bodies, *guest.bodies], meshes=[*scene.meshes, *guest.meshes])
