"""The command `nattro`. Each command is a module of this package, imported only when it is used.

(The agent itself is one of them, and must stay small: what `watch` or `replay` need is no business of its.)
"""

import argparse
import sys
from importlib import import_module
from typing import cast

from agent import __version__
from agent.cli import exits
from agent.cli.command import Command, Failed

_GROUPS = {
    "On the device": {
        "run": "run the agent until it is told to stop",
        "consent": "record or withdraw the consent that unlocks the camera",
        "commission": "show it the bed once: corners, the empty bed, a sleeper",
        "config": "check, show or begin a configuration",
        "status": "what the device knows and waits for",
        "outbox": "what it has said and the broker has not confirmed",
        "relay": "test the relays, cut and restore a power, release all",
        "doctor": "check everything, from the power to the broker and back",
        "decommission": "delete what the device knows of the home, with a receipt",
    },
    "To look and to try": {
        "look": "judge a picture, a film or a camera once",
        "evaluate": "judge recordings whose truth is known, and say how right nattro was",
        "bench": "time each stage of a look on this computer",
        "simulate": "run nights on a virtual clock",
        "replay": "run a recorded journal again and show any difference",
    },
    "For many homes": {
        "watch": "a live table of all devices at a broker",
    },
}
_PASSED_ON = {"bench", "evaluate", "look", "simulate", "watch"}
"""These have arguments and help of their own."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives its exit code (agent.cli.exits)."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_overview())
        return exits.OK
    if arguments[0] in {"-V", "--version"}:
        print(f"nattro {__version__}")
        return exits.OK
    name, rest = arguments[0], arguments[1:]
    if not any(name in group for group in _GROUPS.values()):
        print(f"nattro: there is no command {name!r}{_meant(name)}; `nattro` lists them all", file=sys.stderr)
        return exits.USAGE
    return _carry_out(name, rest)


def _carry_out(name: str, rest: list[str]) -> int:
    command = cast(Command, import_module(f"agent.cli.{name}"))
    try:
        if name in _PASSED_ON:
            return command.run(argparse.Namespace(rest=rest))
        return command.run(_parser(name, command).parse_args(rest))
    except Failed as failure:
        print(f"nattro: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:  # `nattro outbox | head`
        sys.stderr.close()
        return exits.OK


def _parser(name: str, command: Command) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"nattro {name}",
        description=command.HELP,
        epilog=f"examples:\n{command.EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.arguments(parser)
    return parser


def _overview() -> str:
    lines = [
        f"nattro {__version__} - tells whether somebody is in bed, and never shows the picture.",
        "",
        "usage: nattro COMMAND …        nattro COMMAND --help tells more",
    ]
    for title, commands in _GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:12} {what}" for name, what in commands.items()]
    lines += ["", "Exit codes (doctor, look, simulate and watch tell their own in their help):"]
    lines += [f"  {code}  {meaning}" for code, meaning in exits.MEANINGS.items()]
    lines += [
        "",
        "A first look:  nattro simulate --all",
        "A first device:  nattro config example > nattro.toml && nattro config check nattro.toml",
    ]
    return "\n".join(lines)


def _meant(name: str) -> str:
    import difflib

    known = [each for group in _GROUPS.values() for each in group]
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
