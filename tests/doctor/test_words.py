"""What the doctor says: everything in both languages, nothing that is never said, no value left in its braces."""

import ast
import inspect
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.core.facts import Text
from agent.doctor.chain import CHAIN, Check
from agent.doctor.words import ANY_CHECK, link_titles, vocabulary, words_for

DOCTOR = Path(__file__).parents[2] / "agent/doctor"
OUTCOMES = {"ok", "warning", "fault", "not_checked"}
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


def test_figures_are_written_as_each_language_writes_them() -> None:
    told = words_for("worker.answers", "ok").filled({"seconds": 0.5}).means
    assert "på 0,5 s" in told.sv
    assert "within 0.5 s" in told.en


@pytest.mark.parametrize("check", CHAIN, ids=lambda check: check.name)
def test_every_value_in_the_words_is_given_by_the_check(check: Check) -> None:
    """As far as its function gives it outright; what a helper gives shows in the planted faults."""
    says = vocabulary()[check.name].says
    for code, given in _given(check.make):
        if code in says and "**" not in given:
            words = says[code]
            assert braces(words.means.en) | braces(words.do.en) <= given, code


def _given(make: Callable[..., object]) -> Iterator[tuple[str, set[str]]]:
    """Each code with the values that the function gives with it; `**` if they are a dictionary's."""
    for node in ast.walk(ast.parse(inspect.getsource(make))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OUTCOMES:
            code = ast.literal_eval(node.args[0]) if node.args else "ok"
            yield code, {keyword.arg or "**" for keyword in node.keywords}
