"""A release can be checked by whoever installs it: hashes of everything, one signature, nothing changed unseen."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import __version__

PROJECT = Path(__file__).parents[2]
PACKAGE = f"nattro_{__version__}-1~deb12_arm64.deb"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A folder as `make deb` leaves it."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / PACKAGE).write_bytes(b"a package")
    (folder / "nattro_0.0.1-1~deb12_arm64.deb").write_bytes(b"an old one")
    return folder


def noted(dist: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, PROJECT / "packaging/release_notes.py", "--dist", dist, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def summed(dist: Path) -> bool:
    return (
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=dist, check=False).returncode
        == 0
    )


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed on this machine")


def test_the_notes_say_what_changed_which_files_and_what_to_check(dist: Path) -> None:
    assert noted(dist).returncode == 0
    text = (dist / "RELEASE-NOTES.md").read_text()
    assert re.search(rf"{re.escape(PACKAGE)} \| .* \| `[0-9a-f]{{64}}` \|", text)
    assert "0.0.1" not in text, "the notes name a package of another version"
    assert "### Added" in text
    assert "ssh-keygen -Y verify" in text
    assert summed(dist)


def test_nothing_to_release_is_said(tmp_path: Path) -> None:
    done = noted(tmp_path)
    assert done.returncode == 1
    assert "run `make deb` first" in done.stderr


@needs("ssh-keygen")
def test_an_ssh_signature_covers_packages_and_notes(dist: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    done = noted(dist, "--key", str(key))
    assert done.returncode == 0, done.stderr
    (tmp_path / "allowed").write_text(f"release {key.with_suffix('.pub').read_text()}")

    def verified() -> bool:
        command: list[str | Path] = [
            "ssh-keygen",
            "-Y",
            "verify",
            "-f",
            tmp_path / "allowed",
            "-I",
            "release",
            "-n",
            "nattro-release",
        ]
        with (dist / "SHA256SUMS").open() as sums:
            done = subprocess.run([*command, "-s", dist / "SHA256SUMS.sig"], stdin=sums, check=False)
        return done.returncode == 0

    assert verified()
    assert summed(dist)
    with (dist / "RELEASE-NOTES.md").open("a") as notes:
        notes.write("Check nothing.\n")
    assert not summed(dist), "changed notes pass"
    with (dist / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  {PACKAGE}\n")
    assert not verified(), "changed sums pass"


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An OpenPGP key that lives for one test. (The agent's socket has a short path, hence a folder of its own.)"""
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    environment = {"GNUPGHOME": str(home)}
    make = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
        "release@example.org",
        "ed25519",
    ]
    subprocess.run(make, check=True, env={**os.environ, **environment}, capture_output=True)
    yield environment
    subprocess.run(["gpgconf", "--kill", "all"], check=True, env={**os.environ, **environment})


@needs("gpg")
def test_an_openpgp_signature_will_do_as_well(dist: Path, keyring: dict[str, str]) -> None:
    done = noted(dist, "--key", "release@example.org", **keyring)
    assert done.returncode == 0, done.stderr
    verify: list[str | Path] = ["gpg", "--quiet", "--verify", dist / "SHA256SUMS.asc", dist / "SHA256SUMS"]
    assert subprocess.run(verify, check=False, env={**os.environ, **keyring}).returncode == 0


@needs("gpg")
def test_a_key_that_is_not_there_is_refused(dist: Path, keyring: dict[str, str]) -> None:
    done = noted(dist, "--key", "nobody@example.org", **keyring)
    assert done.returncode == 1
    assert "not signed" in done.stderr
    assert not (dist / "SHA256SUMS.asc").exists()
