"""Says two verdicts where one was asked for."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
stage.judge("not_in_bed", 0.01)
stage.judge("in_bed")
stage.wait()
