"""Writes TOML: the little of it that scenario files need, so that what was made by a machine can be read again."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def lines(values: Mapping[str, Any]) -> Iterator[str]:
    """One `key = value` line for each; tables are written inline. None is left out: TOML has no word for it."""
    for name, given in values.items():
        if given is not None:
            yield f"{key(name)} = {value(given)}"


def key(name: str) -> str:
    """A bare key where it may be one, else a quoted one."""
    return name if name and _BARE.issuperset(name) else value(name)


def value(given: Any) -> str:
    """One value. Raises TypeError for what TOML cannot say."""
    match given:
        case bool():
            return "true" if given else "false"
        case int() | float():
            return repr(given)
        case str():
            return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")
        case datetime():
            return given.isoformat(timespec="seconds")
        case list() | tuple():
            return f"[{', '.join(value(one) for one in given)}]"
        case Mapping():
            pairs = ", ".join(lines(given))
            return f"{{ {pairs} }}" if pairs else "{}"
    raise TypeError(f"TOML cannot say {given!r}")
