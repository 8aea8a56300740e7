"""Reads a configuration file, and turns whatever is wrong with it into one text for the person who wrote it."""

import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec.structs import replace

from agent.config.credentials import credential
from agent.config.sections import Config
from agent.config.sense import Nonsense, demand
from agent.config.where import line_of

_SYNTAX = re.compile(r"^(?P<what>.*?) \(at (?P<where>.*)\)$")
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED_FIELD = re.compile(r"(?:unknown|required) field `([^`]+)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class ConfigError(Exception):
    """A configuration that cannot be used; the text says what, where and how to mend it."""


def example() -> str:
    """The commented example, which is itself a valid configuration."""
    return Path(__file__).with_name("example.toml").read_text(encoding="utf-8")


def load(file: Path) -> Config:
    """Read and check a file. Relative paths in it are resolved against its folder. Raises ConfigError."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}:{line}: not UTF-8 text; save the file as UTF-8") from error
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: no such file; `nattro config example > {file}` makes one") from error
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; the file must be readable by this user") from error
    return parse(text, str(file), folder=file.resolve().parent)


def parse(text: str, name: str = "configuration", *, folder: Path | None = None) -> Config:
    """Check the text of a configuration file. Raises ConfigError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(str(error), name)) from error
    try:
        config = msgspec.convert(raw, Config, dec_hook=_path)
        demand(config)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(str(error), raw, text, name)) from error
    except Nonsense as error:
        raise ConfigError(_place(error.path, text, name) + error.text) from error
    return _anchored(config, folder) if folder else config


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError(f"Expected a path as text, got `{type(value).__name__}`")


def _anchored(config: Config, folder: Path) -> Config:
    """The same configuration with absolute paths."""
    camera, broker = config.camera, config.broker
    if not camera.is_device:
        camera = replace(camera, source=f"recording:{folder / camera.node}")
    if camera.reference:
        camera = replace(camera, reference=folder / camera.reference)
    files = {name: getattr(broker, name) for name in ("ca", "certificate", "key", "password_file")}
    return replace(
        config,
        camera=camera,
        broker=replace(
            broker, **{name: str(credential(folder, file)) for name, file in files.items() if file}
        ),
        device=replace(config.device, state=folder / config.device.state),
    )


def _syntax(message: str, name: str) -> str:
    found = _SYNTAX.match(message)
    what, where = (found["what"], found["where"]) if found else (message, "an unknown place")
    return (
        f"{name}: {where}: this is not TOML: {what}. Text needs quotes, a list [brackets], a section [name]."
    )


def _explain(message: str, raw: dict[str, Any], text: str, name: str) -> str:
    """msgspec's message, with the line, and with what the example says at the same place."""
    found = _AT.match(message)
    what, at = (found["what"], found["path"] or "") if found else (message, "")
    path = tuple(key or int(index) for key, index in _STEP.findall(at.replace("[...]", "[0]")))
    keys = tuple(step for step in path if isinstance(step, str))
    if field := _NAMED_FIELD.search(what):
        keys = (*keys, field[1])
        problem = f"there is no such key{_meant(keys)}" if "unknown" in what else f"missing{_shown(keys)}"
    elif choices := _choices(keys):
        problem = f"{_value(raw, path)!r} is none of its choices: {', '.join(choices)}"
    elif "matching regex" in what:
        problem = f"{_value(raw, path)!r} is not written as it should be{_shown(keys)}"
    else:
        problem = _plainly(what) + _shown(keys)
    return _place(keys, text, name) + problem


def _value(raw: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _place(path: tuple[str, ...], text: str, name: str) -> str:
    line, key = line_of(text, path), ".".join(path)
    return f"{name}:{line}: {key}: " if line else f"{name}: {key}: "


def _plainly(what: str) -> str:
    """msgspec speaks of types; people who mend a file do not."""
    for formal, plain in (
        ("Expected ", "should be "),
        ("`object | null`", "a table in { }"),
        ("`str`", "text"),
        ("`int`", "a whole number"),
        ("`float`", "a number"),
        ("`bool`", "true or false"),
        ("`array`", "a list"),
        ("`object`", "a section"),
        (", got ", ", not "),
    ):
        what = what.replace(formal, plain)
    return what


def _shown(path: tuple[str, ...]) -> str:
    """What the example says at the same place, as a hint."""
    text = example()
    line = line_of(text, path, commented=True)
    if line is None:
        return "; see `nattro config example`"
    shown = text.splitlines()[line - 1].lstrip("# ").partition("  #")[0].strip()
    return f"; for example: {shown}"


def _meant(path: tuple[str, ...]) -> str:
    """The key that was probably meant, or all that could be."""
    import difflib

    keys = _keys_of(path[:-1])
    if close := difflib.get_close_matches(path[-1], keys, n=1):
        return f"; did you mean {close[0]}?"
    return f"; known here: {', '.join(keys)}" if keys else ""


def _keys_of(path: tuple[str, ...]) -> list[str]:
    """The keys that the section at `path` knows."""
    kinds = _kinds_at(path)
    found = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    return [field.name for field in msgspec.structs.fields(found[0])] if found else []


def _choices(path: tuple[str, ...]) -> list[str]:
    """The words that the key at `path` may have, if it has a choice of words."""
    kinds = _kinds_at(path)
    return [repr(word) for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]


def _kinds_at(path: tuple[str, ...]) -> tuple[Any, ...]:
    """The type of the key at `path`, and those that it is a union of."""
    kinds: tuple[Any, ...] = (Config,)
    for step in path:
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
        fields = {field.name: field.type for section in sections for field in msgspec.structs.fields(section)}
        if step not in fields:
            return ()
        kinds = (fields[step], *get_args(fields[step]))
    return kinds
