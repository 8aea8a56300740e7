"""The package under test, and others made from it: an older one, a newer one, one for another Python."""

import shutil
import subprocess
from pathlib import Path

from nspawn.root import LabError

DIST = Path(__file__).parents[3] / "dist"


def built() -> Path:
    """The package that `make deb` has made for this kind of machine. Raises LabError."""
    found = sorted(DIST.glob("nattro_*~deb12_amd64.deb"), key=lambda file: file.stat().st_mtime)
    if not found:
        raise LabError("dist/ holds no package; run `make deb ARCH=amd64` first")
    return found[-1]


def version_of(package: Path) -> str:
    done = subprocess.run(
        ["dpkg-deb", "--field", package, "Version"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class Variants:
    """The package, unpacked once, to be packed again under another version; hardly compressed: for a minute."""

    def __init__(self, package: Path, folder: Path) -> None:
        self._package = package
        self._folder = folder
        self._tree = folder / "tree"
        subprocess.run(["dpkg-deb", "--raw-extract", package, self._tree], check=True)

    def packed(self, version: str, *, script: tuple[str, str, str] | None = None) -> Path:
        """The same with this version. script: in which maintainer script to write what in place of what."""
        control = self._tree / "DEBIAN/control"
        before = control.read_text()
        control.write_text(before.replace(version_of(self._package), version))
        kept = self._folder / "kept"
        if script:
            name, old, new = script
            file = self._tree / "DEBIAN" / name
            shutil.copy2(file, kept)
            if old not in file.read_text():
                raise LabError(f"{name} no longer says {old!r}")
            file.write_text(file.read_text().replace(old, new))
        package = self._folder / f"nattro_{version}_amd64.deb"
        command = [
            "dpkg-deb",
            "--root-owner-group",
            "-Zgzip",
            "-z1",
            "--build",
            str(self._tree),
            str(package),
        ]
        subprocess.run(command, check=True, capture_output=True)
        control.write_text(before)
        if script:
            shutil.copy2(kept, self._tree / "DEBIAN" / script[0])
        return package
