"""Opens the camera and dies of a segmentation fault."""

import ctypes

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
ctypes.string_at(0)
