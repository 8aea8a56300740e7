"""The referee is no friend of the agent: each broken promise that is doctored into a good night is found."""

import pytest

from firmware_sim.scenario import Scenario
from firmware_sim.world.record import Record
from tests.simulator.doctored import (
    AWAY,
    NEWER,
    Plant,
    again,
    change,
    drop,
    empty,
    give,
    judged,
    look,
    pulse,
    reports,
    see,
    unsee,
)

Case = tuple[str, tuple[Plant, ...], str]


def _open(at: str, closed: str, *, lit: bool = True) -> Plant:
    lamp = ((at, "lamp", "lit"), (closed, "lamp", "dark")) if lit else ()
    return see(*lamp, (at, "camera", "open"), (closed, "camera", "closed"))


def _never_emptied(_: Scenario, record: Record) -> None:
    record.arrivals = [arrival for arrival in record.arrivals if arrival.payload]


LOCK: list[Case] = [
    (AWAY, (_open("00:00", "00:00:20"),), "outside every agreed window"),
    (AWAY, (look("22:29:50", "2026-11-20T22:30/9", "asked"), _open("22:29:51", "22:29:55")), "outside every"),
    (AWAY, (look("22:40", "2026-11-21T02:30/9", "asked"), _open("22:40:01", "22:40:20")), "outside every"),
    (AWAY, (look("22:40", "test-t9/9", "asked"), _open("22:40:01", "22:40:20")), "outside every"),
    (AWAY, (look("22:40", "blind-test/9", "asked"), _open("22:40:01", "22:40:02")), "outside every"),
    ("blind-test", (unsee("consent"), see(("08:00", "consent", "given"))), "outside every"),
    (
        "test-and-extra-check",
        (look("21:36", "test-t1/9", "asked"), _open("21:36", "21:36:20")),
        "outside every",
    ),
    (AWAY, (see(("22:30:05", "lamp", "dark"), ("22:30:06", "lamp", "lit")),), "lamp was dark"),
    (AWAY, (see(("23:30:05", "lamp", "lit"), ("23:31:30", "lamp", "dark")),), "lamp was lit"),
    (AWAY, (see(("22:30:05", "switch", "locked")),), "privacy switch"),
    (AWAY, (see(("22:30:05", "consent", "withdrawn")),), "consent was withdrawn"),
    (AWAY, (give("22:30:05", "withdraw-consent", "w-1"),), "consent was withdrawn"),
    (AWAY, (give("22:20:05", "withdraw-consent", "w-1", valid_for=-60.0),), "consent was withdrawn"),
    (AWAY, (unsee("consent"),), "never given"),
    (AWAY, (see(("22:00", "store", "lost")),), "memory was lost"),
    (
        AWAY,
        (see(("22:24", "clock", "untrusted", "0.000"), ("23:00", "clock", "0.000", "0.000")),),
        "not trusted",
    ),
    (AWAY, (see(("22:30:05", "device", "down"), ("22:32", "device", "up")),), "does not run"),
]

_TESTS = [
    (give(f"23:{number}1", "test-check", f"t{number}"), look(f"23:{number}1", f"test-t{number}/1", "asked"))
    for number in range(6)
]

CAPS: list[Case] = [
    (
        AWAY,
        (
            *(plant for pair in _TESTS for plant in pair),
            *(look(f"22:3{n}", f"test-x{n}/1", "asked") for n in (5, 6)),
        ),
        "window 9 of 2026-11-20",
    ),
]

