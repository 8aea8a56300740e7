"""The store: all or nothing, on real files, with the disks and crashes that homes have."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.core.moment import Now
from agent.ports import JournalEntry, Opening, OutboxRow, StoreError
from agent.store import JOURNAL_DAYS, VERSION, Store, StoreRefused

NOON = Now(boot=1000.0, utc=1795258800.0)
DAY = 86400.0


def row(message: str, payload: bytes = b"{}") -> OutboxRow:
    return OutboxRow(message=message, topic="t", payload=payload, keep="always")


def entry(now: Now = NOON) -> JournalEntry:
    return JournalEntry(now, event=b'{"type":"CameraAppeared"}', actions=b"[]")


def waiting(store: Store) -> list[str]:
    return [queued.row.message for queued in store.outbox.batch(0, 1000, boot_id="", boot=0.0)]


def journal_length(store: Store) -> int:
    (length,) = store._connection.execute("SELECT count(*) FROM journal").fetchone()
    return int(length)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


def filled(directory: Path, *, commissioned: bool = True) -> None:
    """A store with a snapshot and a waiting message, closed in good order."""
    store = Store.open(directory)
    if commissioned:
        store.mark_consent(True)
    store.commit(b'{"format":1}', [entry()], [row("e-1", b"x" * 20000)], [], NOON)
    store.close(clean=True)


# ---- beginning and going on


def test_a_new_device_has_a_new_store_with_an_epoch_of_its_own(tmp_path: Path) -> None:
    first, second = Store.open(tmp_path / "a"), Store.open(tmp_path / "b")
    assert first.loaded.kind == second.loaded.kind == "new"
    assert first.loaded.snapshot is None
    assert len(first.loaded.epoch) == 8
    assert first.loaded.epoch != second.loaded.epoch


def test_what_was_committed_is_there_when_the_store_is_opened_again(directory: Path) -> None:
    filled(directory)
    store = Store.open(directory)
    assert (store.loaded.kind, store.loaded.snapshot, store.loaded.clean) == (
        "resumed",
        b'{"format":1}',
        True,
    )
    assert waiting(store) == ["e-1"]
    assert journal_length(store) == 1


def test_the_epoch_stays_the_same_and_the_goodbye_holds_once(directory: Path) -> None:
    filled(directory)
    first = Store.open(directory)
    epoch = first.loaded.epoch
    first.close(clean=False)
    second = Store.open(directory)
    assert (second.loaded.epoch, second.loaded.clean) == (epoch, False)


def test_nobody_else_on_the_device_may_read_the_state(directory: Path) -> None:
    Store.open(directory)
    assert directory.stat().st_mode & 0o077 == 0
    assert (directory / "lock").stat().st_mode & 0o077 == 0


def test_a_message_that_has_arrived_leaves_the_outbox_in_the_same_transaction(directory: Path) -> None:
    store = Store.open(directory)
    store.commit(b"1", [], [row("e-1"), row("e-2")], [], NOON)
    store.commit(b"2", [], [row("e-3")], ["e-1"], NOON)
    assert waiting(store) == ["e-2", "e-3"]


def test_a_heartbeat_whose_time_is_over_or_whose_boot_is_gone_is_dropped(directory: Path) -> None:
    store = Store.open(directory, boot_id="this")
    of_this_boot = OutboxRow("e-1", "t", b"", keep="until_expiry", boot_id="this", expires_boot=1300.0)
    of_another = OutboxRow("e-2", "t", b"", keep="until_expiry", boot_id="other", expires_boot=9000.0)
    store.commit(b"1", [], [of_this_boot, of_another], [], NOON)
    store.commit(b"2", [], [], [], Now(1299.0, NOON.utc))
    assert store.outbox.depth() == 1
    store.commit(b"3", [], [], [], Now(1301.0, NOON.utc))
    assert store.outbox.depth() == 0
    assert store.outbox.dropped() == {"expired": 2}


# ---- one owner


def test_a_second_process_is_refused_and_told_what_to_do(directory: Path) -> None:
    Store.open(directory)
    with pytest.raises(StoreRefused, match="another nattro process uses"):
        Store.open(directory)


def test_the_next_process_may_have_it_after_the_first_is_gone(directory: Path) -> None:
    Store.open(directory).close(clean=True)
    assert Store.open(directory).loaded.kind == "resumed"


def test_a_place_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StoreRefused, match="cannot be used"):
        Store.open(tmp_path / "file")


# ---- a store that is missing, torn or from the future


def test_a_commissioned_device_without_its_database_has_lost_its_store(directory: Path) -> None:
    filled(directory)
    for file in directory.glob("nattro.db*"):
        file.unlink()
    store = Store.open(directory)
    assert (store.loaded.kind, store.loaded.snapshot) == ("lost", None)


def test_a_device_that_was_never_commissioned_has_lost_nothing(directory: Path) -> None:
    filled(directory, commissioned=False)
    (directory / "nattro.db").unlink()
    assert Store.open(directory).loaded.kind == "new"


def test_a_loss_that_no_process_lived_to_tell_is_still_a_loss(directory: Path) -> None:
    filled(directory)
    (directory / "nattro.db").unlink()
    first = Store.open(directory)
    first.close(clean=False)  # the power went before its first commit
    second = Store.open(directory)
    assert (second.loaded.kind, second.loaded.epoch) == ("lost", first.loaded.epoch)
    second.commit(b"told", [], [], [], NOON)
    second.close(clean=False)
    assert Store.open(directory).loaded.kind == "resumed"


def tear(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    match how:
        case "no database":
            file.write_bytes(b"the file system put something else here" * 200)
        case "overwritten":
            content[4096:12288] = b"\xa5" * 8192
            file.write_bytes(content)
        case "cut off":
            file.write_bytes(content[: len(content) // 2])
        case "empty":
            file.write_bytes(b"")
        case _:
            raise AssertionError(how)


@pytest.mark.parametrize("how", ["no database", "overwritten", "cut off", "empty"])
def test_a_torn_store_is_set_aside_and_counts_as_lost(directory: Path, how: str) -> None:
    filled(directory)
    tear(directory / "nattro.db", how)
    store = Store.open(directory)
    assert (store.loaded.kind, store.loaded.snapshot) == ("lost", None)
    assert len(list(directory.glob("nattro.db.torn-??????"))) == 1
    store.commit(b"1", [entry()], [row("e-1")], [], NOON)
    store.close(clean=True)
    assert Store.open(directory).loaded.kind == "resumed"


def test_a_store_of_a_later_version_is_refused_and_left_as_it_is(directory: Path) -> None:
    filled(directory)
    connection = sqlite3.connect(directory / "nattro.db")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = (directory / "nattro.db").read_bytes()
    with pytest.raises(StoreRefused, match="install the newer nattro"):
        Store.open(directory)
    assert (directory / "nattro.db").read_bytes() == before
    assert not list(directory.glob("*.torn-*"))


# ---- all or nothing


def test_a_transaction_that_fails_in_its_middle_changes_nothing(directory: Path) -> None:
    store = Store.open(directory)
    store.commit(b"before", [entry()], [row("e-1")], [], NOON)
    broken = OutboxRow(message="e-3", topic=None, payload=b"")  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.commit(b"after", [entry()], [row("e-2"), broken], ["e-1"], NOON)
    assert store._connection.execute("SELECT body FROM snapshot").fetchone() == (b"before",)
    assert waiting(store) == ["e-1"]
    assert journal_length(store) == 1
    store.commit(b"after", [entry()], [row("e-2")], ["e-1"], NOON)
    assert waiting(store) == ["e-2"]


def test_a_full_disk_is_an_error_that_changes_nothing_and_passes(directory: Path) -> None:
    store = Store.open(directory)
    store.commit(b"before", [], [row("e-1")], [], NOON)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        store.commit(b"x" * 100_000, [entry()], [row("e-2", b"y" * 100_000)], ["e-1"], NOON)
    assert waiting(store) == ["e-1"]
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.commit(b"after", [], [row("e-2")], ["e-1"], NOON)
    assert waiting(store) == ["e-2"]


def test_a_goodbye_after_a_commit_that_was_refused_is_none(directory: Path) -> None:
    """The next process knows less than was said, though there is room for a goodbye."""
    store = Store.open(directory)
    store.commit(b"before", [], [], [], NOON)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        store.commit(b"x" * 100_000, [], [], [], NOON)
    store.close(clean=True)
    again = Store.open(directory)
    assert not again.loaded.clean
    again.commit(b"after", [], [], [], NOON)
    again.close(clean=True)
    assert Store.open(directory).loaded.clean


def test_a_goodbye_that_could_not_be_taken_back_at_the_start_is_taken_back_with_the_first_commit(
    directory: Path,
) -> None:
    filled(directory)
    store = Store.open(directory)
    store._connection.execute("UPDATE meta SET value = '1' WHERE key = 'clean'")  # as on a full disk
    store.commit(b"after", [], [], [], NOON)
    store._connection.close()
    os.close(store._lock)
    assert not Store.open(directory).loaded.clean


LIMITED = """
import resource, signal, sys
from pathlib import Path
from agent.core.moment import Now
from agent.ports import OutboxRow, StoreError
from agent.store import Store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for number in range(1000):
    try:
        store.commit(b"%d" % number, [], [OutboxRow(f"e-{number}", "t", b"x" * 5000)], [], Now(1.0, 1.0))
    except StoreError as error:
        print(number, flush=True)
        break
