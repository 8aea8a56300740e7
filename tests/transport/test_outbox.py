"""The outbox against a model: whatever is added, removed and expires, the least important gives way first."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.ports import Keep, OutboxRow
from transport.outbox import Lost, Outbox, OutboxLimits, Queued

LIMITS = OutboxLimits(rows=6, bytes=600, reserve_rows=9, reserve_bytes=900)
WORTH: tuple[Keep, ...] = ("until_expiry", "while_room", "always")


def memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(Outbox.SCHEMA)
    return connection


def row(message: str, keep: Keep = "always", **more: object) -> OutboxRow:
    return OutboxRow(message, "t", b"x" * 100, keep=keep, **more)  # type: ignore[arg-type]


class Model:
    """The rules in their plainest form."""

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []
        self.dropped: dict[str, int] = {}

    def add(self, new: OutboxRow) -> list[str]:
        if any(each.message == new.message for each in self.rows):
            return []
        self.rows.append(new)
        gone = self._shrink(LIMITS.rows, LIMITS.bytes, ("until_expiry", "while_room"))
        return gone + self._shrink(LIMITS.reserve_rows, LIMITS.reserve_bytes, ("always",))

    def _shrink(self, rows: int, size: int, worth: tuple[Keep, ...]) -> list[str]:
        gone = []
        while len(self.rows) > rows or sum(len(each.payload) for each in self.rows) > size:
            victims = [each for keep in worth for each in self.rows if each.keep == keep]
            if not victims:
                break
            self.rows.remove(victims[0])
            self.dropped[victims[0].keep] = self.dropped.get(victims[0].keep, 0) + 1
            gone.append(victims[0].message)
        return gone

    def fresh(self, boot_id: str, boot: float) -> list[OutboxRow]:
        return [
            each
            for each in self.rows
            if each.expires_boot is None or (each.boot_id == boot_id and each.expires_boot > boot)
        ]


class OutboxMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.connection = memory()
        self.outbox = Outbox(self.connection, LIMITS)
        self.model = Model()
        self.boot_id, self.boot = "one", 0.0

    @rule(
        name=st.integers(0, 30),
        keep=st.sampled_from(WORTH),
        size=st.integers(0, 300),
        ttl=st.none() | st.integers(0, 50),
    )
    def add(self, name: int, keep: Keep, size: int, ttl: int | None) -> None:
        new = OutboxRow(
            message=str(name),
            topic="t",
            payload=b"x" * size,
            keep=keep,
            boot_id=self.boot_id,
            expires_boot=None if ttl is None else self.boot + ttl,
        )
        assert [each.message for each in self.outbox.add(new)] == self.model.add(new)

    @rule(name=st.integers(0, 30))
    def remove(self, name: int) -> None:
        self.outbox.remove(str(name))
        self.model.rows = [each for each in self.model.rows if each.message != str(name)]

    @rule(seconds=st.integers(0, 40))
    def time_passes(self, seconds: int) -> None:
        self.boot += seconds

    @rule()
    def reboot(self) -> None:
        self.boot_id, self.boot = self.boot_id + "+", 0.0

    @rule()
    def drop_expired(self) -> None:
        fresh = self.model.fresh(self.boot_id, self.boot)
        gone = len(self.model.rows) - len(fresh)
        assert self.outbox.drop_expired(self.boot_id, self.boot) == gone
        self.model.rows = fresh
        if gone:
            self.model.dropped["expired"] = self.model.dropped.get("expired", 0) + gone

    @rule(name=st.integers(0, 30), ttl=st.integers(0, 50))
    def a_transaction_is_undone(self, name: int, ttl: int) -> None:
        self.connection.execute("BEGIN")
        self.outbox.drop_expired(self.boot_id, self.boot)
        beat = row(f"undone-{name}", "until_expiry", boot_id=self.boot_id, expires_boot=self.boot + ttl)
        self.outbox.add(beat)
        self.connection.execute("ROLLBACK")

    @invariant()
    def they_agree(self) -> None:
        waiting = self.outbox.batch(0, 100, boot_id=self.boot_id, boot=self.boot)
        assert [each.row for each in waiting] == self.model.fresh(self.boot_id, self.boot)
        assert self.outbox.depth() == len(self.model.rows)
        assert self.outbox.dropped() == self.model.dropped

    def teardown(self) -> None:
        self.connection.close()


OutboxMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_the_outbox_is_its_model = OutboxMachine.TestCase


def test_heartbeats_give_way_first_then_replies_and_answers_stay() -> None:
    outbox = Outbox(memory(), LIMITS)
    for number in range(3):
        outbox.add(row(f"beat-{number}", "until_expiry", boot_id="b", expires_boot=9e9))
    for number in range(3):
        outbox.add(row(f"reply-{number}", "while_room"))
    lost = [each for number in range(8) for each in outbox.add(row(f"answer-{number}"))]
    assert [each.message for each in lost] == [
        *("beat-0", "beat-1", "beat-2"),
        *("reply-0", "reply-1", "reply-2"),
    ]
    assert outbox.depth() == 8
    assert "always" not in outbox.dropped()


def test_beyond_the_reserve_the_oldest_answer_gives_way_and_it_is_told() -> None:
    outbox = Outbox(memory(), LIMITS)
    lost = [each for number in range(11) for each in outbox.add(row(f"answer-{number}"))]
    assert lost == [Lost("answer-0", "always"), Lost("answer-1", "always")]
    assert outbox.dropped() == {"always": 2}


def test_a_heartbeat_that_finds_no_room_is_itself_what_gives_way() -> None:
    outbox = Outbox(memory(), LIMITS)
    for number in range(7):
        outbox.add(row(f"answer-{number}"))
    assert outbox.add(row("beat", "until_expiry")) == (Lost("beat", "until_expiry"),)


def test_a_row_rolled_back_leaves_no_trace() -> None:
    connection = memory()
    outbox = Outbox(connection, LIMITS)
    connection.execute("BEGIN")
    for number in range(12):
        outbox.add(row(f"answer-{number}"))
    connection.execute("ROLLBACK")
    assert (outbox.depth(), outbox.dropped()) == (0, {})


def test_places_are_never_used_twice() -> None:
    outbox = Outbox(memory())
    outbox.add(row("first"))
    outbox.remove("first")
    outbox.add(row("second"))
    assert outbox.batch(1, 10, boot_id="b", boot=0.0) == [Queued(2, row("second"))]


def test_a_reader_sees_what_was_committed_and_can_write_nothing(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "nattro.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.executescript(Outbox.SCHEMA)
    reader = sqlite3.connect(f"file:{tmp_path}/nattro.db?mode=ro", uri=True)
    writer.execute("BEGIN")
    Outbox(writer).add(row("one"))
    assert Outbox(reader).depth() == 0
    writer.execute("COMMIT")
    assert Outbox(reader).depth() == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        Outbox(reader).add(row("two"))
    reader.close()
    writer.close()