ANSWERS: list[Case] = [
    (
        AWAY,
        (again("check", {"check": "22:30"}, 5.0, NEWER, status="uncertain"),),
        "answered 2 times",
    ),
    (
        AWAY,
        (again("check", {"check": "22:30"}, 5.0, {"id": "00000001-9999999", "durable": False}),),
        "answered 2 times",
    ),
    (AWAY, (drop("check", check="22:30"),), "never answered"),
    (
        AWAY,
        (again("check", {"check": "22:30"}, 0.0, NEWER, check="2026-11-20T22:45"),),
        "never agreed",
    ),
    (
        AWAY,
        (
            drop("check", check="22:30"),
            again(
                "check",
                {"check": "02:30"},
                -40000.0,
                {"id": "00000001-7", "time": "2026-11-20T21:00:00Z"},
                check="2026-11-20T22:30",
            ),
        ),
        "before its window",
    ),
    (
        AWAY,
        (change("check", {"check": "22:30"}, status="missed", reason="power", looks=[]),),
        "but that was not so",
    ),
    (
        AWAY,
        (change("check", {"check": "22:30"}, status="missed", reason="clock", looks=[]),),
        "but that was not so",
    ),
    (
        AWAY,
        (change("check", {"check": "22:30"}, status="missed", reason="no_consent", looks=[]),),
        "but that was not so",
    ),
    (
        AWAY,
        (change("check", {"check": "22:30"}, status="missed", reason="cap", looks=[]),),
        "but that was not so",
    ),
    (
        AWAY,
        (change("check", {"check": "22:30"}, status="missed", reason="no_time", looks=[]),),
        "but that was not so",
    ),
]

LOOKS: list[Case] = [
    (AWAY, (change("check", {"check": "02:30"}, status="in_bed"),), "the bed was empty"),
    (AWAY, (change("check", {"check": "02:30"}, status="in_bed"),), "its looks say not_in_bed"),
    (AWAY, (reports("22:30", in_bed="not_in_bed"),), "but no worker did"),
    (AWAY, (reports("02:30", not_in_bed="uncertain"),), "but no worker did"),
    (
        "camera-covered",
        (change("check", {"check": "22:30"}, status="uncertain"),),
        "its looks say camera_fault",
    ),
]

ALARMS: list[Case] = [
    (AWAY, (drop("alarm", check="02:30"),), "no alarm was raised"),
    (AWAY, (drop("check", check="02:30"),), "which has no answer"),
    (AWAY, (drop("alarm", repeat=1), drop("alarm", repeat=2)), "was not repeated"),
    (
        AWAY,
        (
            again(
                "alarm",
                {"check": "02:30"},
                20.0,
                NEWER,
                state="cleared",
                reason="in_bed",
            ),
        ),
        "for no reason",
    ),
    (
        AWAY,
        (
            again(
                "alarm",
                {"check": "02:30"},
                20.0,
                NEWER,
                state="acknowledged",
                acknowledged_by="x",
            ),
        ),
        "nobody did so",
    ),
    (
        "test-and-extra-check",
        (empty("/alarm/not_in_bed", "06:59:50"),),
        "is open, but alarm/not_in_bed holds None",
    ),
    ("test-and-extra-check", (change("check", {"check": "test-t2"}, kind="agreed"),), "told as agreed"),
]

DELIVERY: list[Case] = [
    (AWAY, (again("check", {"check": "22:30"}, 5.0, {}, status="uncertain"),), "two different contents"),
    (
        AWAY,
        (
            again(
                "heartbeat", {}, 10.0, {"id": "00000001-9999999", "time": "2026-11-20T21:00:00Z"}, sequence=99
            ),
        ),
        "after it was said",
    ),
    (AWAY, (again("heartbeat", {}, 10.0, NEWER, sequence=1),), "heartbeat 1 follows"),
    (AWAY, (drop("heartbeat", sequence=3),), "no heartbeat came"),
    (AWAY, (change("heartbeat", {"sequence": 3}, outbox_depth=500),), "messages wait"),
    (
        AWAY,
        (again("heartbeat", {"sequence": 3}, 4000.0, {"id": "00000001-1", "time": "2026-11-21T00:30:00Z"}),),
        "was said before",
    ),
    (AWAY, (again("heartbeat", {"sequence": 3}, 60.0, {"id": "0000000f-1"}),), "of 2 epochs"),
    (AWAY, (drop("consent"),), "nobody was told"),
]

