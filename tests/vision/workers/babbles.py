"""Sends bytes that are no message."""

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
stage.agent.sendall(b"\x00\x00\x00\x10GET / HTTP/1.1\r\n")
stage.wait()
