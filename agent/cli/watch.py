"""`nattro watch`: a live table of all devices at a broker."""

import argparse

HELP = "A live table of all devices at a broker."
EXAMPLES = "  nattro watch --host broker.example.org"


def arguments(parser: argparse.ArgumentParser) -> None:
    """transport.watch has its own."""


def run(args: argparse.Namespace) -> int:
    from transport.watch import main

    return main(args.rest)
