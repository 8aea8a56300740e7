"""What people do: get up and leave, lie down, turn over. Each act is a list of scenes, ten a second."""

import math
from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.scene import postures
from firmware_sim.scene.bedding import CELL, Duvet, Laid, Lift, Surface, pillow
from firmware_sim.scene.body import Body, Build, Pose, pose_body
from firmware_sim.scene.materials import Material
from firmware_sim.scene.room import Bed
from firmware_sim.scene.shapes import Mesh
from firmware_sim.scene.states import REACH, Scene
from firmware_sim.scene.trace import body_top

_STEPS_A_FRAME = 4
_FRAMES_A_SECOND = 10


@dataclass
class Sleeper:
    """Somebody in a bed: the body, the duvet over it, and what both lie on."""

    bed: Bed
    build: Build
    pose: Pose
    pillows: list[Mesh]
    below: Surface
    duvet: Laid
    posture: str

    @classmethod
    def put_to_bed(cls, seed: int, bed: Bed, build: Build, posture: str, tucked: float = 0.0) -> "Sleeper":
        """Lying under the duvet, its edge `tucked` metres above the shoulders."""
        rng = np.random.default_rng(seed)
        below = Surface.of(bed)
        mesh, height = pillow(rng, below, bed.width / 2, bed.length - 0.26, rng.normal(0, 0.08))
        pose = postures.lying(rng, bed, build, posture, height)
        pose = replace(pose, pelvis=np.array([bed.width / 2, *pose.pelvis[1:]]))
        surface = _raised(below, bed, pose_body(build, pose))
        edge = float(pose.pelvis[1]) + 0.3 * build.height + tucked
        duvet = Duvet((bed.width + 0.55, 1.8), edge, 0.03, True, crumpled=0.4)
        laid = Laid(rng, surface, duvet)
        laid.settle(surface, 40)
        laid.tuck_in(0.02)
        return cls(bed, build, pose, [mesh], below, laid, posture)

    @property
    def chest(self) -> Lift:
        """Where breath shows."""
        return Lift(float(self.pose.pelvis[0]), float(self.pose.pelvis[1]) + 0.22 * self.build.height, 0.0)

    def lies(self) -> Scene:
        """As it is now."""
        scene = self._scene(pose_body(self.build, self.pose), True, f"covered_{self.posture}")
        scene.chest = self.chest
        return scene

    def turns_over(self, seed: int, posture: str) -> list[Scene]:
        """From the present posture to another, within three seconds."""
        before = pose_body(self.build, self.pose)
        after = replace(
            postures.lying(np.random.default_rng(seed), self.bed, self.build, posture, self.pose.pillow),
            pelvis=self.pose.pelvis,
        )
        scenes = [
            self._moves(body, "turning_over") for body in _blend(before, pose_body(self.build, after), 3.0)
        ]
        self.pose, self.posture = after, posture
        return [*scenes, self.lies()]

    def gets_up(self, side: int, door: tuple[float, float]) -> list[Scene]:
        """Throws the duvet back, sits up, sits on the edge, stands and walks to the door (x, y)."""
        bodies = [pose_body(self.build, pose) for pose in _rising(self.pose, self.bed, self.build, side)]
        scenes = self._throws_back(bodies[0], 1.6)
        told = ["sitting_up", "sitting_up", "on_edge", "on_edge", "standing_up"]
        for start, end, detail in zip(bodies[:-1], bodies[1:], told, strict=True):
            occupied = detail != "standing_up"
            scenes += [self._moves(body, detail, occupied) for body in _blend(start, end, 1.3)]
        for body in self._walk(side, door):
            scenes.append(self._scene(body, False, "walking_away"))
        return scenes

    def left_behind(self) -> Scene:
        """The bed without its sleeper, as it has been left."""
        return Scene(False, "left_messy", [*self.pillows, self.duvet.mesh()])

    def _throws_back(self, body: Body, seconds: float) -> list[Scene]:
        frames = round(seconds * _FRAMES_A_SECOND)
        surface = _raised(self.below, self.bed, body)
        reach, rise, scenes = 0.9, 0.5, []
        for i in range(frames):
            share = (i + 0.5) / frames
            up = rise * math.pi * math.cos(math.pi * share) / frames
            self.duvet.pull(6, (0.0, -reach * 0.5 * math.pi * math.sin(math.pi * share) / frames, up))
            self.duvet.settle(surface, _STEPS_A_FRAME)
            scenes.append(self._scene(body, True, "throwing_the_duvet_back"))
        return scenes

    def _walk(self, side: int, door: tuple[float, float]) -> list[Body]:
        start = _beside(self.pose, self.bed, side)
        way = np.array(door) - start
        frames = max(5, round(float(np.linalg.norm(way)) / 0.9 * _FRAMES_A_SECOND))
        facing = np.array([*way / np.linalg.norm(way), 0.0])
        bodies = []
        for i in range(frames):
            stride = 0.45 * math.sin(2 * math.pi * 0.9 * i / _FRAMES_A_SECOND)
            spot = start + way * (i + 1) / frames
            bodies.append(pose_body(self.build, postures.upright(spot, facing, self.build, 0.08, stride)))
        return bodies

    def _moves(self, body: Body, detail: str, occupied: bool = True) -> Scene:
        self.duvet.settle(_raised(self.below, self.bed, body), _STEPS_A_FRAME)
        return self._scene(body, occupied, detail)

    def _scene(self, body: Body, occupied: bool, detail: str) -> Scene:
        cloths = [self.duvet] if detail.startswith("covered") else []
        meshes = self.pillows if cloths else [*self.pillows, self.duvet.mesh()]
        return Scene(occupied, detail, list(meshes), cloths, [(body, Material.SKIN)])


