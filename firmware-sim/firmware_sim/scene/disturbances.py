"""What else moves or flickers in a bedroom at night, frame by frame: `disturb("curtain", rng, stage, scene, 30)`.

A film is rendered from two pictures or a few; what disturbs it is worked into its frames in picture space, from the
depth and the materials of one rendering, which takes about a millisecond a frame. The same seed disturbs alike.
"""

from collections.abc import Callable

import numpy as np

from firmware_sim.scene import disturbed_camera as camera
from firmware_sim.scene import disturbed_light as light
from firmware_sim.scene import visitors
from firmware_sim.scene.disturbance import Disturbance
from firmware_sim.scene.film import Stage
from firmware_sim.scene.states import Scene

Drawn = Callable[[np.random.Generator, Stage, Scene, float], Disturbance]

KINDS: dict[str, Drawn] = {
    "fan": visitors.fan, "curtain": light.curtain, "tv": light.television, "car": light.car,
    "cat_asleep": visitors.cat_asleep, "cat_walking": visitors.cat_walking,
    "bystander": visitors.bystander, "walker": visitors.walker,
    "gain_hunting": camera.gain_hunting, "lorry": camera.lorry, "washing_machine": camera.washing_machine,
    "mains": camera.mains, "jpeg_steps": camera.jpeg_steps, "codec": camera.codec, "repeats": camera.repeats,
    "filter_switch": camera.filter_switch,
}  # fmt: skip
"""fan: its blades, and bedding that flutters in its draught; curtain: sways in a draught of 0.1-0.5 Hz, and the
moonlight with it over wall and bed; tv: its light; car: head-lights pass; cat_asleep: breathes on the bed;
cat_walking: over the bed; bystander: stands, sways and breathes beside the bed; walker: walks past it;
gain_hunting: exposure swings; lorry, washing_machine: the camera shakes; mains: bands of a lamp's beat roll;
jpeg_steps: the camera changes its compression; codec: noise as H.264 leaves it; repeats: frames that never come,
the one before in their place; filter_switch: the infrared filter moves, once."""


def disturb(kind: str, rng: np.random.Generator, stage: Stage, scene: Scene, seconds: float) -> Disturbance:
    """A disturbance of a film of this scene. Raises KeyError with the known kinds if there is none of that name."""
    if kind not in KINDS:
        raise KeyError(f"nothing that disturbs is called {kind!r}; known: {', '.join(sorted(KINDS))}")
    return KINDS[kind](rng, stage, scene, seconds)
