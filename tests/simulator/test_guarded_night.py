"""The broker of docs/mosquitto: who has no certificate stays out, and nobody speaks for another device."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.full.guarded import GuardedMosquitto, tried
from firmware_sim.guarded_night import Transcript, strangers
from tests.brokers import find_mosquitto

CHECK = "nattro/v1/soderhagen/home-17/check"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[GuardedMosquitto]:
    find_mosquitto()
    if shutil.which("mosquitto_sub") is None:
        pytest.skip("mosquitto_sub is not installed (Debian: apt install mosquitto-clients)")
    broker = GuardedMosquitto(tmp_path / "broker")
    broker.start()
    yield broker
    broker.stop()


def test_strangers_are_turned_away_and_the_monitor_hears_nothing_of_them(
    broker: GuardedMosquitto, tmp_path: Path
) -> None:
    with (tmp_path / "heard").open("w+") as heard:
        transcript = Transcript(broker, heard)
        transcript.begin()
        (_, without_certificate), (_, as_another) = strangers(broker, CHECK)
        transcript.end()
        heard.seek(0)
        assert heard.read() == ""
    assert not without_certificate.startswith("exit status 0")
    assert "Not authorized" in as_another


def test_the_monitor_hears_what_a_device_says_on_its_own_topics(
    broker: GuardedMosquitto, tmp_path: Path
) -> None:
    own = broker.authority.sign("home-17")
    with (tmp_path / "heard").open("w+") as heard:
        transcript = Transcript(broker, heard)
        transcript.begin()
        outcome = tried(broker.client("mosquitto_pub", own, "-q", "1", "-t", CHECK, "-m", "in_bed"))
        assert outcome == "exit status 0: nothing said"
        broker.stop()  # what it has taken it delivers before it goes
        transcript.end()
        heard.seek(0)
        assert heard.read() == f"{CHECK} in_bed\n"
