"""Never says a word."""

import time

from tests.vision.workers.stage import Stage

stage = Stage()
while True:
    time.sleep(60)
