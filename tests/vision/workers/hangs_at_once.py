"""Never says a word."""

import time

from stage import Stage

stage = Stage()
while True:
    time.sleep(60)
