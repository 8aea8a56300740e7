"""No agreed time is slept through, however the clock's readings fall around it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agent.core.core import Core
from agent.core.events import CameraAppeared, ConsentGranted, Started
from agent.core.moment import Now
from agent.core.policy import Policy

CHECK = datetime(2026, 11, 20, 22, 30, tzinfo=ZoneInfo("Europe/Stockholm")).timestamp()


@pytest.mark.parametrize("late", [0.0, 1e-6, 0.0005, 0.002, 3.0])
def test_a_check_that_begins_between_two_readings_of_the_clock_is_due_at_once(late: float) -> None:
    core = Core(Policy(device="n-1", times=("22:30",)))
    before = Now(boot=1000.0, utc=CHECK - 0.001)
    for event in (
        Started(boot_id="b", instance="i", epoch="e", store="new", clean=False, version="1"),
        ConsentGranted(reference="r", date="2026-11-01", person=True),
        CameraAppeared(),
    ):
        core.handle(event, before)
    now = Now(boot=1000.001 + late, utc=CHECK + late)
    deadline = core.next_deadline(now)
    assert deadline is not None
    assert deadline == pytest.approx(now.boot, abs=0.002)
