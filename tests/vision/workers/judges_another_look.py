"""Says the verdict of another look."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
stage.judge(look="yesterday")
stage.wait()
