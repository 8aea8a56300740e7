"""What the doctor says: everything in both languages, nothing that is never said, no value left in its braces."""

import ast
import re
import string
from pathlib import Path

import pytest

from agent.core.facts import Text
from agent.doctor.chain import CHAIN
from agent.doctor.words import ANY_CHECK, link_titles, vocabulary

DOCTOR = Path(__file__).parents[2] / "agent/doctor"
EVERY = [(check, code) for check, words in vocabulary().items() for code in words.says]


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def words_in_the_code() -> set[str]:
    """Every text that stands alone between quotes in the doctor's modules; its codes are among them."""
    trees = [ast.parse(file.read_text()) for file in DOCTOR.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize(("check", "code"), EVERY)
def test_every_finding_is_told_in_swedish_and_english(check: str, code: str) -> None:
    words = vocabulary()[check].says[code]
    for text in (words.means, words.do):
        assert bool(text.sv) == bool(text.en)
        assert braces(text.sv) == braces(text.en)
        assert text.sv != text.en or not re.sub(r"\{\w+\}|`[^`]*`", "", text.sv)
    assert words.means.sv


def test_every_check_of_the_chain_has_words_and_every_word_a_check() -> None:
    named = {check.name for check in CHAIN}
    assert named == set(vocabulary()) - {ANY_CHECK}
    assert {name.partition(".")[0] for name in named} == set(link_titles()) - {"any"}


def test_titles_come_in_both_languages() -> None:
    titles: list[Text] = [*link_titles().values(), *(words.title for words in vocabulary().values())]
    assert all(title.sv and title.en for title in titles)


def test_no_words_are_left_over() -> None:
    assert {code for _, code in EVERY} <= words_in_the_code()


def test_a_check_that_needs_another_comes_after_it() -> None:
    seen: set[str] = set()
    for check in CHAIN:
        assert set(check.needs) <= seen, check.name
        seen.add(check.name)
