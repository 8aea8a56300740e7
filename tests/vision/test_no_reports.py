"""The libraries that see tell nobody that they were used."""

import os
import subprocess
import sys
from pathlib import Path


def test_onnx_runtime_notes_nothing_about_its_use(tmp_path: Path) -> None:
    program = "from vision.occupancy import OccupancyNet; OccupancyNet.load()"
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
