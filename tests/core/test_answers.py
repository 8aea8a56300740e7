"""How looks make an answer: every sequence of up to three looks."""

from datetime import UTC, datetime
from itertools import product
from typing import get_args

import pytest

from agent.core.answers import TEXTS, conclude, needs_alarm, text_of
from agent.core.facts import AnswerStatus, LookResult, LookSummary

RESULTS: tuple[LookResult, ...] = get_args(LookResult)
SEQUENCES = [looks for length in range(4) for looks in product(RESULTS, repeat=length)]


def looks(results: tuple[LookResult, ...]) -> list[LookSummary]:
    return [
        LookSummary(
            at=datetime(2026, 11, 21, 22, minute, tzinfo=UTC), result=result, reasons=(f"why{minute}",)
        )
        for minute, result in enumerate(results)
    ]


def test_all_sequences_are_here() -> None:
    assert len(SEQUENCES) == 1 + 5 + 25 + 125


@pytest.mark.parametrize("results", SEQUENCES, ids="-".join)
def test_looks_make_an_answer(results: tuple[LookResult, ...]) -> None:
    status = conclude(looks(results), "power").status
    if "in_bed" in results:
        assert status == "in_bed"
    elif not results:
        assert status == "missed"
    elif set(results) == {"not_in_bed"}:
        assert status == "not_in_bed"
    elif results[-1] in ("camera_fault", "failed"):
        assert status == "camera_fault"
    else:
        assert status == "uncertain"


@pytest.mark.parametrize("results", SEQUENCES, ids="-".join)
def test_an_answer_that_is_no_certainty_gives_a_reason(results: tuple[LookResult, ...]) -> None:
    conclusion = conclude(looks(results), "power")
    assert conclusion.reason or conclusion.status == "in_bed"


def test_the_reason_for_mixed_looks_says_so_and_the_reason_for_a_fault_is_the_last_fault() -> None:
    assert conclude(looks(("uncertain", "not_in_bed")), "").reason == "mixed_looks"
    assert conclude(looks(("uncertain", "failed")), "").reason == "why1"
    assert conclude(looks(()), "power").reason == "power"


def test_every_status_has_a_text_in_both_languages() -> None:
    assert set(TEXTS) == set(get_args(AnswerStatus))
    assert all(text.sv and text.en and text.sv != text.en for text in TEXTS.values())


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("in_bed", "", False),
        ("paused", "", False),
        ("not_in_bed", "", True),
        ("uncertain", "mixed_looks", True),
        ("camera_fault", "covered", True),
        ("missed", "power", True),
        ("missed", "clock", True),
        ("missed", "state_lost", True),
        ("missed", "privacy_switch", True),
        ("missed", "no_consent", False),
        ("missed", "consent_withdrawn", False),
    ],
)
def test_who_must_act(status: AnswerStatus, reason: str, expected: bool) -> None:
    assert needs_alarm(status, reason) is expected


def test_without_consent_staff_read_that_supervision_must_be_arranged_otherwise() -> None:
    assert text_of("missed", "consent_withdrawn") != text_of("missed", "power")
