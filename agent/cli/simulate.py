"""`nattro simulate`: goes on as the simulator, where it is installed. No device needs it, so no wheel has it."""

import argparse
from importlib.util import find_spec

from agent.cli.command import Failed, become
from agent.cli.exits import MISSING

HELP = "Run nights on a virtual clock."
EXAMPLES = "  nattro simulate --all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """firmware_sim has its own."""


def run(args: argparse.Namespace) -> int:
    if find_spec("firmware_sim") is None:
        raise Failed(
            MISSING,
            "the simulator is not installed here: it comes with the source code, not with the device's package. "
            "In a checkout, `make demo` sets it up and shows a night",
        )
    return become("firmware_sim", args.rest)
