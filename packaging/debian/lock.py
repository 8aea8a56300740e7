"""Writes wheels-RELEASE.lock: every wheel that the package carries, by version and SHA-256.

Asks pip's own resolver once for each architecture and each Debian release's Python, from the dependencies in
pyproject.toml.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PYTHON_OF = {"bookworm": "3.11", "trixie": "3.13"}
GLIBC_OF = {"bookworm": 36, "trixie": 41}
MACHINES = ("x86_64", "aarch64")


def wheels(dependencies: list[str], release: str, machine: str) -> list[tuple[str, str, str]]:
    """Name, version and hash of each wheel that a device of this kind needs."""
    platforms = [f"--platform=manylinux_2_{minor}_{machine}" for minor in range(17, GLIBC_OF[release] + 1)]
    platforms.append(f"--platform=manylinux2014_{machine}")
    options = "--quiet --disable-pip-version-check --dry-run --ignore-installed --report=- --target=/nowhere"
    kind = f"--only-binary=:all: --implementation=cp --python-version={PYTHON_OF[release]}"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options.split(), *kind.split(), *platforms, *dependencies],
        stdout=subprocess.PIPE,
        check=True,
    )
    return [
        (
            each["metadata"]["name"].lower(),
            each["metadata"]["version"],
            each["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for each in json.loads(done.stdout)["install"]
    ]


def locked(dependencies: list[str], release: str) -> str:
    """One release's requirements, as `pip --require-hashes` reads them."""
    found: dict[tuple[str, str], set[str]] = {}
    for machine in MACHINES:
        for name, version, digest in wheels(dependencies, release, machine):
            found.setdefault((name, version), set()).add(digest)
    return "".join(
        f"{name}=={version}"
        + "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(digests))
        + "\n"
        for (name, version), digests in sorted(found.items())
    )


def main() -> None:
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]
    for release in PYTHON_OF:
        file = HERE / f"wheels-{release}.lock"
        file.write_text(locked(project["dependencies"], release))
        print(f"{file}: {file.read_text().count('==')} wheels")


if __name__ == "__main__":
    main()
