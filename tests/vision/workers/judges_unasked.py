"""Says a verdict without ever having opened the camera."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.judge()
stage.wait()
