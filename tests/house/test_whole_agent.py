"""The whole device, every part real: `nattro run`, the vision worker on a recording, mosquitto, a subscriber."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.brokers import Subscriber, mosquitto
from tests.house.device import GRANT, Device

LOOK = "# look_seconds = 20", "look_seconds = 10"
ROOT = "nattro/v1/soderhagen/home-17"
PATIENCE = 90.0


class Home:
    """A device at a broker, and somebody who listens and commands."""

    def __init__(self, device: Device, subscriber: Subscriber) -> None:
        self.device = device
        self.subscriber = subscriber

    def order(self, name: str, **order: object) -> None:
        command = {
            "id": f"test-{name}",
            "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            "requested_by": "operator",
            "order": {"type": name, **order},
        }
        self.subscriber.say(f"{ROOT}/cmd/{name}", json.dumps(command))

    def said(self, topic: str, count: int = 1) -> list[dict[str, object]]:
        """The data of the messages on a topic, once there are so many."""
        until = time.monotonic() + PATIENCE
        while len(found := self.subscriber.on(f"{ROOT}/{topic}")) < count:
            assert time.monotonic() < until, f"{topic}: {found}; heard {self.subscriber.heard}"
            time.sleep(0.05)
        return [json.loads(payload)["data"] for payload in found if payload]

    def await_closed_camera(self) -> None:
        until = time.monotonic() + PATIENCE
        while self.device.status()["camera_open"] is not False:
            assert time.monotonic() < until, "the camera stays open"


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    """A consented device that looks at the film named by the test's parameter."""
    (tmp_path / "broker").mkdir()
    with mosquitto(tmp_path / "broker") as broker:
        device = Device(tmp_path, port=broker.port, film=request.param)
        device.file.write_text(device.file.read_text().replace(*LOOK))
        assert device.nattro("consent", "grant", *GRANT).returncode == 0
        subscriber = Subscriber(broker.port, "nattro/#")
        device.start(synchronised=True)
        made = Home(device, subscriber)
        assert made.said("status")[0]["state"] == "online"
        yield made
        subscriber.close()
        device.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("home", ["covered_sleeper"], indirect=True)
def test_a_test_check_sees_the_sleeper_and_says_so_at_the_broker(home: Home) -> None:
    home.order("test-check", minutes=5)
    (answer,) = home.said("check")
    assert (answer["kind"], answer["status"]) == ("test", "in_bed")
    (reply,) = home.said("cmd/test-check/reply")
    assert (reply["command"], reply["outcome"]) == ("test-test-check", "done")
    home.await_closed_camera()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("home", ["empty_made"], indirect=True)
def test_consent_withdrawn_in_mid_look_closes_the_camera_at_once(home: Home) -> None:
    home.order("test-check", minutes=5)
    home.said("cmd/test-check/reply")
    withdrawn = home.device.nattro("consent", "withdraw", "--by", "person")
    assert withdrawn.returncode == 0, withdrawn.stderr
    (answer,) = home.said("check")
    assert (answer["status"], answer["reason"]) == ("missed", "consent_withdrawn")
    home.await_closed_camera()
    assert home.subscriber.on(f"{ROOT}/alarm/missed") == []
