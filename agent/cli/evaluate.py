"""`nattro evaluate`: goes on as the vision program, so that this process never loads a picture library."""

import argparse

from agent.cli.command import become

HELP = "Judge recordings whose truth is known, and say how right nattro was."
EXAMPLES = "  nattro evaluate recordings.csv --html report.html"


def arguments(parser: argparse.ArgumentParser) -> None:
    """vision.evaluate has its own."""


def run(args: argparse.Namespace) -> int:
    return become("vision.evaluate", args.rest)
