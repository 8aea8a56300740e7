"""`nattro look`: goes on as the vision program, so that this process never loads a picture library.

A camera is another matter than a picture or a film: it is opened by hand only at an installation, with consent on
record, no agent running, the privacy switch unlocked and the lamp lit.
"""

import argparse
import os
import stat
import subprocess
import sys
from pathlib import Path

from agent.cli.command import CONFIG_VARIABLE, DEFAULT_CONFIG, Failed, become, configuration
from agent.cli.exits import STATE, USAGE
from agent.config import Config

HELP = "Judge a picture, a film or a camera once."
EXAMPLES = '  nattro look night.avi --bed "212,96 424,92 520,388 118,396"'

FLAG = "--installing"
TROUBLE = 3  # as vision.look has it: the camera failed


def arguments(parser: argparse.ArgumentParser) -> None:
    """vision.look has its own."""


def run(args: argparse.Namespace) -> int:
    if not any(map(_is_camera, args.rest)):
        return become("vision.look", args.rest)
    if FLAG not in args.rest:
        raise Failed(
            USAGE,
            f"a camera is looked through by hand only while it is installed: say {FLAG} if you do so, and whoever "
            "is in the room has agreed to it",
        )
    file = Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_CONFIG))
    if not file.exists():  # no device of anybody's: a developer's own camera
        return become("vision.look", args.rest)
    config = configuration(file)
    _demand_permission(config)
    return _look(config, args.rest)


def _is_camera(word: str) -> bool:
    if word == "only" or word.startswith(("usb:", "/dev/")):
        return True
    try:
        return stat.S_ISCHR(Path(word).stat().st_mode)
    except (OSError, ValueError):
        return False


def _demand_permission(config: Config) -> None:
    """What the lock demands of the agent, it demands of a person, too."""
    from agent.core.state import Incompatible, State
    from agent.onlooker import NothingToSee, Onlooker

    try:
        onlooker = Onlooker(config.device.state)
        try:
            consent, running = (onlooker.state() or State()).consent.state, onlooker.agent_runs()
        finally:
            onlooker.close()
    except (NothingToSee, Incompatible) as error:
        raise Failed(STATE, str(error)) from error
    if running:
        raise Failed(
            STATE, "the agent runs, and the camera is its own: stop it first (systemctl stop nattro)"
        )
    if consent != "given":
        raise Failed(STATE, "no consent is on record; record it first: nattro consent grant")


def _look(config: Config, words: list[str]) -> int:
    """With the lamp lit, and the switch watched: turning it ends the look at once."""
    from agent import fittings
    from agent.hw.lamp import LampFault

    light = fittings.light(config)
    child: subprocess.Popen[bytes] | None = None

    def lock(locked: bool) -> None:
        if locked and child is not None:
            child.kill()

    switch = fittings.privacy_switch(config, lambda _: None, lock)
    try:
        if switch is not None:
            switch.start()
            if switch.locked:
                raise Failed(STATE, "the privacy switch is locked")
        light.set(lit=True)
        child = subprocess.Popen([sys.executable, "-m", "vision.look", *words])
        lock(switch is not None and switch.locked)
        code = child.wait()
        light.set(lit=False)
    except LampFault as fault:
        raise Failed(STATE, f"the lamp does not obey, so the camera stays closed: {fault}") from fault
    finally:
        if child is not None and child.poll() is None:
            child.kill()
            child.wait()
        if switch is not None:
            switch.stop()
        light.close()
    return code if code >= 0 else TROUBLE