def _raised(below: Surface, bed: Bed, body: Body) -> Surface:
    surface = below.copy()
    surface.raise_over(body_top(body, below.x0, below.y0, CELL, below.heights.shape, bed.top + REACH))
    return surface


def _blend(start: Body, end: Body, seconds: float) -> list[Body]:
    """The bodies on the way from one pose to another, easing in and out."""
    shares = np.linspace(0, 1, round(seconds * _FRAMES_A_SECOND) + 1)[1:]
    return [start.between(end, float(share * share * (3 - 2 * share))) for share in shares]


def _beside(pose: Pose, bed: Bed, side: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([-0.3 if side < 0 else bed.width + 0.3, pose.pelvis[1]])


def _rising(pose: Pose, bed: Bed, build: Build, side: int) -> list[Pose]:
    """Lying, leaning up, sitting, on the edge, leaning forward, standing."""
    rng = np.random.default_rng(0)
    seat = np.array([pose.pelvis[0], pose.pelvis[1] + 0.1, bed.top + 0.08])
    leaning = replace(postures.sitting_up(rng, bed), pelvis=seat, spread=(0.1, 0.1), arms_out=(0.15, 0.15))
    sitting = replace(
        leaning, spine=np.array([0.0, 0.25, 1.0]), front=np.array([0.0, -1.0, 0.25]), hips=(1.3, 1.3)
    )
    edge = replace(postures.on_edge(rng, bed, side), curl=0.15)
    edge = replace(edge, pelvis=np.array([edge.pelvis[0], seat[1], edge.pelvis[2]]))
    facing = np.array([float(side), 0.0, 0.0])
    ahead = np.array([edge.pelvis[0] + 0.12 * side, seat[1], edge.pelvis[2] + 0.05])
    forward = replace(edge, pelvis=ahead, spine=facing * 0.6 + np.array([0, 0, 0.8]), front=facing)
    standing = postures.upright(_beside(pose, bed, side), facing, build)
    return [pose, leaning, sitting, edge, forward, standing]
