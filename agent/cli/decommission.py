"""`nattro decommission`: the device forgets the home, and tells what it forgot."""

import argparse
import sys
from pathlib import Path

from agent.cli.command import Failed, add_config, add_json, add_language, configuration
from agent.cli.exits import FOUND, MISSING, OK, STATE, USAGE
from agent.decommission.course import AgentRuns, NotAllowed, Plan, carry_out, conclude, plan
from agent.decommission.printing import question, receipt_text
from agent.decommission.progress import Progress
from agent.decommission.receipt import Receipt

HELP = """Delete what the device knows of the home: schedule, consent, reference of the empty bed, keys, journal.

The broker's retained topics of this device are emptied if the broker can be reached. A receipt tells every file
that was deleted. The agent must be stopped first. If the power goes in the middle, the same command goes on. Run it
as root: the reference and the keys are not the agent's."""
EXAMPLES = """  sudo systemctl stop nattro && sudo nattro decommission
  sudo nattro decommission --yes --lang sv > kvitto.txt
  sudo nattro decommission --yes --json > receipt.json"""

STOP_FIRST = "the agent runs; stop it first: sudo systemctl stop nattro"
AS_ROOT = "run this as root (sudo nattro decommission); nothing was changed"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    add_language(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    file: Path = args.config
    try:
        progress = Progress(file)
        if progress.begun and not file.exists():
            return _hand_over(conclude(file, progress), progress, args)
        return _hand_over(_decommissioned(file, progress, args), progress, args)
    except PermissionError as error:
        raise Failed(STATE, f"{error.filename}: {error.strerror}; {AS_ROOT}") from error
    except OSError as error:
        raise Failed(STATE, f"{error.filename}: {error.strerror}; nothing was deleted") from error


def _decommissioned(file: Path, progress: Progress, args: argparse.Namespace) -> Receipt:
    if not file.exists():
        raise Failed(
            MISSING, f"{file}: no such file: the device was never configured, or is decommissioned already"
        )
    config = configuration(file)
    try:
        planned = plan(config, file)
        if not args.yes:
            _demand_consent(planned, args)
        return carry_out(config, file, planned, progress)
    except NotAllowed as error:
        raise Failed(STATE, f"{error}; {AS_ROOT}") from error
    except AgentRuns as error:
        raise Failed(STATE, STOP_FIRST) from error


def _demand_consent(planned: Plan, args: argparse.Namespace) -> None:
    if not sys.stdin.isatty():
        raise Failed(USAGE, "nobody can be asked here; say --yes to delete without a question")
    print(question(planned, args.lang), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != planned.device.partition("/")[2]:
        raise Failed(FOUND, "not confirmed; nothing was changed")


def _hand_over(receipt: Receipt, progress: Progress, args: argparse.Namespace) -> int:
    """The receipt is out before the notes go that it could be written from again."""
    if args.json:
        import msgspec

        print(msgspec.json.encode(receipt).decode(), flush=True)
    else:
        print(receipt_text(receipt, args.lang), flush=True)
    if not receipt.complete:
        return FOUND
    progress.forget()
    return OK