"""


def test_a_disk_that_takes_no_more_bytes_is_an_error_and_what_was_committed_stays(directory: Path) -> None:
    """A real limit on the size of files: the write itself fails, in the midst of a transaction."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(directory)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    failed_at = int(done.stdout)
    assert failed_at > 5
    store = Store.open(directory)
    assert store.loaded.snapshot == b"%d" % (failed_at - 1)
    assert waiting(store) == [f"e-{number}" for number in range(failed_at)]


ENDLESS = """
import sys
from pathlib import Path
from agent.core.moment import Now
from agent.ports import OutboxRow
from agent.store import Store

store = Store.open(Path(sys.argv[1]))
number = 0
while True:
    store.commit(b"%d" % number, [], [OutboxRow(f"e-{number}", "t", b"x" * 2000)], [], Now(1.0, 1.0))
    print(number, flush=True)
    number += 1
"""


def test_what_commit_returned_from_survives_a_kill(directory: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(40)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().split()]
    process.wait()
    process.stdout.close()
    store = Store.open(directory)
    assert (store.loaded.kind, store.loaded.clean) == ("resumed", False)
    assert store.loaded.snapshot is not None
    last = int(store.loaded.snapshot)
    assert last in (told[-1], told[-1] + 1)
    assert waiting(store) == [f"e-{number}" for number in range(last + 1)]


