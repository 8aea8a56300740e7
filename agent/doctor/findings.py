"""What the doctor finds: the shape of `nattro doctor --json`."""

from typing import Literal

import msgspec

from agent.core.facts import Text
from agent.core.orders import Instant

FORMAT = 1

State = Literal["ok", "warning", "fault", "not_checked"]
Value = str | int | float


class Outcome(msgspec.Struct, frozen=True):
    """What one check came to.

    code: which of its words apply; values: what stands in their {braces}; words: what does so in either language.
    """

    state: State
    code: str
    values: dict[str, Value] = {}
    words: dict[str, Text] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report.

    check: `clock.trust`, link and what was checked; code: the same for the same finding in every version;
    values: the figures in the texts, for programs; title, means, do: for people (do: empty if there is nothing
    to do); seconds: how long it took.
    """

    check: str
    state: State
    code: str
    values: dict[str, Value]
    title: Text
    means: Text
    do: Text
    seconds: float

    @property
    def link(self) -> str:
        """The link of the chain: `clock`."""
        return self.check.partition(".")[0]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found, in the order of the chain.

    device: `<site>/<device>`, empty if the configuration cannot be read; result: the worst of all findings, where
    `not_checked` counts for nothing.
    """

    format: int = FORMAT
    device: str
    version: str
    at: Instant
    result: Literal["ok", "warning", "fault"]
    findings: tuple[Finding, ...]


def ok(code: str = "ok", **values: Value) -> Outcome:
    return Outcome("ok", code, values)


def warning(code: str, **values: Value) -> Outcome:
    return Outcome("warning", code, values)


def fault(code: str, **values: Value) -> Outcome:
    return Outcome("fault", code, values)


def not_checked(code: str, **values: Value) -> Outcome:
    return Outcome("not_checked", code, values)


def worst(findings: tuple[Finding, ...]) -> Literal["ok", "warning", "fault"]:
    states = {finding.state for finding in findings}
    if "fault" in states:
        return "fault"
    return "warning" if "warning" in states else "ok"
