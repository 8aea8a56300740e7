"""The machine that the lab runs on: which programs the lab needs on it, and running them."""

import os
import shutil
import subprocess
from pathlib import Path

PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "depmod": "kmod",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "dpkg-deb": "dpkg",
    "apt-get": "apt",
    "make": "make",
    "gcc-12": "gcc-12",
    "xz": "xz-utils",
    "mosquitto": "mosquitto",
}
"""What is run, and the Debian package that has it."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LabRefused(Exception):
    """The lab cannot be set up here; the text says what is missing and what to do."""


class CommandFailed(Exception):
    """A program that the lab runs has failed; the text ends with what it printed."""


def demand_host() -> None:
    """Raise LabRefused unless this machine has what the lab needs."""
    if os.geteuid() != 0:
        raise LabRefused("the lab needs root: it makes a Debian system, owners and all")
    if not Path("/etc/debian_version").is_file():
        raise LabRefused("the lab needs a Debian machine: it takes kernel and system from its mirror by apt")
    missing = sorted({package for name, package in PROGRAMS.items() if not program(name)})
    if missing:
        raise LabRefused(f"missing here: {', '.join(missing)}\n  apt-get install --yes {' '.join(missing)}")


def program(name: str) -> str | None:
    """Where a program is; also those that only root has on its path."""
    return shutil.which(name, path=PATH)


def run(*command: str | Path, cwd: Path | None = None, stdin: bytes | None = None) -> bytes:
    """Run to the end and return what it printed. Raises CommandFailed."""
    environment = os.environ | {"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace")[-2000:]
        raise CommandFailed(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{said}")
    return done.stdout
