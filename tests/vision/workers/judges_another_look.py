"""Says the verdict of another look."""

from stage import Stage

stage = Stage()
stage.open()
stage.judge(look="yesterday")
stage.wait()