COMMANDS: list[Case] = [
    ("planned-pause", (drop("reply", command="pause-1"),), "was not answered"),
    (
        "planned-pause",
        (change("check", {"check": "02:30"}, status="missed", reason="no_time"),),
        "not paused although",
    ),
    (AWAY, (change("check", {"check": "22:30"}, status="paused", looks=[]),), "no pause covers it"),
    (
        "test-and-extra-check",
        (again("reply", {"command": "e2"}, 60.0, NEWER, outcome="done"),),
        "both obeyed and refused",
    ),
    (
        "test-and-extra-check",
        (again("reply", {"command": "e2"}, 60.0, NEWER, command="e9", outcome="done"),),
        "but never given",
    ),
    (
        AWAY,
        (
            give("23:00", "resume", "r1", valid_for=-5.0),
            *(),
        ),
        "was not answered",
    ),
    (AWAY, (give("23:00", "resume", "r1", retained=True),), "was not refused"),
    (
        "planned-pause",
        (
            give("21:20", "resume", "pause-0", valid_for=-5.0),
            again("reply", {"command": "pause-1"}, 1.0, NEWER, command="pause-0"),
        ),
        "although it was expired",
    ),
]

RESTARTS: list[Case] = [
    (AWAY, (pulse("relay.router", "00:00", "00:00:10"),), "router was restarted although"),
    (
        AWAY,
        (see(("23:50", "broker", "down", "gone")), pulse("relay.router", "00:20", "00:20:10")),
        "router was restarted although",
    ),
    (AWAY, (see(("00:00", "relay.camera", "off")),), "stayed off"),
    (AWAY, (pulse("relay.camera", "00:00", "00:01:30"),), "stayed off for 90 s"),
    (
        AWAY,
        (
            pulse("relay.camera", "00:00", "00:00:20"),
            see(("00:00:02", "device", "down"), ("00:00:05", "device", "up")),
        ),
        "while no agent ran",
    ),
    (
        AWAY,
        tuple(pulse("relay.camera", f"00:{turn:02d}", f"00:{turn:02d}:10") for turn in range(7)),
        "more than 6 times",
    ),
    (AWAY, (pulse("usb", "00:00", "00:00:05"),), "nothing was wrong that it mends"),
    ("camera-covered", (pulse("usb", "22:31", "22:31:05"),), "nothing was wrong that it mends"),
    ("router-mended-by-relay", (pulse("relay.router", "01:30", "01:30:10"),), "again after"),
    ("camera-mended-by-relay", (drop("recovery", outcome="started"),), "nobody was told"),
    ("router-mended-by-relay", (drop("recovery", outcome="mended"),), "how it went was not told"),
    ("power-cut-in-window", (drop("recovery", target="power"),), "nobody was told that it had gone"),
]

FAULTS: list[Case] = [
    (AWAY, (see(("06:00", "clock", "untrusted", "0.000")),), "fault/clock_untrusted is told as not present"),
    (AWAY, (see(("06:00", "node", "gone")),), "fault/camera_gone is told as not present"),
    (
        "router-mended-by-relay",
        (drop("fault", state="cleared"), _never_emptied),
        "uplink_down is told as present",
    ),
    ("camera-covered", (drop("fault", state="cleared"), _never_emptied), "camera_covered is told as present"),
]

EVERY: list[Case] = [*LOCK, *CAPS, *ANSWERS, *LOOKS, *ALARMS, *DELIVERY, *COMMANDS, *RESTARTS, *FAULTS]


@pytest.mark.parametrize(
    ("name", "plants", "said"),
    [pytest.param(*case, id=f"{case[2]}-{number}") for number, case in enumerate(EVERY)],
)
def test_a_broken_promise_is_found(name: str, plants: tuple[Plant, ...], said: str) -> None:
    found = judged(name, *plants)
    assert any(said in violation.text for violation in found), found


@pytest.mark.parametrize("name", sorted({case[0] for case in EVERY}))
def test_a_good_night_is_not_blamed(name: str) -> None:
    assert judged(name) == []
