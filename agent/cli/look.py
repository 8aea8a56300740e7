"""`nattro look`: goes on as the vision program, so that this process never loads a picture library."""

import argparse

from agent.cli.command import become

HELP = "Judge a picture, a film or a camera once."
EXAMPLES = '  nattro look night.avi --bed "212,96 424,92 520,388 118,396"'


def arguments(parser: argparse.ArgumentParser) -> None:
    """vision.look has its own."""


def run(args: argparse.Namespace) -> int:
    return become("vision.look", args.rest)
