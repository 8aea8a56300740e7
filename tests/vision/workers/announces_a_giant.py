"""Announces a frame of 4 GB and begins to send it."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
stage.agent.sendall(b"\xff\xff\xff\xff" + b"x" * 100_000)
stage.wait()