# ---- the journal


def opening(now: Now) -> Opening:
    return Opening(now, policy=b"{}", state=b"{}")


def test_the_journal_is_kept_for_ninety_days_and_always_begins_where_it_can_be_replayed(
    directory: Path,
) -> None:
    store = Store.open(directory, durable=False)
    for day in range(JOURNAL_DAYS + 30):
        now = Now(1000.0 + day * DAY, NOON.utc + day * DAY)
        store.commit(b"", [opening(now), entry(now), entry(now)], [], [], now)
    kinds = [kind for (kind,) in store._connection.execute("SELECT kind FROM journal ORDER BY seq")]
    (oldest,) = store._connection.execute("SELECT min(utc) FROM journal").fetchone()
    assert kinds[0] == "opening"
    assert JOURNAL_DAYS * DAY <= now.utc - oldest <= (JOURNAL_DAYS + 1) * DAY  # whole days, openings first


def test_a_clock_that_cannot_be_trusted_deletes_nothing(directory: Path) -> None:
    store = Store.open(directory, durable=False)
    store.commit(b"", [opening(NOON), entry()], [], [], NOON)
    wrong = Now(2000.0, NOON.utc + 1000 * DAY, trusted=False)
    store.commit(b"", [opening(wrong), entry(wrong)], [], [], wrong)
    assert journal_length(store) == 4
