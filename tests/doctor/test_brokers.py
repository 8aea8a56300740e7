"""Brokers of other kinds: MQTT 3.1.1, passwords instead of certificates, none of it encrypted."""

import subprocess
from pathlib import Path

import pytest

from tests.brokers import DOCUMENTED_ACL, find_mosquitto
from tests.doctor.home import Home, by_name, troubles

PASSWORD = "correct horse"


@pytest.fixture
def old(home: Home) -> Home:
    home.device.change('# protocol = "5"  ', 'protocol = "3.1.1"  ')
    return home


def test_in_mqtt_3_reading_back_proves_what_the_broker_does_not_tell(old: Home) -> None:
    report = old.examined()
    found = by_name(report)
    assert found["broker.own_topics"].code == "not_told"
    assert found["broker.others_topics"].state == "not_checked"
    assert found["broker.read_back"].state == "ok"
    assert troubles(report) == {}


def test_in_mqtt_3_a_denial_is_seen_by_what_does_not_come_back(old: Home) -> None:
    old.broker.set_acl(DOCUMENTED_ACL.replace("pattern write nattro/v1/+/%u/alarm/+\n", ""))
    old.broker.reload()
    assert troubles(old.examined()) == {"broker.read_back": "unheard"}


def test_a_device_that_verifies_needs_the_right_to_read(old: Home) -> None:
    old.device.change("# verify = false", "verify = true")
    old.broker.set_acl(DOCUMENTED_ACL.replace("pattern read nattro/v1/+/%u/alarm/+\n", ""))
    old.broker.reload()
    assert troubles(old.examined()) == {"broker.read_back": "needed"}


@pytest.fixture
def with_password(home: Home, tmp_path: Path) -> Home:
    """The same home at a broker on this machine that wants a password."""
    find_mosquitto()
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "home-17", PASSWORD], check=True)
    home.broker.stop()
    home.broker._config.write_text(
        f"listener {home.broker.port} 127.0.0.1\nallow_anonymous false\npassword_file {file}\nuser root\n"
    )
    home.broker.start()
    text = home.device.file.read_text()
    kept = [line for line in text.splitlines() if not line.startswith(("ca =", "certificate =", "key ="))]
    home.device.file.write_text("\n".join(kept))
    home.device.change("# plain = false", "plain = true")
    home.device.change('# username = ""', 'username = "home-17"')
    home.device.change('# password_file = "credentials/password"', 'password_file = "credentials/password"')
    (home.device.credentials / "password").write_text(PASSWORD)
    return home


def test_a_password_lets_the_device_in(with_password: Home) -> None:
    report = with_password.examined()
    found = by_name(report)
    assert found["broker.login"].state == "ok"
    assert found["tls.handshake"].code == "plain_here"
    assert found["certificate.device"].state == "not_checked"
    assert troubles(report) == {"broker.others_topics": "open"}  # it has no access list


def test_a_wrong_password_is_refused_and_nothing_after_it_is_tried(with_password: Home) -> None:
    (with_password.device.credentials / "password").write_text("battery staple")
    report = with_password.examined()
    assert troubles(report) == {"broker.login": "refused"}
    assert "ot authori" in by_name(report)["broker.login"].means.en
    assert by_name(report)["broker.read_back"].state == "not_checked"
