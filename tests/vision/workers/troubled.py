"""Tells that its camera is held by somebody else."""

from tests.vision.workers.stage import Stage
from vision.protocol import Trouble, pack

stage = Stage()
stage.agent.sendall(pack(Trouble(stage.look, "busy", "another process holds the camera" + "!" * 5000)))
