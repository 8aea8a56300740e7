"""Decommissioning: all of the home is gone, the receipt is true, and a power cut at any step changes neither."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.cli import exits, main
from agent.core.state import State
from agent.decommission import course
from agent.decommission.erase import overwrite, remove
from agent.decommission.farewell import retained_topics
from agent.decommission.progress import SUFFIX, Progress
from agent.decommission.receipt import Receipt
from agent.decommission.targets import targets
from agent.onlooker import NothingToSee, Onlooker
from agent.store import Store
from tests.brokers import Authority, Mosquitto, Subscriber, mosquitto
from tests.house.device import Device
from tests.house.installed import LONG, NAME, ROOT, Installed
from transport.messages import _DELIVERIES

Printed = pytest.CaptureFixture[str]


class PowerCut(BaseException):
    """Nothing catches this, as nothing outlives a power cut."""


@pytest.fixture
def home(tmp_path: Path, capsys: Printed) -> Installed:
    installed = Installed(tmp_path)
    installed.consent()
    capsys.readouterr()
    return installed


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    (tmp_path / "broker").mkdir()
    with mosquitto(tmp_path / "broker", authority=Authority(tmp_path / "broker", days=LONG)) as running:
        yield running


def decommission(home: Installed, *arguments: str) -> int:
    return main(["decommission", "--config", str(home.file), *arguments])


def receipt(capsys: Printed) -> Receipt:
    return msgspec.json.decode(capsys.readouterr().out.splitlines()[-1], type=Receipt)


def test_nothing_of_the_home_is_left_and_every_file_is_on_the_receipt(
    home: Installed, capsys: Printed
) -> None:
    there = home.everything()
    sizes = {path: Path(path).stat().st_size for path in there}
    assert decommission(home, "--yes", "--json") == exits.OK
    told = receipt(capsys)
    assert home.everything() == set()
    assert {each.path: each.bytes for each in told.deleted} == sizes
    assert all(each.overwritten for each in told.deleted)
    assert (told.device, told.consent, told.consent_reference) == (f"soderhagen/{NAME}", "given", "form-2031")
    assert told.complete
    assert list(home.folder.glob(f"*{SUFFIX}")) == []


def test_the_receipt_can_be_read_by_people(home: Installed, capsys: Printed) -> None:
    assert decommission(home, "--yes", "--lang", "sv") == exits.OK
    told = capsys.readouterr().out
    assert "Kvitto på avveckling" in told
    assert f"{home.state}/nattro.db  " in told
    assert "schema, samtycke, journal, osända meddelanden" in told
    assert "Enheten är låst" in told
    assert "Ett minneskort kan ändå ha kvar gamla kopior" in told


def test_it_says_what_was_not_there(home: Installed, capsys: Printed) -> None:
    (home.reference / "reference.npz").unlink()
    (home.credentials / f"{NAME}.key").unlink()
    assert decommission(home, "--yes", "--json") == exits.OK
    assert str(home.credentials / f"{NAME}.key") in receipt(capsys).absent


def test_an_agent_that_runs_is_not_pulled_the_rug_from_under(home: Installed, capsys: Printed) -> None:
    running = Store.open(home.state)
    before = home.everything()
    assert decommission(home, "--yes") == exits.STATE
    assert "the agent runs; stop it first: sudo systemctl stop nattro" in capsys.readouterr().err
    assert home.everything() == before
    running.close(clean=True)
    assert not Progress(home.file).steps


def test_no_agent_can_start_while_it_goes_on(home: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def try_to_start_and_remove(path: Path) -> None:
        with (home.state / "lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tried.append(path)
        remove(path)

    monkeypatch.setattr(course, "remove", try_to_start_and_remove)
    assert decommission(home, "--yes") == exits.OK
    assert len(tried) > 5


@pytest.mark.parametrize("cut_before", range(45))
def test_a_power_cut_at_any_step_leaves_it_locked_and_the_next_run_ends_it(
    home: Installed, capsys: Printed, monkeypatch: pytest.MonkeyPatch, cut_before: int
) -> None:
    there = home.everything()
    with monkeypatch.context() as patched:
        _cut_the_power(patched, before_step=cut_before)
        try:
            decommission(home, "--yes", "--json")
        except PowerCut:
            assert locked(home) or home.everything() >= there  # nothing is gone before it is locked
            capsys.readouterr()
            assert decommission(home, "--yes", "--json") == exits.OK
    told = receipt(capsys)
    assert {each.path for each in told.deleted} == there
    assert told.consent == "given"
    assert home.everything() == set()


def _cut_the_power(patched: pytest.MonkeyPatch, *, before_step: int) -> None:
    """Before the given one of all durable steps: overwriting, noting, removing. The power comes back after that."""
    count = iter(range(1000))

    def counted(step: Callable[..., Any]) -> Callable[..., Any]:
        def step_or_darkness(*arguments: Any) -> Any:
            if next(count) == before_step:
                raise PowerCut
            return step(*arguments)

        return step_or_darkness

    patched.setattr(course, "overwrite", counted(overwrite))
    patched.setattr(course, "remove", counted(remove))
    patched.setattr(Progress, "note", counted(Progress.note))


def test_a_note_that_the_power_cut_in_half_is_passed_over(home: Installed) -> None:
    progress = Progress(home.file)
    with progress.path.open("wb") as notes:
        notes.write(b'{"type":"deleted","kind":"key","pa')
    assert decommission(home, "--yes") == exits.OK
    assert home.everything() == set()


def test_what_cannot_be_deleted_is_told_and_the_next_run_goes_on(home: Installed, capsys: Printed) -> None:
    (home.state / "nattro.db-shm").unlink(missing_ok=True)
    (home.state / "nattro.db-shm").mkdir()
    assert decommission(home, "--yes", "--json") == exits.FOUND
    told = receipt(capsys)
    assert [each.path for each in told.kept] == [str(home.state / "nattro.db-shm"), str(home.file)]
    assert not told.complete
    assert home.file.exists()
    assert locked(home)
    (home.state / "nattro.db-shm").rmdir()
    assert decommission(home, "--yes", "--json") == exits.OK
    assert home.everything() == set()


def test_a_stranger_in_the_folder_is_told_and_left_alone(home: Installed, capsys: Printed) -> None:
    (home.state / "holiday.jpg").write_bytes(b"sun")
    assert decommission(home, "--yes", "--json") == exits.OK
    assert receipt(capsys).foreign == (str(home.state / "holiday.jpg"),)
    assert (home.state / "holiday.jpg").read_bytes() == b"sun"


def test_of_a_link_only_the_link_goes(home: Installed, tmp_path: Path, capsys: Printed) -> None:
    elsewhere = tmp_path / "elsewhere.key"
    elsewhere.write_text("another device's")
    (home.credentials / f"{NAME}.key").unlink()
    (home.credentials / f"{NAME}.key").symlink_to(elsewhere)
    assert decommission(home, "--yes", "--json") == exits.OK
    link = next(each for each in receipt(capsys).deleted if each.path.endswith(f"{NAME}.key"))
    assert not link.overwritten
    assert elsewhere.read_text() == "another device's"


def test_content_is_overwritten_before_the_name_goes(home: Installed, tmp_path: Path) -> None:
    os.link(home.credentials / f"{NAME}.key", tmp_path / "same-blocks")
    secret = (tmp_path / "same-blocks").read_bytes()
    assert decommission(home, "--yes") == exits.OK
    left = (tmp_path / "same-blocks").read_bytes()
    assert len(left) == len(secret)
    assert b"PRIVATE KEY" not in left


def test_an_agent_that_has_run_leaves_nothing_that_is_not_known_here(tmp_path: Path) -> None:
    device = Device(tmp_path, film="covered_sleeper")
    device.start()
    device.end(signal.SIGTERM)
    told = msgspec.json.decode(device.nattro("decommission", "--yes", "--json").stdout, type=Receipt)
    device.close()
    assert told.complete
    assert told.foreign == ()
    assert list((tmp_path / "state").iterdir()) == []


def test_a_torn_store_that_was_set_aside_goes_too(home: Installed) -> None:
    (home.state / "nattro.db.torn-a1b2c3").write_bytes(b"half a night")
    assert decommission(home, "--yes") == exits.OK
    assert home.everything() == set()


def test_a_second_time_there_is_nothing_to_do(home: Installed, capsys: Printed) -> None:
    assert decommission(home, "--yes") == exits.OK
    assert decommission(home, "--yes") == exits.MISSING
    assert "is decommissioned already" in capsys.readouterr().err


# ---- who may, and who is asked


def test_without_yes_somebody_must_be_there_to_ask(home: Installed, capsys: Printed) -> None:
    before = home.everything()
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", "decommission", "--config", str(home.file)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == exits.USAGE
    assert "say --yes" in done.stderr
    assert home.everything() >= before


@pytest.mark.parametrize(("typed", "code"), [(f"{NAME}\n", exits.OK), ("yes\n", exits.FOUND)])
def test_the_devices_name_must_be_typed(home: Installed, typed: str, code: int) -> None:
    ours, theirs = os.openpty()
    os.write(ours, typed.encode())
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", "decommission", "--lang", "en", "--config", str(home.file)],
        capture_output=True,
        text=True,
        stdin=theirs,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == code
    assert f"Type the device's name ({NAME})" in done.stderr
    assert (home.everything() == set()) == (code == exits.OK)


def test_who_may_not_delete_is_told_so_and_nothing_changes(
    home: Installed, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    before = home.everything()
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != home.credentials and allowed(path, mode)
    )
    assert decommission(home, "--yes") == exits.STATE
    told = capsys.readouterr().err
    assert f"may not delete {home.credentials}" in told
    assert "run this as root" in told
    assert home.everything() >= before


# ---- the broker


@pytest.fixture
def connected(tmp_path: Path, broker: Mosquitto, capsys: Printed) -> Installed:
    (tmp_path / "device").mkdir()
    installed = Installed(tmp_path / "device", port=broker.port, authority=broker.authority)
    installed.consent()
    capsys.readouterr()
    return installed


def monitor(broker: Mosquitto, *filters: str) -> Subscriber:
    assert broker.authority is not None
    return Subscriber(
        broker.port, *filters, pair=broker.authority.sign("monitor"), authority=broker.authority
    )


RETAINED = [f"{ROOT}/{below}" for below in ("status", "schedule", "alarm/not_in_bed", "fault/camera_gone")]


def leave_retained_messages(broker: Mosquitto) -> None:
    assert broker.authority is not None
    device = Subscriber(broker.port, pair=broker.authority.sign(NAME), authority=broker.authority)
    for topic in RETAINED:
        device.say(topic, "{}", retain=True)
    device.close()


def test_the_broker_keeps_nothing_of_it(connected: Installed, broker: Mosquitto, capsys: Printed) -> None:
    leave_retained_messages(broker)
    before = monitor(broker, "nattro/#")
    assert {each.topic for each in before.await_count(len(RETAINED))} == set(RETAINED)
    assert decommission(connected, "--yes", "--json") == exits.OK
    told = receipt(capsys).broker
    assert told.reached
    assert set(RETAINED) <= set(told.emptied)
    assert told.remaining == ()
    after = monitor(broker, "nattro/#")
    assert broker.authority is not None
    operator = Subscriber(broker.port, pair=broker.authority.sign("operator"), authority=broker.authority)
    operator.say(f"{ROOT}/cmd/resume", "{}")  # comes after all that is retained
    assert [each.topic for each in after.await_count(1)] == [f"{ROOT}/cmd/resume"]
    operator.close()
    before.close()
    after.close()


def test_every_kind_of_message_that_a_broker_keeps_is_emptied(home: Installed) -> None:
    kept = {str(fact.__struct_config__.tag) for fact, delivery in _DELIVERIES.items() if delivery.retain}
    emptied = {topic.removeprefix(f"{ROOT}/").partition("/")[0] for topic in retained_topics(home.config)}
    assert kept <= emptied


def test_whoever_listens_is_told_to_wait_for_nothing_more(connected: Installed, broker: Mosquitto) -> None:
    listener = monitor(broker, f"{ROOT}/schedule", f"{ROOT}/status", f"{ROOT}/consent")
    assert decommission(connected, "--yes") == exits.OK
    listener.await_count(6)
    said = {each.topic: json.loads(each.payload)["data"] for each in listener.heard if each.payload}
    assert said[f"{ROOT}/schedule"]["windows"] == []
    assert said[f"{ROOT}/consent"]["state"] == "withdrawn"
    assert said[f"{ROOT}/status"] == {"state": "offline", "reason": "decommissioned", "version": ""}
    listener.close()


def test_a_broker_that_cannot_be_reached_is_told_with_how_to_empty_it(
    home: Installed, capsys: Printed
) -> None:
    assert decommission(home, "--yes", "--lang", "en") == exits.OK
    told = capsys.readouterr().out
    assert "retained topics may remain (localhost:1: connection refused)" in told
    assert f"mosquitto_pub --retain --null-message --topic {ROOT}/status" in told


def test_what_the_broker_denies_remains_and_is_told(
    connected: Installed, broker: Mosquitto, capsys: Printed
) -> None:
    acl = broker._acl.read_text().replace("pattern write nattro/v1/+/%u/alarm/+\n", "")
    broker.set_acl(acl)
    broker.reload()
    assert decommission(connected, "--yes", "--json") == exits.OK
    told = receipt(capsys).broker
    assert {topic.rpartition("/")[0] for topic in told.remaining} == {f"{ROOT}/alarm"}
    assert f"{ROOT}/schedule" in told.emptied


def locked(home: Installed) -> bool:
    """Whether a device that is started now would keep its camera closed."""
    if not home.file.exists():
        return True
    try:
        onlooker = Onlooker(home.state)
    except NothingToSee:
        return True
    consent = (onlooker.state() or State()).consent.state
    onlooker.close()
    return consent != "given" or not (home.state / "commissioned").exists()


def test_what_an_interrupted_commissioning_left_goes_too(tmp_path: Path) -> None:
    device = Installed(tmp_path)
    (device.reference / "draft").mkdir()
    (device.reference / "draft" / "steps.json").write_text("{}")
    named = {target.path for target in targets(device.config, device.file)}
    assert device.reference / "draft" / "steps.json" in named
