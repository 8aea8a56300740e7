"""`make test-arm64`: the arm64 package under qemu-user. Says what is missing and stops where it cannot run."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from arm64 import root as arm64

TOOLS = {"qemu-aarch64-static": "qemu-user-static", "mmdebstrap": "mmdebstrap", "dpkg-deb": "dpkg"}
RECORDINGS = arm64.PROJECT / "firmware-sim/recordings"
TESTS = ["tests/core", "tests/models/test_occupancy.py", "tests/models/test_region.py"]
TESTS += [f"tests/vision/test_{part}.py" for part in ("integrity", "motion", "verdict", "reference")]
STARTING = ["tests/models/test_occupancy.py::test_the_net_is_loaded_without_anything_heavy_but_onnx_runtime"]
"""Left out: what starts a program of its own cannot under qemu-user, unless the kernel knows arm64 programs."""
LARGEST = 5e-3
"""Most by which a chance may differ from x86-64: no verdict hangs on so little."""


def main() -> int:
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        print(f"test-arm64 SKIPPED: missing Debian packages: {' '.join(missing)}")
        return 0
    begun = time.monotonic()
    root = arm64.made()
    try:
        package = arm64.with_package(root)
    except arm64.NoPackage as error:
        print(f"test-arm64: {error}", file=sys.stderr)
        return 1
    print(
        f"{package.name} under qemu-user, {arm64.PROCESSOR} (times and memory are the emulation's, not a Pi's)"
    )
    failed = [name for name, check in CHECKS.items() if not _carried_out(name, check, root)]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all as it should be"
    print(f"\ntest-arm64: {verdict}, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def _carried_out(name: str, check: Any, root: Path) -> bool:
    print(f"\n{name}", flush=True)
    begun = time.monotonic()
    passed = bool(check(root))
    print(f"  {'ok' if passed else 'FAILED'} [{time.monotonic() - begun:.0f} s]", flush=True)
    return passed


def the_command(root: Path) -> bool:
    """The installed wheel, as tests/wheel.sh uses it, as far as no program need be started from another."""
    cli = ["-m", "agent.cli"]
    return all(
        arm64.emulated(root, *cli, *arguments) == 0
        for arguments in (
            ["--version"],
            ["config", "check", str(arm64.PROJECT / "agent/config/example.toml")],
        )
    )


def the_net(root: Path) -> bool:
    """The same pictures and films there and here."""
    script = Path(__file__).with_name("outputs.py")
    there, here = arm64.CACHE / "aarch64.json", arm64.CACHE / "x86_64.json"
    if arm64.emulated(root, str(script), str(RECORDINGS), str(there)):
        return False
    subprocess.run([sys.executable, str(script), str(RECORDINGS), str(here)], check=True)
    return _compared(*(json.loads(file.read_text(encoding="utf-8")) for file in (there, here)))


def _compared(there: dict[str, Any], here: dict[str, Any]) -> bool:
    differences = {what: abs(there["chances"][what] - chance) for what, chance in here["chances"].items()}
    worst = max(differences, key=lambda what: differences[what])
    print(
        f"  {len(differences)} pictures: largest difference of the chance {differences[worst]:.1e} ({worst})"
    )
    looks = {film: (there["looks"][film], look) for film, look in here["looks"].items()}
    for film, (far, near) in looks.items():
        cue = max(near["cues"], key=lambda name: abs(near["cues"][name] - far["cues"][name]))
        apart = abs(near["cues"][cue] - far["cues"][cue])
        print(
            f"  look at {film}: {far['verdict']} there, {near['verdict']} here; cues differ by {apart:.1e} ({cue})"
        )
    for what in ("seconds of imports", "seconds a picture", "seconds a look", "megabytes"):
        print(f"  {what}: {there[what]:.2f} emulated, {here[what]:.2f} on this x86-64")
    return differences[worst] <= LARGEST and all(
        far["verdict"] == near["verdict"] for far, near in looks.values()
    )


def the_tests(root: Path) -> bool:
    """Model and core, with the package's code: the tests lie in a folder without the project's own."""
    folder = arm64.CACHE / "checks"
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("tests", "firmware-sim", "docs"):
        shutil.copytree(arm64.PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pytest.ini").write_text(
        "[pytest]\npythonpath = . firmware-sim\naddopts = --import-mode=importlib\n"
    )
    print(f"  left out, since they start programs: {', '.join(STARTING)}", flush=True)
    quiet = ["-q", "-p", "no:cacheprovider", "--timeout=900", *(f"--deselect={each}" for each in STARTING)]
    return (
        arm64.emulated(root, "-m", "pytest", *quiet, *TESTS, path=(arm64.test_tools(),), folder=folder) == 0
    )


CHECKS = {"The command": the_command, "The net": the_net, "The tests of core and model": the_tests}

if __name__ == "__main__":
    sys.exit(main())
