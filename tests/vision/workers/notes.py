"""Opens the camera and has very much to say about how."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open(notes=("the camera has no control infrared", "x" * 2000, *["and more"] * 40))
stage.wait()
