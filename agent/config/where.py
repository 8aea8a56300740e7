"""Finds the line of a TOML file on which a key stands: tomllib tells values, not places."""

import re
from collections.abc import Sequence

_TABLE = re.compile(r"^\s*\[+\s*([^\]]+?)\s*\]+")
_KEY = re.compile(r"^\s*(?:#\s*)?([A-Za-z0-9_\"'. -]+?)\s*=")


def line_of(text: str, path: Sequence[str], *, commented: bool = False) -> int | None:
    """Line number (from 1) of the key at `path`, or of the nearest table around it; None if there is neither.

    commented: also accept a key that is commented out (the example shows defaults so).
    """
    best: tuple[int, int] | None = None  # (how much of the path it matches, line)
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _TABLE.match(line):
            table = _split(heading[1])
            found = table
        elif (key := _KEY.match(line)) and (commented or not line.lstrip().startswith("#")):
            found = (*table, *_split(key[1]))
        else:
            continue
        if tuple(path[: len(found)]) == found and (best is None or len(found) > best[0]):
            best = (len(found), number)
    return best[1] if best else None


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
