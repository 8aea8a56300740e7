"""The key stays root's: the agent reads the copy that systemd hands it, everybody else the file itself."""

from pathlib import Path

import pytest

from agent.config.credentials import credential


def test_the_agent_reads_what_systemd_has_passed(tmp_path: Path) -> None:
    copy = tmp_path / "passed/credentials_home-17.key"
    copy.parent.mkdir()
    copy.touch()
    passed = {"CREDENTIALS_DIRECTORY": str(copy.parent)}
    assert credential(Path("/etc/nattro"), "credentials/home-17.key", passed) == copy
    assert credential(Path("/etc/nattro"), "/etc/nattro/credentials/home-17.key", passed) == copy


def test_what_was_not_passed_is_missed_under_its_own_name(tmp_path: Path) -> None:
    passed = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    named = credential(Path("/etc/nattro"), "credentials/home-17.key", passed)
    assert named == Path("/etc/nattro/credentials/home-17.key")


def test_a_file_elsewhere_is_read_where_it_is(tmp_path: Path) -> None:
    passed = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert credential(Path("/etc/nattro"), "/etc/ssl/ca.pem", passed) == Path("/etc/ssl/ca.pem")


def test_without_systemd_the_files_themselves_are_read() -> None:
    named = credential(Path("/home/me"), "credentials/ca.pem", {})
    assert named == Path("/home/me/credentials/ca.pem")


def test_a_folder_that_systemd_has_closed_already_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `nattro relay release` finds it in ExecStopPost=, which must restore the power."""

    def closed(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", closed)
    passed = {"CREDENTIALS_DIRECTORY": "/run/credentials/nattro.service"}
    named = credential(Path("/etc/nattro"), "credentials/ca.pem", passed)
    assert named == Path("/etc/nattro/credentials/ca.pem")
