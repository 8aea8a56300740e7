"""Bugs in the retained schedule, by which a monitor knows what must come: late, short, or of other times."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from agent.core import commands, consent, schedule
from firmware_sim.mutants.planting import Planted, nothing

_set_schedule = commands._set_schedule  # noqa: SLF001 # bugs grow inside
_withdrawn = consent.withdrawn


def _in_silence(original: Callable[..., Any]) -> Callable[..., Any]:
    """As ever, but the schedule is not said anew."""

    def done(*args: Any, **named: Any) -> Any:
        with patch.object(schedule, "publish", nothing):
            return original(*args, **named)

    return done


SCHEDULES: tuple[Planted, ...] = (
    Planted(
        "new times not published",
        4,
        "a monitor waits for checks that are not agreed any more, and misses none of the new ones",
        ((commands, "_set_schedule", _in_silence(_set_schedule)),),
    ),
    Planted(
        "schedule keeps a withdrawn consent",
        4,
        "a monitor demands answers from a home that is not supervised any more",
        ((consent, "withdrawn", _in_silence(_withdrawn)),),
    ),
    Planted(
        "only the next window published",
        4,
        "a monitor does not know of the check after the next",
        ((schedule, "WINDOWS_AHEAD", 1),),
    ),
)
