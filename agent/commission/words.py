"""The words of `nattro commission`: `words.toml`, where Swedish and English stand beside each other."""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Literal

import msgspec

from agent.core.facts import Text

Language = Literal["sv", "en"]


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, dict[str, Text]]:
    """All texts, by section and name."""
    raw = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, dict[str, dict[str, Text]])


class Speech:
    """Speaks one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, section: str, name: str, **values: object) -> str:
        """A text with its values. Raises KeyError if there is none of that name."""
        return str(getattr(vocabulary()[section][name], self._language)).format(**values)

    def why(self, reason: str) -> str:
        """A reason of vision.commission: `missing:foot_left`, `dark`; one that has no words here as it is."""
        word, _, about = reason.partition(":")
        if word not in vocabulary()["why"]:
            return self("why", "other", detail=reason)
        return self(
            "why", word, card=self("card", about) if about in vocabulary()["card"] else "", detail=about
        )
