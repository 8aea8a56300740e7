"""Films, a net and a worker's surroundings for the vision tests: all real, all made here."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.vision.bedroom import Bedroom, write_film

REPOSITORY = Path(__file__).parents[2]
NET = Path(__file__).parent / "nets" / "bright_beds.onnx"


def write_net(folder: Path) -> Path:
    """The tests' own net as a package `models`: a bed brighter than its room is occupied (see nets/make.py)."""
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('"""The tests\' own net."""\n')
    data = NET.read_bytes()
    (folder / "net.onnx").write_bytes(data)
    told = {
        "format": 1,
        "file": "net.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "version": "bright-beds-1",
        "temperature": 1.0,
        "bias": 0.0,
    }
    (folder / "manifest.json").write_text(json.dumps(told))
    return folder


@pytest.fixture(scope="session")
def net_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_net(tmp_path_factory.mktemp("net") / "models")


@pytest.fixture(scope="session")
def worker_environment(net_folder: Path) -> dict[str, str]:
    """In which `python -m vision` finds the tests' own net."""
    return {**os.environ, "PYTHONPATH": f"{net_folder.parent}{os.pathsep}{REPOSITORY}"}


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of films: `sleeper`, `empty`, `covered`, `frozen`, `short`, each .avi."""
    folder = tmp_path_factory.mktemp("films")
    occupied, empty = Bedroom(bed_level=160), Bedroom(bed_level=35)
    write_film(folder / "sleeper.avi", occupied.night(16, breath=1.0))
    write_film(folder / "empty.avi", empty.night(16))
    hand = np.full((480, 640), 120, np.uint8)
    grain = np.random.default_rng(2)
    write_film(folder / "covered.avi", (hand + grain.integers(0, 6, hand.shape, np.uint8) for _ in range(80)))
    write_film(folder / "frozen.avi", [occupied.picture()] * 80)
    write_film(folder / "short.avi", occupied.night(1))
    return folder
