"""What may be sent when: order, denials, poison, reading back; and a broker that does it all at random."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.events import Published
from agent.ports import Keep, OutboxRow
from transport.backoff import Backoff
from transport.flow import (
    ANSWER_SECONDS,
    DENIALS_A_TOPIC,
    ECHO_SECONDS,
    IN_FLIGHT,
    STUMBLES,
    STUMBLES_WITHIN,
    Flow,
)
from transport.outbox import Queued

NOT_AUTHORIZED = 135


def queued(sequence: int, topic: str = "check", *, retain: bool = False, keep: Keep = "always") -> Queued:
    return Queued(sequence, OutboxRow(f"m-{sequence}", topic, b"", retain=retain, keep=keep))


def send(flow: Flow, one: Queued, now: float = 0.0) -> None:
    assert flow.judge(one) == "send"
    flow.sent(one, {one.sequence}, now)
    flow.passed(one)


def test_only_a_few_rows_are_in_flight() -> None:
    flow = Flow()
    for sequence in range(1, IN_FLIGHT + 1):
        send(flow, queued(sequence))
    assert flow.judge(queued(IN_FLIGHT + 1)) == "wait"
    assert flow.acknowledged(1, 0, 0.0) == Published("m-1", 0)
    assert flow.judge(queued(IN_FLIGHT + 1)) == "send"


def test_a_retained_topic_takes_one_word_at_a_time_so_that_the_last_stays() -> None:
    flow = Flow()
    send(flow, queued(1, "alarm/missed", retain=True))
    assert flow.judge(queued(2, "alarm/missed", retain=True)) == "wait"
    flow.acknowledged(1, 0, 0.0)
    assert flow.judge(queued(2, "alarm/missed", retain=True)) == "send"


def test_a_row_in_two_packets_has_arrived_with_the_second() -> None:
    flow = Flow()
    flow.sent(queued(1), {7, 8}, 0.0)
    assert flow.acknowledged(7, 0, 0.0) is None
    assert flow.acknowledged(8, 16, 0.0) == Published("m-1", 16)


def test_that_nobody_listens_is_passed_on_and_counts_as_arrived() -> None:
    flow = Flow()
    send(flow, queued(1))
    assert flow.acknowledged(1, 16, 0.0) == Published("m-1", 16)
    assert flow.judge(queued(1)) == "pass"


def test_a_denied_state_holds_its_topic_and_no_other_until_its_time_comes() -> None:
    flow = Flow(Backoff(seed=1))
    send(flow, queued(1, "fault/x", retain=True))
    assert flow.acknowledged(1, NOT_AUTHORIZED, 0.0) == Published("m-1", NOT_AUTHORIZED)
    assert flow.judge(queued(2, "fault/x", retain=True)) == "pass"
    send(flow, queued(3, "check"))
    due = flow.next_deadline
    assert due is not None
    assert flow.expire(due - 0.1) == []
    assert flow.judge(queued(1, "fault/x", retain=True)) == "pass"
    flow.expire(due)
    assert flow.cursor == 0
    assert flow.judge(queued(1, "fault/x", retain=True)) == "send"
    assert flow.judge(queued(3, "check")) == "pass"


def test_one_denied_answer_does_not_stop_the_next_but_several_blame_the_topic() -> None:
    flow = Flow(Backoff(seed=1))
    for sequence in range(1, DENIALS_A_TOPIC + 1):
        send(flow, queued(sequence, "check"))
        flow.acknowledged(sequence, NOT_AUTHORIZED, 0.0)
    assert flow.judge(queued(1, "check")) == "pass"
    assert flow.judge(queued(DENIALS_A_TOPIC + 1, "check")) == "pass"
    assert flow.judge(queued(9, "heartbeat")) == "send"


def test_a_row_denied_again_and_again_waits_longer_and_longer_and_is_no_hot_loop() -> None:
    flow = Flow(Backoff(seed=1))
    now, tries = 0.0, 0
    while now < 24 * 3600:
        flow.sent(queued(1), {1}, now)
        flow.acknowledged(1, NOT_AUTHORIZED, now)
        tries += 1
        now = flow.next_deadline or now
        flow.expire(now)
    assert 280 < tries < 1200


def test_a_broker_that_takes_rows_and_never_answers_is_not_waited_for_for_ever() -> None:
    flow = Flow()
    send(flow, queued(1), now=10.0)
    send(flow, queued(2), now=20.0)
    flow.acknowledged(1, 0, 21.0)
    assert flow.next_deadline == 20.0 + ANSWER_SECONDS
    assert not flow.unanswered(20.0 + ANSWER_SECONDS - 1)
    assert flow.unanswered(20.0 + ANSWER_SECONDS)
    flow.connection_ended(20.0 + ANSWER_SECONDS)
    assert not flow.unanswered(1000.0)
    assert flow.judge(queued(2)) == "send"


def test_a_row_that_keeps_breaking_the_connection_is_set_aside() -> None:
    flow = Flow()
    for _ in range(STUMBLES - 1):
        send(flow, queued(1))
        send(flow, queued(2))
        assert flow.connection_ended(0.0) is None
        assert flow.cursor == 0
    send(flow, queued(1))
    assert flow.connection_ended(0.0) == Published("m-1", 0x80)
    assert flow.judge(queued(1)) == "pass"
    assert flow.judge(queued(2)) == "send"


def test_a_line_that_fails_again_and_again_under_the_same_row_is_no_denial() -> None:
    flow = Flow()
    for outage in range(3 * STUMBLES):
        sent_at = outage * 100.0
        send(flow, queued(1), now=sent_at)
        assert flow.connection_ended(sent_at + STUMBLES_WITHIN + 1) is None
    assert flow.judge(queued(1)) == "send"


def test_a_connection_that_breaks_at_different_rows_sets_none_aside() -> None:
    flow = Flow()
    for sequence in range(1, 20):
        send(flow, queued(sequence))
        assert flow.connection_ended(0.0) is None


def test_with_reading_back_an_answer_has_arrived_only_when_it_was_seen() -> None:
    flow = Flow(verify=True)
    send(flow, queued(1))
    assert flow.acknowledged(1, 0, 0.0) is None
    assert flow.read_back("m-1", 1.0) == Published("m-1", 0)
    send(flow, queued(2))
    assert flow.read_back("m-2", 1.0) is None
    assert flow.acknowledged(2, 0, 1.0) == Published("m-2", 0)


def test_an_answer_that_is_not_seen_again_counts_as_denied() -> None:
    flow = Flow(verify=True)
    send(flow, queued(1))
    send(flow, queued(2, "heartbeat", keep="until_expiry"))
    flow.acknowledged(1, 0, 0.0)
    assert flow.acknowledged(2, 0, 0.0) == Published("m-2", 0)
    assert flow.expire(ECHO_SECONDS) == [Published("m-1", NOT_AUTHORIZED)]


class MoodyBroker:
    """Acknowledges in order, denies for a while and hangs up, all at random; in the end it calms down."""

    def __init__(self, rows: list[Queued], chance: random.Random) -> None:
        self.flow = Flow(Backoff(seed=1))
        self.waiting = {each.sequence: each for each in rows}
        self.accepted: list[Queued] = []
        self._flying: list[Queued] = []
        self._chance = chance
        self._now = 0.0

    def turn(self, *, calm: bool) -> None:
        self._now += self._chance.random()
        self._hand_over()
        luck = 1.0 if calm else self._chance.random()
        if luck < 0.02:
            self.flow.connection_ended(self._now)
            self._flying.clear()
        elif self._flying:
            self._answer(self._flying.pop(0), denied=luck < 0.1)
        else:
            self._now = max(self._now, self.flow.next_deadline or 0.0)
        self.flow.expire(self._now)

    def _hand_over(self) -> None:
        for each in [each for sequence, each in sorted(self.waiting.items()) if sequence > self.flow.cursor]:
            verdict = self.flow.judge(each)
            if verdict == "wait":
                return
            if verdict == "send":
                self.flow.sent(each, {each.sequence}, self._now)
                self._flying.append(each)
            self.flow.passed(each)

    def _answer(self, each: Queued, *, denied: bool) -> None:
        self.flow.acknowledged(each.sequence, NOT_AUTHORIZED if denied else 0, self._now)
        if not denied:
            self.accepted.append(each)
            del self.waiting[each.sequence]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_whatever_breaks_everything_arrives_and_the_last_state_is_the_last(seed: int, count: int) -> None:
    chance = random.Random(seed)
    rows = [
        queued(sequence, f"topic-{chance.randrange(3)}", retain=chance.random() < 0.5)
        for sequence in range(1, count + 1)
    ]
    broker = MoodyBroker(rows, chance)
    for turn in range(2000):
        broker.turn(calm=turn > 500)
    assert not broker.waiting
    for topic in {each.row.topic for each in rows}:
        states = [each.sequence for each in broker.accepted if each.row.topic == topic and each.row.retain]
        assert states == sorted(states)
