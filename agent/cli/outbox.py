"""`nattro outbox`: what waits for the broker."""

import argparse
import json

from agent.cli.command import Failed, add_config, add_json, configuration
from agent.cli.exits import OK, STATE
from agent.hw.clock import boot_id, boot_time
from agent.onlooker import NothingToSee, Onlooker
from transport.outbox import Queued

HELP = "List the messages that were decided and that the broker has not confirmed, oldest first."
EXAMPLES = """  nattro outbox
  nattro outbox --json | jq .payload.data.status"""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    config = configuration(args.config)
    try:
        onlooker = Onlooker(config.device.state)
    except NothingToSee as error:
        raise Failed(STATE, str(error)) from error
    try:
        waiting, dropped = onlooker.waiting(boot_id(), boot_time()), onlooker.dropped()
    finally:
        onlooker.close()
    for queued in waiting:
        print(_as_json(queued) if args.json else _as_text(queued))
    if not args.json:
        lost = ", ".join(f"{count} {kind}" for kind, count in dropped.items()) or "none"
        print(f"{len(waiting)} waiting; dropped since the store was made: {lost}")
    return OK


def _as_json(queued: Queued) -> str:
    row = queued.row
    payload = json.loads(row.payload) if row.payload else None
    return json.dumps(
        {
            "message": row.message,
            "topic": row.topic,
            "retain": row.retain,
            "keep": row.keep,
            "payload": payload,
        }
    )


def _as_text(queued: Queued) -> str:
    return f"{queued.row.message:24}  {queued.row.topic}  ({len(queued.row.payload)} bytes)"
