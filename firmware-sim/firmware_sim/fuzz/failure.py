"""Which failure it is: a night may break many promises, and a shorter night must break the same one."""

import re
import traceback
from collections.abc import Callable

import msgspec

from agent.core.policy import PolicyError
from firmware_sim.local_time import LocalTimeError
from firmware_sim.runner import play
from firmware_sim.scenario import Scenario, ScenarioError

PARTICULARS = re.compile(r"\S*\d\S*")
NOT_PLAYED = 0
"""In place of a promise's number: the agent did not survive the night."""
LAST_LINES = 1


class Failure(msgspec.Struct, frozen=True):
    """A kind of failure: the promise and the judgement's words, without times, ids and numbers."""

    promise: int
    words: str

    def __str__(self) -> str:
        told = f"promise {self.promise}" if self.promise else "not played to its end"
        return f"{told}: {self.words}"


def failures(scenario: Scenario) -> list[Failure]:
    """The failures of a night, each once, in the order of time."""
    try:
        night = play(scenario)
    except Exception as error:  # noqa: BLE001 # whatever the agent raises is a failure to be looked for
        return [Failure(NOT_PLAYED, _without_particulars(_raised(error)))]
    found = sorted(night.violations, key=lambda violation: violation.at)
    return list(dict.fromkeys(Failure(each.promise, _without_particulars(each.text)) for each in found))


def same(wanted: Failure) -> Callable[[Scenario], bool]:
    """Whether a night fails in this way, perhaps among others."""
    return lambda scenario: wanted in failures(scenario)


def _raised(error: Exception) -> str:
    return " | ".join(traceback.format_exception(error)[-LAST_LINES:]).strip()


def _without_particulars(text: str) -> str:
    return PARTICULARS.sub("#", text)


UNPLAYABLE = (ScenarioError, PolicyError, LocalTimeError)
"""What `build` raises for a file that is no night at all."""
