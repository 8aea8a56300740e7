"""Renders the recordings that the scenarios play: `python -m firmware_sim.scene.recordings [FOLDER]`.

All of them show one home, so that one set of corners and one reference serve. Its seed lies far outside the
range that the net is trained on.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scene.acts import Sleeper
from firmware_sim.scene.body import Build
from firmware_sim.scene.camera import aimed
from firmware_sim.scene.film import Film, Shoot, Stage, cloth_over_lens, lamp_dead, still_picture
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.light import Light
from firmware_sim.scene.materials import Material, one_shade, plain
from firmware_sim.scene.sensor import Sensor
from firmware_sim.scene.states import arrange

SEED = 9_000_022
FOLDER = Path(__file__).resolve().parents[2] / "recordings"
_SIZE = (640, 480)
_DOOR = (2.6, -1.6)
_INFRARED = Light("infrared", 2.5, 4.0, 0.004, 0.0, (0.0, 0.0, -1.0), 0.02)
_DAY = Light("day", 0.0, 2.0, 0.5, 0.5, (0.5, -0.5, -0.7), 1.0)
_FLAT = Light("dim", 0.0, 2.0, 0.6, 0.0, (0.0, 0.0, -1.0), 0.0)
_BREATH = 6.0
_SEATED = 12  # of the pictures of somebody on the edge: upright, not yet leaning forward


class Recorded:
    """The recorded home and the people in it."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        home = Home.draw(rng)
        self.home = home.repainted(plain(home.materials, Material.MATTRESS, Material.TOP, Material.TROUSERS))
        bed = home.bed
        self.build = Build(1.70, 1.05, 0.3)
        self.made = arrange(np.random.default_rng(SEED + 1), bed, "made", tidy=True)
        camera = aimed(
            floats([bed.width + 0.75, -0.55, 2.15]),
            floats([bed.width / 2, bed.length / 2 - 0.05, bed.top]),
            0.0,
            470.0,
            *_SIZE,
        )
        self.sensor = Sensor(target=0.42, gamma=0.75, noise=0.008, blur=1.2, vignette=0.3, quality=32)
        self.stage = Stage(self.home, camera, _INFRARED, self.sensor, self.made)

    def sleeper(self, posture: str = "supine", tucked: float = 0.0) -> Sleeper:
        """The person who lives here, in bed."""
        return Sleeper.put_to_bed(SEED + 2, self.home.bed, self.build, posture, tucked)

    def shoot(self, seed: int, stage: Stage | None = None) -> Shoot:
        """A film with noise of its own."""
        return Shoot(stage or self.stage, SEED + 100 + seed)


def covered_sleeper(home: Recorded) -> Film:
    """Asleep on the back under the duvet."""
    return home.shoot(1).still(home.sleeper().lies(), 30, _BREATH).film


def sleeper_day(home: Recorded) -> Film:
    """Asleep on the side by day."""
    stage = Stage(home.home, home.stage.camera, _DAY, home.sensor, home.made)
    return home.shoot(2, stage).still(home.sleeper("side").lies(), 22, _BREATH).film


def empty_made(home: Recorded) -> Film:
    """The bed made, nobody there."""
    return home.shoot(3).still(home.made, 30).film


def empty_messy(home: Recorded) -> Film:
    """The bed unmade, nobody there."""
    messy = arrange(np.random.default_rng(SEED + 3), home.home.bed, "messy", tidy=True)
    return home.shoot(4).still(messy, 30).film


def gets_up(home: Recorded) -> Film:
    """In bed; gets up and leaves the room; the bed stays empty."""
    sleeper = home.sleeper()
    shoot = home.shoot(5).still(sleeper.lies(), 20, _BREATH)
    shoot.moving(sleeper.gets_up(1, _DOOR))
    return shoot.still(sleeper.left_behind(), 52 - shoot.film.seconds).film


def on_edge(home: Recorded) -> Film:
    """Sits on the edge of the bed, and stays there."""
    rising = home.sleeper().gets_up(1, _DOOR)
    seated = [scene for scene in rising if scene.detail == "on_edge"][_SEATED]
    return home.shoot(12).still(seated, 22).film


def comes_back(home: Recorded) -> Film:
    """The bed is empty; somebody comes in, lies down and stays."""
    sleeper = home.sleeper()
    rising = sleeper.gets_up(1, _DOOR)
    shoot = home.shoot(6).still(sleeper.left_behind(), 20).moving(rising[::-1])
    return shoot.still(home.sleeper().lies(), 52 - shoot.film.seconds, _BREATH).film


def frozen(home: Recorded) -> Film:
    """The camera hangs after two seconds."""
    scene = home.sleeper().lies()
    return home.shoot(7).still(scene, 2, _BREATH).frozen(scene, 20).film


def covered_camera(home: Recorded) -> Film:
    """A towel is hung over the camera after two seconds."""
    scene = home.sleeper().lies()
    shoot = home.shoot(8).still(scene, 2, _BREATH).still(scene, 20, through=cloth_over_lens(_SIZE, SEED + 8))
    return shoot.fault("covered", 2.0, "a towel over the lens").film


def moved_camera(home: Recorded) -> Film:
    """The camera has been turned by nine degrees since installation."""
    turned = home.stage.seen_by(home.stage.camera.nudged(9, (0.3, 1.0, 0.2)))
    return (
        home.shoot(9, turned)
        .still(home.sleeper().lies(), 22, _BREATH)
        .fault("moved", 0.0, "turned by 9 degrees")
        .film
    )


def dark(home: Recorded) -> Film:
    """The infrared lamp is dead."""
    shoot = home.shoot(10).still(home.sleeper().lies(), 22, through=lamp_dead)
    return shoot.fault("dark", 0.0, "the infrared lamp gives no light").film


def one_shade_film(home: Recorded) -> Film:
    """Bedding, clothes and walls of one shade in flat light; whether somebody lies there is hard to tell."""
    alike = home.home.repainted(one_shade(home.home.materials))
    stage = Stage(alike, home.stage.camera, _FLAT, replace(home.sensor, contrast=0.3), home.made)
    return home.shoot(11, stage).still(home.sleeper("prone", 0.35).lies(), 52, 0.5).film


FILMS = {
    "covered_sleeper": covered_sleeper, "sleeper_day": sleeper_day, "empty_made": empty_made,
    "empty_messy": empty_messy, "gets_up": gets_up, "on_edge": on_edge, "comes_back": comes_back, "frozen": frozen,
    "covered_camera": covered_camera, "moved_camera": moved_camera, "dark": dark, "one_shade": one_shade_film,
}  # fmt: skip


def main() -> None:
    """Renders all films, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--only", nargs="*", choices=sorted(FILMS), default=sorted(FILMS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    home = Recorded()
    cv2.imwrite(str(options.folder / "reference_empty.png"), still_picture(home.stage, home.made, SEED))
    for name in options.only:
        film = FILMS[name](home)
        film.write(options.folder / f"{name}.avi", str(FILMS[name].__doc__))
        size = (options.folder / name).with_suffix(".avi").stat().st_size
        print(f"{name}: {film.seconds:.0f} s, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
