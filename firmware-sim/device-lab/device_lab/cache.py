"""Things that take minutes to make and are kept, each in a folder named after what it was made of."""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

CACHE = Path(__file__).parents[3] / "build" / "device-lab"


def made_once(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder `kind-key`, made if it is not there; whatever else of its kind there is goes.

    A making that is broken off leaves nothing behind that could be taken for the thing.
    """
    folder = CACHE / f"{kind}-{key}"
    if folder.is_dir():
        return folder
    print(f"making {folder.name} (kept for the next time) …", flush=True)
    for older in CACHE.glob(f"{kind}-*"):
        shutil.rmtree(older)
    growing = CACHE / f"{kind}-{key}.growing"
    growing.mkdir(parents=True)
    make(growing)
    growing.rename(folder)
    return folder


def key_of(files: Iterable[Path], *words: str) -> str:
    """Twelve digits that change with any byte of the files and any of the words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
