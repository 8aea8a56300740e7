"""Debian roots for the lab: minimal ones, made once and kept under build/nspawn, and throw-away copies of them."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CACHE = Path(__file__).parents[3] / "build/nspawn"
RELEASE = "bookworm"
DEPENDENCIES = "systemd,systemd-sysv,dbus,python3,libstdc++6,libudev1,tzdata,passwd"
"""What the package needs, and an init to boot with."""
BROKER = "mosquitto,mosquitto-clients"


class LabError(Exception):
    """The lab itself does not work; the text says what was tried."""


def device_root() -> Path:
    """A device before nattro comes: all that it depends on, and a broker."""
    return _made("device", [f"--include={DEPENDENCIES},{BROKER}"])


def bare_root() -> Path:
    """A Debian without Python or systemd, but with the packages of both in apt's cache."""
    download = "apt-get --quiet --quiet --yes --download-only install " + DEPENDENCIES.replace(",", " ")
    return _made("bare", ["--skip=cleanup/apt", f'--customize-hook=chroot "$1" {download}'])


@contextmanager
def copy_of(root: Path) -> Iterator[Path]:
    """A copy that may be spoilt, gone afterwards."""
    with TemporaryDirectory(dir=CACHE, prefix="copy-") as folder:
        copy = Path(folder) / "root"
        subprocess.run(["cp", "--archive", "--reflink=auto", root, copy], check=True)
        yield copy


def _made(name: str, recipe: list[str]) -> Path:
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--format=directory",
        "--mode=root",
        *recipe,
        RELEASE,
    ]
    key = hashlib.sha256(" ".join(command).encode()).hexdigest()[:12]
    root = CACHE / f"{name}-{key}"
    if root.exists():
        return root
    print(f"making a Debian root for the lab (once): {name} …", flush=True)
    unfinished = CACHE / f"{name}-{key}.new"
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        subprocess.run([*command, unfinished], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise LabError(f"{' '.join(command)}: {error.stderr[-600:]}") from error
    return unfinished.rename(root)
