"""Hangs up before its verdict."""

import sys

from stage import Stage

stage = Stage()
stage.open()
sys.exit(7)
