"""The agent as a process of its own, killed with SIGKILL; `python -m firmware_sim.killtest` does it at length."""

from pathlib import Path

import pytest

from firmware_sim.full.brokers import BrokerMissing
from firmware_sim.killtest import KillTest


def test_an_agent_killed_in_the_night_answers_each_check_once_and_loses_no_alarm(tmp_path: Path) -> None:
    try:
        test = KillTest(kills=12, seed=7, broker="mosquitto", folder=tmp_path)
    except BrokerMissing as missing:
        pytest.skip(str(missing))
    figures = test.run()
    assert figures.failures == []
    assert figures.checks == 10
    assert figures.alarms >= 4
