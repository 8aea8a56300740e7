"""`nattro relays restore`: what the unit runs when the agent ends, however it ended."""

import argparse

from agent.cli.command import Failed, add_config, configuration
from agent.cli.exits import FOUND, OK

HELP = """Restore the power on every relay.

A process that dies in mid-pulse leaves the power cut on some boards. systemd runs this whenever the agent has ended
(ExecStopPost=); the agent does the same at every start."""
EXAMPLES = "  nattro relays restore"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["restore"])
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    from agent import app

    board = app.relay_board(configuration(args.config))
    dead = [relay for relay, works in board.working().items() if not works]
    board.close()
    if dead:
        raise Failed(FOUND, f"cannot be driven: {', '.join(dead)}")
    print(f"power restored: {', '.join(board.fitted()) or 'no relays are fitted'}")
    return OK
