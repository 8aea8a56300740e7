"""Measures the net on real pictures that never leave their folder: `python -m models.training.measure
FOLDER`.

FOLDER holds `manifest.csv` with the columns file, label (occupied, empty; others are left out), bed (four
corners "x,y x,y x,y x,y": head-left, head-right, foot-right, foot-left) and group. Never train on such a
folder.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

from models.training.figures import auc
from vision.occupancy import OccupancyNet
from vision.region import BedRegion


def judge(net: OccupancyNet, folder: Path, row: dict[str, str]) -> tuple[float, BedRegion]:
    """Chance that the bed in one picture is occupied. Raises FileNotFoundError, RegionError."""
    path = folder / row["file"]
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise FileNotFoundError(f"{path} named in manifest.csv is no picture that can be read")
    corners = [[float(value) for value in corner.split(",")] for corner in row["bed"].split()]
    region = BedRegion(corners, grey.shape[1], grey.shape[0])
    return net.chance(np.asarray(grey, np.uint8), region), region


def main() -> None:
    """Prints every picture's chance, and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, help="folder of a net other than the shipped one")
    options = parser.parse_args()
    net = OccupancyNet.load(options.model)
    with (options.folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in ("occupied", "empty")]
    results = []
    for row in rows:
        chance, region = judge(net, options.folder, row)
        results.append((row["group"], row["label"] == "occupied", chance))
        print(
            f"{row['label']:9} {chance:.2f}  {region.tilt:3.0f} deg"
            f"  {'low  ' if region.low else 'above'}  {row['file']}"
        )
    chances = np.array([chance for _, _, chance in results])
    occupied = np.array([float(truth) for _, truth, _ in results])
    print(f"all: {len(results)} pictures, AUC {auc(chances, occupied):.2f}")
    for group in sorted({group for group, _, _ in results}):
        here = np.array([name == group for name, _, _ in results])
        for truth, name in ((1.0, "occupied"), (0.0, "empty")):
            some = chances[here & (occupied == truth)]
            if len(some):
                print(
                    f"{group}: {len(some)} {name}, mean chance {some.mean():.2f},"
                    f" above 0.5: {(some > 0.5).mean():.2f}"
                )
        if len(set(occupied[here])) == 2:
            print(f"{group}: AUC {auc(chances[here], occupied[here]):.2f}")


if __name__ == "__main__":
    main()
