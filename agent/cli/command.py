"""What every command of `nattro` is made of."""

import argparse
import os
import sys
from pathlib import Path
from typing import Protocol

from agent.cli.exits import CONFIG
from agent.config import Config, ConfigError, load

DEFAULT_CONFIG = Path("/etc/nattro/nattro.toml")
CONFIG_VARIABLE = "NATTRO_CONFIG"


class Command(Protocol):
    """A module of this package. EXAMPLES: lines that a person could type, shown below the help."""

    HELP: str
    EXAMPLES: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Carry the command out and give its exit code. May raise Failed."""


class Failed(Exception):
    """The command ends with this text for the user, and this exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def add_config(parser: argparse.ArgumentParser) -> None:
    """The option that names the configuration file."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_CONFIG)),
        metavar="FILE",
        help=f"configuration (default: ${CONFIG_VARIABLE}, else {DEFAULT_CONFIG})",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs: JSON instead of text")


def add_language(parser: argparse.ArgumentParser) -> None:
    """The option for texts that staff read."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    usual = "sv" if spoken.startswith("sv") else "en"
    parser.add_argument(
        "--lang", choices=["sv", "en"], default=usual, help="language of the texts (default: that of $LANG)"
    )


def configuration(file: Path) -> Config:
    """The configuration, or Failed with what is wrong with it."""
    try:
        return load(file)
    except ConfigError as error:
        raise Failed(CONFIG, str(error)) from error


def become(module: str, arguments: list[str]) -> int:
    """Go on as another program of this installation: `python -m MODULE …`. Does not return."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell is wanted
