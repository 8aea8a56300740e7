"""Hangs up before its verdict."""

import sys

from tests.vision.workers.stage import Stage

stage = Stage()
stage.open()
sys.exit(7)
