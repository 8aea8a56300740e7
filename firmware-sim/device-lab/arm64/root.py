"""An arm64 Debian that is never booted: libraries and Python for qemu-user, with the package unpacked into it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]
CACHE = PROJECT / "build/arm64"
INCLUDED = "python3,libstdc++6,libudev1,tzdata"
PROCESSOR = "cortex-a72"
"""That of a Raspberry Pi 4."""
PYTHON = "/usr/lib/nattro/bin/python"
SITE = "usr/lib/nattro/lib/python3.11/site-packages"
TEST_TOOLS = ["pytest~=9.2", "pytest-timeout~=2.4", "hypothesis~=6.170", "onnx~=1.23", "numba~=0.68.0"]

_CORE = """processor\t: {number}
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3

"""


class NoPackage(Exception):
    """There is no arm64 package to test."""


def made() -> Path:
    """The root, without nattro; made once."""
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--architectures=arm64", "--mode=root"]
    command += ["--format=directory", f"--include={INCLUDED}", "bookworm"]
    root = CACHE / f"root-{_key(command)}"
    if not root.exists():
        print("fetching an arm64 root (once) …", flush=True)
        unfinished = root.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([*command, unfinished], check=True)
        _give_the_face_of_a_pi(unfinished)
        unfinished.rename(root)
    return root


def with_package(root: Path) -> Path:
    """Unpacks the arm64 package that `make deb` has made; gives its file. Raises NoPackage."""
    found = sorted((PROJECT / "dist").glob("nattro_*~deb12_arm64.deb"), key=lambda file: file.stat().st_mtime)
    if not found:
        raise NoPackage("dist/ holds no arm64 package; run `make deb ARCH=arm64` first")
    shutil.rmtree(root / "usr/lib/nattro", ignore_errors=True)
    subprocess.run(["dpkg-deb", "--extract", found[-1], root], check=True)
    return found[-1]


def test_tools() -> Path:
    """pytest and what else the tests import, as arm64 wheels."""
    site = CACHE / f"tools-{_key(TEST_TOOLS)}"
    if not site.exists():
        print("fetching the tests' tools for arm64 (once) …", flush=True)
        unfinished = site.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in range(17, 37)]
        options = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--python-version=3.11"]
        command = [sys.executable, "-m", "pip", "install", *options, *platforms, f"--target={unfinished}"]
        subprocess.run([*command, "--platform=manylinux2014_aarch64", *TEST_TOOLS], check=True)
        unfinished.rename(site)
    return site


def emulated(root: Path, *arguments: str, path: tuple[Path, ...] = (), folder: Path | None = None) -> int:
    """`python ARGUMENTS` of the package under qemu-user; gives its exit status."""
    command = ["qemu-aarch64-static", "-cpu", PROCESSOR, "-L", str(root), "-0", PYTHON]
    own = (root / SITE, *path)  # the package's own come first
    environment = {**os.environ, "PYTHONPATH": ":".join(map(str, own)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*command, str(root / "usr/bin/python3.11"), *arguments], env=environment, cwd=folder, check=False
    ).returncode


def _give_the_face_of_a_pi(root: Path) -> None:
    """ONNX Runtime asks /proc and /sys about the processor at its import, and falls over this machine's answers."""
    processors = root / "sys/devices/system/cpu"
    processors.mkdir(parents=True)
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/cpuinfo").write_text("".join(_CORE.format(number=number) for number in range(4)))
    for name, said in {"possible": "0-3", "present": "0-3", "kernel_max": "3"}.items():
        (processors / name).write_text(f"{said}\n")


def _key(recipe: list[str]) -> str:
    return hashlib.sha256(" ".join(recipe).encode()).hexdigest()[:12]
