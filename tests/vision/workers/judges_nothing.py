"""Says "in bed" after no frame at all."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
stage.judge(frames=0)
stage.wait()
