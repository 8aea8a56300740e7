"""Where the person is in a picture: what shows, the whole body under the bedding, and the head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_sim.scene.body import Body, Part
from firmware_sim.scene.camera import Camera
from firmware_sim.scene.materials import Material
from firmware_sim.scene.raster import NOTHING, Buffer
from firmware_sim.scene.states import Scene
from firmware_sim.scene.trace import draw_body

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Masks:
    """Each (h, w). person: what shows of whoever is in the bed; body: all of them, also what bedding or
    somebody in front hides; head: all of the head, hidden or not; other: what shows of anybody else.
    """

    person: Mask
    body: Mask
    head: Mask
    other: Mask


def masks(scene: Scene, camera: Camera, buffer: Buffer) -> Masks:
    """The masks of a picture. buffer: what `Home.view` returned for this scene and camera."""
    sleepers = [body for body, skin in scene.bodies if skin == Material.SKIN]
    return Masks(
        person=_of_skin(buffer, Material.SKIN),
        body=_silhouette(camera, sleepers),
        head=_silhouette(camera, [body.head() for body in sleepers]),
        other=_of_skin(buffer, Material.OTHER_SKIN),
    )


def _of_skin(buffer: Buffer, skin: Material) -> Mask:
    return np.asarray((buffer.material >= skin) & (buffer.material <= skin + max(Part)), bool)


def _silhouette(camera: Camera, bodies: list[Body]) -> Mask:
    alone = Buffer.blank(camera)
    for body in bodies:
        draw_body(alone, camera, body, Material.SKIN)
    return np.asarray(alone.material != NOTHING, bool)
