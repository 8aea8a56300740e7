"""Certificates, key and password: the file that the configuration names, or systemd's copy of it.

The agent cannot read the folder /etc/nattro/credentials. Its unit's `LoadCredential=credentials:…` hands it a
copy of each file there as `$CREDENTIALS_DIRECTORY/credentials_NAME` (systemd.exec(5)). Who runs `nattro` as root
reads the files themselves; the configuration says the same for both.
"""

import os
from collections.abc import Mapping
from pathlib import Path

FOLDER = "credentials"


def credential(folder: Path, file: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Where to read `file` from. folder: that of the configuration."""
    named = folder / file
    passed = environment.get("CREDENTIALS_DIRECTORY")
    if passed and named.parent == folder / FOLDER:
        copy = Path(passed) / f"{FOLDER}_{named.name}"
        return copy if _is_passed(copy) else named  # what was not passed is missed under its own name
    return named


def _is_passed(copy: Path) -> bool:
    """Not for `ExecStopPost=`: by then systemd has closed the folder, and power is to be restored all the same."""
    try:
        return copy.exists()
    except PermissionError:
        return False
