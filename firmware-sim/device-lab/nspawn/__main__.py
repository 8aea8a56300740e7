"""`make nspawn-test`: the built package in containers with a real systemd. Without root it says so and stops."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nspawn import acceptance, home, lifecycle, packages
from nspawn.machine import Machine, booted
from nspawn.root import LabError, copy_of, device_root

TOOLS = {"mmdebstrap": "mmdebstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}


def why_not() -> str | None:
    """What keeps the lab from running on this machine."""
    if os.geteuid() != 0:
        return "only root can start containers"
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    return f"missing Debian packages: {' '.join(missing)}" if missing else None


def main() -> int:
    if reason := why_not():
        print(f"nspawn-test SKIPPED: {reason}")
        return 0
    package = packages.built()
    print(f"{package.name}, {package.stat().st_size / 1e6:.0f} MB", flush=True)
    begun = time.monotonic()
    failed = 0
    try:
        print("\nThe units", flush=True)
        with _device(package) as machine, home.listening(machine) as ear:
            failed += _carried_out(acceptance.checks(acceptance.Acceptance(machine, ear)))
        print("\nThe package", flush=True)
        failed += _carried_out(lifecycle.checks(package))
    except LabError as error:
        print(f"nspawn-test: {error}", file=sys.stderr)
        return 1
    verdict = f"{failed} FAILED" if failed else "all as it should be"
    print(f"\nnspawn-test: {verdict}, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


@contextmanager
def _device(package: Path) -> Iterator[Machine]:
    """A device on which the package was installed and which was set up as docs tell."""
    with copy_of(device_root()) as root, booted(root) as machine:
        home.furnish(machine)
        shutil.copy(package, machine.root / "root")
        machine.run("dpkg", "--install", f"/root/{package.name}")
        home.settle_in(machine)
        yield machine


def _carried_out(checks: list[Callable[[], str]]) -> int:
    """How many failed. Each is printed as it ends."""
    failed = 0
    for check in checks:
        begun = time.monotonic()
        what = check.__name__.strip("_").replace("_", " ")
        try:
            told = check()
        except LabError as error:
            failed += 1
            print(f"  FAILED  {what}\n        {error}", flush=True)
        else:
            print(f"  ok  {what} [{time.monotonic() - begun:.0f} s]\n        {told.lstrip()}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
