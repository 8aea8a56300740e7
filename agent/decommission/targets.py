"""What nattro keeps on a device, in the order in which it goes: what unlocks first, what tells the places last."""

from pathlib import Path
from typing import NamedTuple

from agent.config import Config
from agent.config.credentials import FOLDER
from agent.decommission.receipt import Kind
from agent.fittings import WORKER_LOCK
from agent.hw.control import FILE as CONTROL
from agent.store import FILE as STORE
from agent.store import LOCK, MARK

INSTALLED = Path("/etc/nattro")
INSTALLED_REFERENCE = Path("/var/lib/nattro-reference")
"""Where the package puts it; deleted there even if the configuration has forgotten it."""


class Target(NamedTuple):
    """A file to be deleted."""

    kind: Kind
    path: Path


def targets(config: Config, file: Path) -> list[Target]:
    """Every file that belongs to nattro, there or not. file: the configuration. Raises OSError."""
    state = config.device.state
    return [
        Target("consent", state / MARK),
        *(Target("memory", each) for each in _memory(state)),
        *(Target("reference", each) for folder in references(config, file) for each in _below(folder)),
        *(Target("key", each) for each in _keys(config, file)),
        Target("configuration", file),
        Target("lock", state / LOCK),
    ]


def foreign(config: Config, file: Path) -> list[Path]:
    """What lies in nattro's folders and is not nattro's. It is told, and left alone."""
    ours = {target.path for target in targets(config, file)}
    return [path for path in _files(config.device.state) if path not in ours]


def references(config: Config, file: Path) -> list[Path]:
    """The folders of the empty bed's reference."""
    named = [config.camera.reference] if config.camera.reference else []
    usual = [INSTALLED_REFERENCE] if file.resolve().parent == INSTALLED else []
    return list(dict.fromkeys([*named, *usual]))


def _memory(state: Path) -> list[Path]:
    """The database, what SQLite keeps beside it, torn ones that were set aside, and the agent's ways to others."""
    usual = [state / f"{STORE}{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
    torn = [path for path in _files(state) if path.name.startswith(f"{STORE}.torn-")]
    return [*usual, *torn, state / CONTROL, state / WORKER_LOCK]


def _keys(config: Config, file: Path) -> list[Path]:
    """Key, certificate and password, and whatever else lies in the folder of credentials."""
    broker = config.broker
    named = [Path(each) for each in (broker.key, broker.certificate, broker.password_file) if each]
    return list(dict.fromkeys([*named, *_files(file.resolve().parent / FOLDER)]))


def _below(folder: Path) -> list[Path]:
    """Also what a commissioning that was interrupted has left there, in a folder of its own."""
    folders = [
        folder,
        *(each for each in sorted(folder.glob("*")) if each.is_dir() and not each.is_symlink()),
    ]
    return [file for each in folders for file in _files(each)]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_symlink() or not path.is_dir())
