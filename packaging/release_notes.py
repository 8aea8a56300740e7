"""Release notes: what changed, which files with which hashes, what to check. `make release-notes SIGN_KEY=…`

Writes RELEASE-NOTES.md and SHA256SUMS beside the packages; the sums name the notes, too, so that one signature over
the sums covers everything. SIGN_KEY is the file of an SSH key, or the id of an OpenPGP one.
"""

import argparse
import hashlib
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
NOTES, SUMS = "RELEASE-NOTES.md", "SHA256SUMS"
NAMESPACE = "nattro-release"
"""An SSH signature is good for one purpose; this is its name."""
RELEASED = ("nattro_*.deb", "nattro-*.whl", "nattro-*.tar.gz")


class Unready(Exception):
    """There is nothing that could be released, or it cannot be signed."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dist", type=Path, default=PROJECT / "dist", help="folder of the packages")
    parser.add_argument("--key", default="", help="sign with this key")
    chosen = parser.parse_args(arguments)
    try:
        files = released(chosen.dist)
        (chosen.dist / NOTES).write_text(notes(files), encoding="utf-8")
        sums = chosen.dist / SUMS
        sums.write_text("".join(f"{digest(file)}  {file.name}\n" for file in [*files, chosen.dist / NOTES]))
        print(f"{chosen.dist / NOTES}\n{sums}")
        print(signed(sums, chosen.key) if chosen.key else "not signed: give SIGN_KEY=… to sign the sums")
    except Unready as error:
        print(f"release notes: {error}", file=sys.stderr)
        return 1
    return 0


def released(dist: Path) -> list[Path]:
    """The files of this version. Raises Unready if there are none."""
    found = sorted(
        file
        for pattern in RELEASED
        for file in dist.glob(pattern)
        if re.search(rf"[_-]{version()}[-.]", file.name)
    )
    if not any(file.suffix == ".deb" for file in found):
        raise Unready(f"{dist} holds no package of version {version()}; run `make deb` first")
    return found


def version() -> str:
    text = (PROJECT / "agent/__init__.py").read_text(encoding="utf-8")
    found: list[str] = re.findall(r'^__version__ = "(.*)"', text, re.MULTILINE)
    return found[0]


def notes(files: list[Path]) -> str:
    """What whoever installs it wants to read."""
    rows = [f"| {file.name} | {file.stat().st_size / 1e6:.1f} MB | `{digest(file)}` |" for file in files]
    return "\n".join(
        [
            f"# nattro {version()}",
            "",
            *_section(PROJECT / "CHANGELOG.md", rf"## \[(?:{re.escape(version())}|Unreleased)\]"),
            "## Files",
            "| file | size | SHA-256 |",
            "|---|---|---|",
            *rows,
            "",
            *_section(PROJECT / "docs/release.md", "## What to check on a device"),
        ]
    )


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def signed(sums: Path, key: str) -> str:
    """Signs the sums and gives the signature's file. Raises Unready."""
    if Path(key).is_file():
        target = sums.with_name(f"{SUMS}.sig")
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, str(sums)]
    else:
        target = sums.with_name(f"{SUMS}.asc")
        command = ["gpg", "--batch", "--yes", "--armor", "--local-user", key, "--output", str(target)]
        command += ["--detach-sign", str(sums)]
    target.unlink(missing_ok=True)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Unready(f"{command[0]} is not installed") from error
    if done.returncode:
        raise Unready(f"not signed: {done.stderr.strip()}")
    return str(target)


def _section(file: Path, heading: str) -> list[str]:
    """A section of a document, up to the next of its kind."""
    text = file.read_text(encoding="utf-8")
    found = re.search(rf"^{heading}.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise Unready(f"{file.name} has no section {heading!r}")
    return [*found[0].rstrip().splitlines(), ""]


if __name__ == "__main__":
    sys.exit(main())
