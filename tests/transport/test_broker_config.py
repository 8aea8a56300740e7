"""The broker's configuration: every mistake is told before anything connects."""

import ssl
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from tests.brokers import Authority
from transport.broker import BrokerConfig, BrokerRefused, demand_broker, password, tls_context


def config(**more: object) -> BrokerConfig:
    return msgspec.convert({"host": "broker.example", **more}, BrokerConfig)


def test_ports_follow_from_tls() -> None:
    assert config().resolved_port == 8883
    assert config(plain=True).resolved_port == 1883
    assert config(port=4711).resolved_port == 4711


def test_tls_checks_chain_and_name_and_is_not_old(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.sign("n-4711")
    context = tls_context(
        config(ca=str(authority.file), certificate=str(pair.certificate), key=str(pair.key))
    )
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_password_is_the_files_text_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret å\n", encoding="utf-8")
    assert password(config(username="u", password_file=str(tmp_path / "password"))) == "s3cret å"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"plain": True, "ca": "ca.pem"}, "plain = true means no TLS"),
        ({"certificate": "a.pem"}, "belong together"),
        ({"password_file": "p"}, "without broker.username"),
        ({"ca": "/nowhere/ca.pem"}, r"broker\.ca: /nowhere/ca\.pem cannot be read: No such file"),
        (
            {"username": "u", "password_file": "/nowhere/p"},
            r"broker\.password_file: /nowhere/p cannot be read",
        ),
    ],
)
def test_what_cannot_work_is_told(given: dict[str, object], reason: str) -> None:
    with pytest.raises(BrokerRefused, match=reason):
        demand_broker(config(**given))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"port": 70000}, r"\$\.port"),
        ({"protocol": "3.1"}, r"\$\.protocol"),
        ({"keepalive": 0}, r"\$\.keepalive"),
        ({"hots": "x"}, "unknown field `hots`"),
        ({"host": ""}, r"\$\.host"),
        ({"home_assistant": "a/b"}, r"\$\.home_assistant"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(given: dict[str, object], reason: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=reason):
        config(**given)


def test_files_that_are_no_certificates_are_told(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    junk = str(tmp_path / "junk")
    with pytest.raises(BrokerRefused, match=r"broker\.ca: .*junk is no PEM file"):
        demand_broker(config(ca=junk))
    with pytest.raises(BrokerRefused, match="not a PEM certificate and its key"):
        demand_broker(config(certificate=junk, key=junk))


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine, other = authority.sign("mine"), authority.sign("other")
    with pytest.raises(BrokerRefused, match="and its key"):
        demand_broker(config(certificate=str(mine.certificate), key=str(other.key)))


def test_an_encrypted_key_is_told_and_never_asks_at_the_terminal(tmp_path: Path) -> None:
    pair = Authority(tmp_path).sign("mine")
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(BrokerRefused, match=r"is encrypted: .* without a passphrase"):
        demand_broker(config(certificate=str(pair.certificate), key=str(pair.key)))
