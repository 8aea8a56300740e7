"""Sends progress as fast as the socket takes it."""

from tests.vision.workers.stage import Stage
from vision.protocol import Progress, pack

stage = Stage()
stage.open()
while True:
    stage.agent.sendall(pack(Progress(stage.look, 1, 0.1, None)) * 50)
