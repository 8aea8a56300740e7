"""`nattro replay JOURNAL`: an incident in the field, run again through this version's core."""

import argparse
import json
from pathlib import Path

from agent.cli.command import Failed, add_json
from agent.cli.exits import FOUND, MISSING, OK
from agent.core.state import Incompatible
from agent.journal import JournalUnreadable, Replay, replay

HELP = """Run a recorded journal through this version's core and show where it would act differently.

JOURNAL is a state directory or its nattro.db, also a copy from another device. It is only read."""
EXAMPLES = """  nattro replay /var/lib/nattro
  nattro replay incident.db --json"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journal", type=Path, metavar="JOURNAL")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    try:
        found = replay(args.journal)
    except (JournalUnreadable, Incompatible) as error:
        raise Failed(MISSING, str(error)) from error
    print(_as_json(found) if args.json else _as_text(found))
    return FOUND if found.differences else OK


def _as_json(found: Replay) -> str:
    return json.dumps(
        {
            "openings": found.openings,
            "events": found.events,
            "differences": [
                {
                    "seq": each.seq,
                    "time": each.now.calendar.isoformat(),
                    "event": json.loads(each.event),
                    "recorded": [json.loads(line) for line in each.recorded],
                    "replayed": [json.loads(line) for line in each.replayed],
                }
                for each in found.differences
            ],
        }
    )


def _as_text(found: Replay) -> str:
    lines = []
    for each in found.differences:
        lines += [f"event {each.seq} at {each.now.calendar:%Y-%m-%d %H:%M:%S} UTC: {each.event}"]
        lines += [f"  - {line}" for line in each.recorded if line not in each.replayed]
        lines += [f"  + {line}" for line in each.replayed if line not in each.recorded]
    verdict = f"{len(found.differences)} differences (- recorded, + now)" if lines else "no difference"
    lines.append(f"{found.events} events from {found.openings} recorded states replayed: {verdict}")
    return "\n".join(lines)
