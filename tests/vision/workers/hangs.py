"""Opens the camera, never says another word, and hears nothing: neither a hang-up nor SIGTERM."""

import signal
import time

from tests.vision.workers.stage import Stage

signal.signal(signal.SIGTERM, signal.SIG_IGN)
stage = Stage()
stage.open()
while True:
    time.sleep(60)
