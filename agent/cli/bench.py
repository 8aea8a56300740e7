"""`nattro bench`: goes on as the vision program, so that this process never loads a picture library."""

import argparse

from agent.cli.command import become

HELP = "Time each stage of a look, against the net alone and against other nets."
EXAMPLES = "  nattro bench --peer yolo.onnx"


def arguments(parser: argparse.ArgumentParser) -> None:
    """vision.frame_path has its own."""


def run(args: argparse.Namespace) -> int:
    return become("vision.frame_path", args.rest)
