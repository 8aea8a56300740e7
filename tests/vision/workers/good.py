"""Does what it should: a verdict, another for an extension, and gone when the agent hangs up."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
stage.judge("uncertain", 0.6)
if stage.hear() is not None:
    stage.judge("in_bed")
    stage.wait()
