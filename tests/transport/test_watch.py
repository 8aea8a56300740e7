"""`nattro watch` against a real broker: the table, the events, the exit codes."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core.actions import Say
from agent.core.facts import AnyFact, Status
from agent.core.moment import Now
from tests.brokers import Mosquitto, Subscriber, mosquitto
from tests.transport.facts import alarm, answer, heartbeat, schedule
from transport.messages import Stationery
from transport.topics import Address
from transport.watch import main


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running


def tell(subscriber: Subscriber, device: str, *facts: AnyFact) -> None:
    stationery = Stationery(Address(site="north", device=device), "b")
    for number, fact in enumerate(facts):
        row = stationery.compose(Say(f"{device}-{number}", fact), Now(boot=1.0, utc=time.time()))
        subscriber.say(row.topic, row.payload, retain=row.retain)


def at(broker: Mosquitto, *options: str) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(broker.port), "--plain", *options]


def test_once_shows_how_things_stand_and_its_exit_code_says_if_somebody_should_look(
    broker: Mosquitto, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    home = Subscriber(broker.port)
    tell(home, "n-1", Status(state="online"), schedule(time.time() + 600))
    assert main(at(broker, "--once")) == 0
    shown = capsys.readouterr().out
    assert "1 homes, 0 need attention" in shown
    assert "online" in shown
    tell(home, "n-2", alarm())
    assert main(at(broker, "--once")) == 3
    assert "not_in_bed (OPEN)" in capsys.readouterr().out
    home.close()


def test_once_as_json_gives_one_home_a_line(broker: Mosquitto, capsys: pytest.CaptureFixture[str]) -> None:
    home = Subscriber(broker.port)
    tell(home, "n-1", Status(state="offline"))
    tell(home, "n-2", Status(state="online"))
    assert main(at(broker, "--once", "--json")) == 3
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["address"]["device"], each["needs_attention"]) for each in lines] == [
        ("n-1", True),
        ("n-2", False),
    ]
    home.close()


def test_events_come_line_by_line(broker: Mosquitto, capsys: pytest.CaptureFixture[str]) -> None:
    home = Subscriber(broker.port)
    later = threading.Timer(0.5, lambda: tell(home, "n-1", heartbeat(), answer(), alarm()))
    later.start()
    assert main(at(broker, "--json", "--seconds", "2", "--protocol", "3.1.1")) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in events] == ["heartbeat", "answer", "alarm"]
    assert {each["device"] for each in events} == {"n-1"}
    later.join()
    home.close()


def test_the_live_table_lives(broker: Mosquitto, capsys: pytest.CaptureFixture[str]) -> None:
    home = Subscriber(broker.port)
    tell(home, "n-1", Status(state="online"))
    assert main(at(broker, "--seconds", "1.2")) == 0
    assert "n-1" in capsys.readouterr().out
    home.close()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--host", "127.0.0.1", "--port", "1", "--plain"], 1, "127.0.0.1:1: connection refused"),
        (["--host", "127.0.0.1", "--port", "99999"], 2, "$.port"),
        (["--host", "127.0.0.1", "--ca", "/nowhere/ca.pem"], 2, "/nowhere/ca.pem cannot be read"),
        (["--host", "127.0.0.1", "--site", "a/#"], 2, "site 'a/#' cannot be used"),
    ],
)
def test_what_cannot_work_is_told(
    options: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--once"]) == code
    assert said in capsys.readouterr().err
