"""How long the agent waits for a worker's words."""

from agent.hw.camera_talk import Conversation
from vision.protocol import Opened, pack


def test_a_busy_device_may_take_twenty_seconds_to_bring_a_worker_up() -> None:
    patience = Conversation("look-1", now=100.0).patience(120.0)
    assert patience is not None
    assert patience > 0


def test_a_worker_that_has_opened_the_camera_may_not_be_silent_for_so_long() -> None:
    conversation = Conversation("look-1", now=100.0)
    conversation.hear(pack(Opened("look-1", 640, 480, "1")), 101.0)
    patience = conversation.patience(121.0)
    assert patience is not None
    assert patience < 0
