"""`nattro run`: the agent itself."""

import argparse

from agent.cli.command import Failed, add_config, configuration
from agent.cli.exits import CONFIG, MISSING, OK, STATE

HELP = """Run the agent until it is told to stop (SIGTERM, Ctrl-C).

It looks at the agreed times, answers, alarms, mends what it can, and tells an MQTT broker. Without recorded consent
(`nattro consent grant`) and without a clock that can be trusted the camera stays locked."""
EXAMPLES = """  nattro run
  nattro run --config nattro.toml"""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    config = configuration(args.config)
    from agent import app
    from agent.core.state import Incompatible
    from agent.hw.cameras import NoUdev
    from agent.store import StoreRefused
    from transport.broker import BrokerRefused

    try:
        app.run(config)
    except BrokerRefused as error:
        raise Failed(CONFIG, f"{args.config}: {error}") from error
    except NoUdev as error:
        raise Failed(MISSING, str(error)) from error
    except (StoreRefused, Incompatible) as error:
        raise Failed(STATE, str(error)) from error
    return OK
