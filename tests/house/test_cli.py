"""The command as people type it: one clear error for each mistake, and an exit code that a script can use."""

import json
import sqlite3
from pathlib import Path

import pytest

from agent import __version__
from agent.cli import exits, main
from agent.config import example

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration with everything in a folder of its own."""
    text = (
        example().replace("device:/dev/video0", "recording:film.avi").replace('"/var/lib/nattro"', '"state"')
    )
    text = text.replace("broker.example.org", "localhost").replace("# plain = false", "plain = true")
    lines = [line for line in text.splitlines() if not line.startswith(("ca =", "certificate =", "key ="))]
    written = tmp_path / "nattro.toml"
    written.write_text("\n".join(lines))
    return written


@pytest.fixture
def consented(file: Path, capsys: Printed) -> Path:
    assert main(["consent", "grant", *GRANT, "--config", str(file)]) == exits.OK
    capsys.readouterr()
    return file


GRANT = ["--reference", "form-2031", "--date", "2026-01-02", "--person", "--alone"]


def test_without_arguments_it_introduces_itself(capsys: Printed) -> None:
    assert main([]) == exits.OK
    told = capsys.readouterr().out
    assert "nattro run" not in told
    for command in ("run", "consent", "config", "status", "outbox", "look", "simulate", "replay", "watch"):
        assert f"\n  {command} " in told


def test_version(capsys: Printed) -> None:
    assert main(["--version"]) == exits.OK
    assert capsys.readouterr().out == f"nattro {__version__}\n"


def test_a_misspelt_command_is_recognised(capsys: Printed) -> None:
    assert main(["stauts"]) == exits.USAGE
    assert "there is no command 'stauts'; did you mean 'status'?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "consent", "config", "status", "outbox", "replay", "relay"])
def test_each_command_explains_itself_with_examples(command: str, capsys: Printed) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"nattro {command}" in capsys.readouterr().out.partition("examples:")[2]


def test_the_printed_example_is_a_good_configuration(tmp_path: Path, capsys: Printed) -> None:
    assert main(["config", "example"]) == exits.OK
    written = tmp_path / "nattro.toml"
    written.write_text(capsys.readouterr().out)
    assert main(["config", "check", str(written)]) == exits.OK
    printed = capsys.readouterr()
    assert "good. soderhagen/home-17, 23:30, 02:30, 05:30 (Europe/Stockholm)" in printed.out
    assert "camera.source: there is no /dev/video0 on this machine" in printed.err
    assert main(["config", "check", "--here", str(written)]) == exits.CONFIG


def test_a_broken_configuration_stops_every_command_with_the_same_error(file: Path, capsys: Printed) -> None:
    file.write_text(file.read_text().replace("# look_seconds = 20", "look_seconds = 200"))
    for command in (["config", "check", str(file)], ["status"], ["outbox"], ["run"], ["consent", "show"]):
        where = [] if command[0] == "config" else ["--config", str(file)]
        assert main([*command, *where]) == exits.CONFIG
        assert f"{file}:15: checks.look_seconds: should be a whole number <= 30" in capsys.readouterr().err
    assert not (file.parent / "state").exists()


def test_the_shown_configuration_is_the_same_configuration(file: Path, capsys: Printed) -> None:
    assert main(["config", "show", str(file)]) == exits.OK
    shown = file.with_name("shown.toml")
    shown.write_text(capsys.readouterr().out)
    assert main(["config", "show", "--json", str(shown)]) == exits.OK
    again = json.loads(capsys.readouterr().out)
    assert main(["config", "show", "--json", str(file)]) == exits.OK
    assert again == json.loads(capsys.readouterr().out)
    assert again["checks"]["look_seconds"] == 20


def test_consent_is_recorded_withdrawn_and_shown_without_an_agent(file: Path, capsys: Printed) -> None:
    config = ["--config", str(file)]
    assert main(["consent", "grant", *GRANT, *config]) == exits.OK
    assert "Consent given by the person, who lives alone; form form-2031" in capsys.readouterr().out
    assert main(["consent", "show", "--json", *config]) == exits.OK
    assert json.loads(capsys.readouterr().out)["state"] == "given"
    assert main(["consent", "withdraw", "--by", "person", *config]) == exits.OK
    assert "Consent withdrawn: the camera is locked." in capsys.readouterr().out
    assert main(["status", "--json", *config]) == exits.OK
    assert json.loads(capsys.readouterr().out)["locked"] == "consent_withdrawn"


def test_a_heartbeat_of_this_boot_is_not_dropped_before_it_could_be_sent(consented: Path) -> None:
    store = sqlite3.connect(consented.parent / "state" / "nattro.db")
    assert store.execute("SELECT count(*) FROM outbox WHERE topic LIKE '%/heartbeat'").fetchone() == (1,)
    assert store.execute("SELECT * FROM outbox_dropped").fetchall() == []
    store.close()


def test_what_was_recorded_waits_in_the_outbox_and_replays(consented: Path, capsys: Printed) -> None:
    config = ["--config", str(consented)]
    assert main(["outbox", "--json", *config]) == exits.OK
    waiting = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "given" in {message["payload"]["data"].get("state") for message in waiting}
    assert main(["replay", str(consented.parent / "state")]) == exits.OK
    assert "no difference" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--date", "2 november"], "'2 november' is no date; write it like 2026-11-02"),
        (["--date", "2999-01-01"], "2999-01-01 is in the future"),
        (["--cohabitant"], "not allowed with argument"),
    ],
)
def test_consent_that_does_not_make_sense_is_refused(
    file: Path, capsys: Printed, arguments: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["consent", "grant", *GRANT, *arguments, "--config", str(file)])
    assert ended.value.code == exits.USAGE
    assert told in capsys.readouterr().err
    assert not (file.parent / "state").exists()


def test_a_store_from_the_future_is_refused_and_left_alone(consented: Path, capsys: Printed) -> None:
    store = consented.parent / "state/nattro.db"
    with sqlite3.connect(store) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = store.read_bytes()
    assert main(["run", "--config", str(consented)]) == exits.STATE
    assert "has version 99, this nattro reads up to" in capsys.readouterr().err
    assert store.read_bytes() == before


def test_a_snapshot_from_the_future_is_refused_and_left_alone(consented: Path, capsys: Printed) -> None:
    with sqlite3.connect(consented.parent / "state/nattro.db") as connection:
        connection.execute("UPDATE snapshot SET body = ?", (b'{"format": 99}',))
    for command in (["run"], ["status"], ["consent", "show"], ["consent", "withdraw"]):
        assert main([*command, "--config", str(consented)]) == exits.STATE
        assert "the stored state has format 99" in capsys.readouterr().err
    with sqlite3.connect(consented.parent / "state/nattro.db") as connection:
        meta = dict(connection.execute("SELECT key, value FROM meta"))
    assert meta["clean"] == "1"  # the last process said goodbye, and still has


def test_a_state_folder_that_cannot_be_made_is_told(file: Path, capsys: Printed) -> None:
    (file.parent / "state").write_text("a file in the way")
    assert main(["consent", "grant", *GRANT, "--config", str(file)]) == exits.STATE
    assert f"{file.parent / 'state'}" in capsys.readouterr().err


def test_no_store_yet_is_told_as_such(file: Path, capsys: Printed) -> None:
    assert main(["status", "--config", str(file)]) == exits.STATE
    assert "no store yet; `nattro run` or `nattro consent grant` makes it" in capsys.readouterr().err


def test_what_is_no_journal_is_told_as_such(tmp_path: Path, capsys: Printed) -> None:
    assert main(["replay", str(tmp_path / "gone")]) == exits.MISSING
    assert "does not exist; give a state directory" in capsys.readouterr().err
    (tmp_path / "letter.db").write_text("Dear all")
    assert main(["replay", str(tmp_path / "letter.db")]) == exits.MISSING
    assert "is no journal of nattro" in capsys.readouterr().err


def test_missing_certificates_stop_the_agent_before_anything_begins(file: Path, capsys: Printed) -> None:
    file.write_text(file.read_text().replace("plain = true", 'ca = "ca.pem"'))
    assert main(["run", "--config", str(file)]) == exits.CONFIG
    assert "broker.ca" in capsys.readouterr().err
    assert not (file.parent / "state").exists()


@pytest.mark.parametrize("what", ["release", "test"])
def test_without_relays_there_is_nothing_to_restore(file: Path, capsys: Printed, what: str) -> None:
    assert main(["relay", what, "--config", str(file)]) == exits.OK
    assert "no relays are fitted" in capsys.readouterr().out
