"""The watch over many homes, on a made-up clock: what should have come and has not is told once, and only then."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agent.core.actions import Say
from agent.core.facts import AnyFact, Status
from agent.core.moment import Now
from tests.transport.facts import ONE_OF_EACH, alarm, answer, fault, heartbeat, schedule
from transport.messages import Stationery
from transport.topics import Address
from transport.watch_table import table_of
from transport.watchtower import ANSWER_GRACE, WatchEvent, Watchtower

ADDRESS = Address(site="north", device="n-4711")
START = 1_795_300_000.0
WINDOW = START + 3600


class Night:
    """A watchtower that one home talks to, at instants of the test's choosing."""

    def __init__(self) -> None:
        self.tower = Watchtower(START)
        self._stationery = Stationery(ADDRESS, "boot-1")
        self._count = 0

    def says(self, fact: AnyFact, when: float, *, retained: bool = False) -> list[WatchEvent]:
        self._count += 1
        row = self._stationery.compose(Say(f"e-{self._count}", fact), Now(boot=when - START, utc=when))
        events = self.tower.hear(row.topic, row.payload, retained, when)
        if row.then_empty:
            events += self.tower.hear(row.topic, b"", False, when)
        return events

    def names(self, when: float) -> list[str]:
        return [each.event for each in self.tower.look(when)]


def test_an_answer_that_comes_in_time_is_told_and_nothing_is_missing() -> None:
    night = Night()
    night.says(schedule(WINDOW), START)
    (event,) = night.says(answer(f"check-{WINDOW:.0f}", WINDOW), WINDOW + 1200)
    assert (event.event, event.data["status"]) == ("answer", "not_in_bed")
    assert "answer_missing" not in night.names(WINDOW + 7200)


def test_an_answer_that_does_not_come_is_missing_once_after_the_windows_end() -> None:
    night = Night()
    night.says(schedule(WINDOW), START)
    end = WINDOW + 1800
    assert night.names(end + ANSWER_GRACE) == []
    (event,) = night.tower.look(end + ANSWER_GRACE + 1)
    assert (event.event, event.data["check"]) == ("answer_missing", f"check-{WINDOW:.0f}")
    assert night.names(end + ANSWER_GRACE + 2) == []
    (home,) = night.tower.homes
    assert home.needs_attention


def test_a_late_answer_mends_what_was_missing() -> None:
    night = Night()
    night.says(schedule(WINDOW), START)
    night.tower.look(WINDOW + 3600)
    night.says(answer(f"check-{WINDOW:.0f}", WINDOW, late=True), WINDOW + 3700)
    assert night.tower.homes[0].missing == []


def test_a_window_that_had_begun_before_the_watch_is_not_judged() -> None:
    night = Night()
    night.says(schedule(START - 600, WINDOW), START)
    assert night.names(START + 3000) == []
    assert night.names(WINDOW + 3000) == ["answer_missing"]


def test_a_new_schedule_takes_back_what_has_not_begun_and_nothing_else() -> None:
    night = Night()
    night.says(schedule(WINDOW, WINDOW + 7200), START)
    night.says(schedule(WINDOW + 90_000), WINDOW + 60)
    night.tower.look(WINDOW + 10_800)
    assert night.tower.homes[0].missing == [f"check-{WINDOW:.0f}"]


def test_a_heartbeat_is_overdue_once_and_its_return_mends_it() -> None:
    night = Night()
    night.says(schedule(heartbeat_seconds=600), START)
    night.says(heartbeat(1), START + 10)
    assert night.names(START + 10 + 660) == []
    assert night.names(START + 10 + 661) == ["heartbeat_overdue"]
    assert night.names(START + 10 + 700) == []
    night.says(heartbeat(2), START + 720)
    assert not night.tower.homes[0].heartbeat_overdue


def test_what_falls_into_the_watchs_own_outage_is_nobodys_fault() -> None:
    night = Night()
    night.says(schedule(WINDOW, WINDOW + 7200), START)
    night.tower.went_deaf()
    assert night.names(WINDOW + 5000) == []
    night.tower.hears_again(WINDOW + 5000)
    assert night.names(WINDOW + 5000) == []
    assert "answer_missing" in night.names(WINDOW + 7200 + 1900)


def test_an_alarm_is_open_until_it_is_taken_and_gone_when_cleared() -> None:
    night = Night()
    night.says(alarm("raised"), START)
    assert [each.needs_attention for each in night.tower.homes] == [True]
    night.says(alarm("acknowledged"), START + 1)
    assert night.tower.homes[0].alarms["not_in_bed"].state == "acknowledged"
    assert [each.needs_attention for each in night.tower.homes] == [False]
    night.says(alarm("cleared"), START + 2)
    assert night.tower.homes[0].alarms == {}


def test_a_retained_topic_that_somebody_emptied_is_empty_here_too() -> None:
    night = Night()
    night.says(fault(), START)
    night.tower.hear(f"{ADDRESS.root}/fault/camera_covered", b"", False, START)
    assert night.tower.homes[0].faults == {}


def test_what_comes_twice_is_told_once() -> None:
    night = Night()
    row = Stationery(ADDRESS, "b").compose(Say("e-1", answer()), Now(boot=1.0, utc=START))
    assert len(night.tower.hear(row.topic, row.payload, False, START)) == 1
    assert night.tower.hear(row.topic, row.payload, False, START) == []


def test_offline_is_told_and_needs_attention() -> None:
    night = Night()
    (event,) = night.says(Status(state="offline", reason="connection lost"), START)
    assert (event.event, event.data) == ("offline", {"reason": "connection lost"})
    assert night.tower.homes[0].needs_attention


def test_a_message_under_anothers_topic_is_told_and_not_believed() -> None:
    night = Night()
    row = Stationery(Address(site="north", device="thief"), "b").compose(
        Say("e-1", answer()), Now(boot=1.0, utc=START)
    )
    (event,) = night.tower.hear(f"{ADDRESS.root}/check", row.payload, False, START)
    assert event.event == "unreadable"
    assert "thief" in str(event.data["reason"])
    assert night.tower.homes == []


def test_homes_that_need_attention_come_first() -> None:
    tower = Watchtower(START)
    for device, state in (("a", "online"), ("b", "offline"), ("c", "online")):
        status = Status(state="online" if state == "online" else "offline")
        row = Stationery(Address(site="s", device=device), "b").compose(Say(device, status), Now(1.0, START))
        tower.hear(row.topic, row.payload, True, START)
    assert [each.address.device for each in tower.homes] == ["b", "a", "c"]


def test_everything_that_is_said_is_one_line_of_json_and_fits_the_table() -> None:
    night = Night()
    for fact in ONE_OF_EACH:
        for event in night.says(fact, START):
            assert b"\n" not in msgspec.json.encode(event)
    assert table_of(night.tower.homes, START).row_count == 1


@given(st.text(), st.binary(max_size=200), st.booleans())
def test_no_topic_and_no_bytes_can_raise(topic: str, payload: bytes, retained: bool) -> None:
    tower = Watchtower(START)
    for each in (topic, f"nattro/v1/north/n-4711/{topic}"):
        tower.hear(each, payload, retained, START)
    assert tower.look(START + 1e6) == []
