"""`nattro config check|show|example`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from agent.cli.command import add_config, add_json, configuration
from agent.cli.exits import CONFIG, OK
from agent.config import Config, example

HELP = "Check, show or begin a configuration."
EXAMPLES = """  nattro config example > nattro.toml     a commented one to begin with
  nattro config check nattro.toml         what is wrong, where, and how to mend it
  nattro config check --here nattro.toml  also: is everything it names on this machine?
  nattro config show nattro.toml          with every default filled in"""


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="check|show|example")
    check = what.add_parser("check", help="tell whether it can be kept")
    check.add_argument(
        "--here", action="store_true", help="also demand that what it names is on this machine"
    )
    show = what.add_parser("show", help="print it with every default filled in")
    for each in (check, show):
        each.add_argument("file", type=Path, nargs="?", help="instead of --config")
        add_config(each)
    add_json(show)
    what.add_parser("example", help="print a commented example")


def run(args: argparse.Namespace) -> int:
    if args.what == "example":
        print(example(), end="")
        return OK
    file = args.file or args.config
    config = configuration(file)
    if args.what == "show":
        _show(config, as_json=args.json)
        return OK
    return _check(config, file, here=args.here)


def _check(config: Config, file: Path, *, here: bool) -> int:
    missing = _missing(config)
    for each in missing:
        print(f"{'nattro' if here else 'note'}: {file}: {each}", file=sys.stderr)
    if missing and here:
        return CONFIG
    times = ", ".join(config.checks.times) or "no agreed times yet"
    print(f"{file}: good. {config.site.name}/{config.device.id}, {times} ({config.site.timezone})")
    return OK


def _missing(config: Config) -> list[str]:
    """What the configuration names and this machine does not have."""
    from transport.broker import BrokerRefused, demand_broker

    found = []
    if not _camera_is_there(config):
        found.append(f"camera.source: there is no {config.camera.name} on this machine")
    if config.camera.reference and not config.camera.reference.is_dir():
        found.append(f"camera.reference: there is no folder {config.camera.reference}")
    try:
        demand_broker(config.broker)
    except BrokerRefused as error:
        found.append(str(error))
    return found


def _camera_is_there(config: Config) -> bool:
    from agent import fittings
    from agent.hw.cameras import NoUdev

    try:
        camera = fittings.camera(config)
    except NoUdev:
        camera = None
    return camera.there() if camera else config.camera.node.exists()


def _show(config: Config, *, as_json: bool) -> None:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(config, enc_hook=str)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(plain), indent=2).decode())
        return
    for section, keys in plain.items():
        print(f"[{section}]")
        for key, value in keys.items():
            if value is not None:
                print(f"{key} = {_toml(value)}")
        print()


def _toml(value: Any) -> str:
    """A value as TOML; every value of a configuration is text, number, switch, list or table."""
    import json

    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)
