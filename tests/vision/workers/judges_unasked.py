"""Says a verdict without ever having opened the camera."""

from stage import Stage

stage = Stage()
stage.judge()
stage.wait()
