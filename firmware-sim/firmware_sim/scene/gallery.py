"""Writes a contact sheet of rendered bedrooms to look at: `python -m firmware_sim.scene.gallery sheet.png`."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scene.camera import place
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Bytes
from firmware_sim.scene.light import Light, shade
from firmware_sim.scene.masks import masks
from firmware_sim.scene.sensor import Sensor
from firmware_sim.scene.states import EMPTY, OCCUPIED, arrange


def picture(seed: int, state: str, low: bool = False, truth: bool = False) -> Bytes:
    """One captioned picture (480, 640) of a home of its own. truth: with the masks' outlines."""
    rng = np.random.default_rng(seed)
    camera = None
    while camera is None:
        home = Home.draw(rng)
        camera = place(rng, home.room, low)
    scene = arrange(rng, home.bed, state)
    light = Light.draw(rng)
    sensor = Sensor.draw(rng, light.kind)
    buffer = home.view(scene, camera)
    linear = shade(buffer, home.materials, camera, light)
    corners, _ = camera.project(home.bed.corners)
    shot = sensor.shoot(rng, linear, sensor.gain_for(linear, corners))
    cv2.polylines(shot, [corners.astype(np.int32)], True, 255, 1, cv2.LINE_AA)
    if truth:
        found = masks(scene, camera, buffer)
        for mask in (found.body, found.head, found.person):
            outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(shot, outlines, -1, 255, 1)
    cv2.putText(shot, f"{scene.detail} {light.kind} {seed}", (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
    return shot


def contact_sheet(seed: int, columns: int = 4, truth: bool = False) -> Bytes:
    """A sheet with every state once."""
    states = [*OCCUPIED, *EMPTY]
    shots = [picture(seed + i, state, i % 5 == 4, truth) for i, state in enumerate(states)]
    shots += [np.zeros_like(shots[0])] * (-len(shots) % columns)
    rows = [np.hstack(shots[i : i + columns]) for i in range(0, len(shots), columns)]
    return np.asarray(
        cv2.resize(np.vstack(rows), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8
    )


def main() -> None:
    """Writes the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--masks", action="store_true", help="outline the body, its head and what shows of it"
    )
    options = parser.parse_args()
    cv2.imwrite(str(options.file), contact_sheet(options.seed, truth=options.masks))


if __name__ == "__main__":
    main()
