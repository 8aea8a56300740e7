"""What the doctor says: `words.toml`, where Swedish and English stand beside each other."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from agent.core.facts import Text
from agent.doctor.findings import Outcome, Value

NOTHING = Text(sv="", en="")
ANY_CHECK = "any.check"
"""The words that every check may use: for what it could not find out."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For one finding: what it means, and what to do."""

    means: Text
    do: Text = NOTHING

    def filled(self, values: Mapping[str, Value | Text]) -> "Words":
        """With the values in place of their {braces}; a Text stands in its own language."""
        return Words(_filled(self.means, values), _filled(self.do, values))


class CheckWords(msgspec.Struct, frozen=True):
    """All that one check may say, by code."""

    title: Text
    says: dict[str, Words]


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, CheckWords]:
    """The words of every check, by its name: `clock.trust`."""
    raw = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return {
        f"{link}.{check}": _check_words(says)
        for link, checks in raw.items()
        for check, says in checks.items()
        if check != "title"
    }


@lru_cache(maxsize=1)
def link_titles() -> dict[str, Text]:
    """The heading of every link: `clock`."""
    raw = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return {link: msgspec.convert(checks["title"], Text) for link, checks in raw.items()}


def words_for(check: str, code: str) -> Words:
    """Those of the check itself, or those that every check may use."""
    own = vocabulary()[check].says
    return own[code] if code in own else vocabulary()[ANY_CHECK].says[code]


def _check_words(says: dict[str, Any]) -> CheckWords:
    words = {code: msgspec.convert(each, Words) for code, each in says.items() if code != "title"}
    return CheckWords(msgspec.convert(says["title"], Text), words)


class _Known(dict[str, str | int | float]):
    """A value that nobody gave shall cost a word, not the report."""

    def __missing__(self, _name: str) -> str:
        return "?"


def _filled(text: Text, values: Mapping[str, Value | Text]) -> Text:
    swedish = _Known({name: _in_swedish(each) for name, each in values.items()})
    english = _Known({name: each.en if isinstance(each, Text) else each for name, each in values.items()})
    return Text(sv=text.sv.format_map(swedish), en=text.en.format_map(english))


def _in_swedish(value: Value | Text) -> Value:
    """Swedish writes 0,5."""
    if isinstance(value, Text):
        return value.sv
    return str(value).replace(".", ",") if isinstance(value, float) else value


def needs(check: str) -> Outcome:
    """Not checked, since another check must pass first."""
    return Outcome("not_checked", "needs", {"check": check}, {"title": vocabulary()[check].title})
