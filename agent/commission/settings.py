"""Puts the bed's corners into the configuration file: everything else in it stays as people wrote it."""

import difflib
import json
import os
from pathlib import Path

from agent.config import parse
from agent.config.where import line_of
from vision.protocol import Bed

USUAL_FOLDER = Path("/var/lib/nattro-reference")
"""Where a device keeps its reference, if its configuration names no other folder."""


class Unchangeable(Exception):
    """The file cannot be changed by a program; the text says why, and what to write by hand."""


def changed(text: str, bed: Bed, folder: Path | None) -> str:
    """The configuration with these corners, and with the reference's folder if one is given.

    Raises Unchangeable if the result would not be a configuration that says so.
    """
    corners = ", ".join(f"[{x:g}, {y:g}]" for x, y in bed)
    new = _with_key(text, "bed", f"bed = [{corners}]")
    if folder is not None:
        new = _with_key(new, "reference", f"reference = {json.dumps(str(folder))}", after="bed")
    try:
        camera = parse(new).camera
    except Exception as error:  # whatever it is, people must do it then
        raise Unchangeable(f"write it by hand below [camera]: bed = [{corners}] ({error})") from error
    if camera.bed != bed or (folder is not None and camera.reference != folder):
        raise Unchangeable(f"write it by hand below [camera]: bed = [{corners}]")
    return new


def difference(old: str, new: str, file: Path) -> str:
    """As `diff -u` shows it."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), str(file), str(file), n=1, lineterm="")
    return "\n".join(lines)


def replace_file(file: Path, text: str) -> None:
    """The old file or the new one, also after a power cut; owner and permissions stay. Raises OSError."""
    file = file.resolve()
    now, new = file.stat(), file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), now.st_mode & 0o7777)
        if os.geteuid() == 0:
            os.fchown(stream.fileno(), now.st_uid, now.st_gid)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.rename(file)
    descriptor = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _with_key(text: str, key: str, line: str, *, after: str = "") -> str:
    """`line` in the place of camera.`key`, or behind the key `after`."""
    lines = text.splitlines()
    first = _line(lines, text, key)
    if first is not None:
        lines[first : first + _length(lines, first)] = [line]
    else:
        before = _line(lines, text, after) if after else None
        if before is None:
            raise Unchangeable(f"there is no `{after or key}` below [camera]; write it by hand: {line}")
        lines.insert(before + _length(lines, before), line)
    return "\n".join(lines) + "\n"


def _line(lines: list[str], text: str, key: str) -> int | None:
    """Index of the line on which camera.`key` stands."""
    number = line_of(text, ("camera", key))
    if number is None or not lines[number - 1].lstrip().startswith(key):
        return None
    return number - 1


def _length(lines: list[str], first: int) -> int:
    """How many lines a value takes: until its brackets are closed."""
    open_brackets = 0
    for count, line in enumerate(lines[first:], 1):
        bare = line.partition("#")[0]
        open_brackets += bare.count("[") - bare.count("]")
        if open_brackets <= 0:
            return count
    return 1
