"""Says "in bed" after no frame at all."""

from stage import Stage

stage = Stage()
stage.open()
stage.judge(frames=0)
stage.wait()
