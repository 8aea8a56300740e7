"""The key stays root's: the agent reads the copy that systemd hands it, everybody else the file itself."""

from pathlib import Path

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
