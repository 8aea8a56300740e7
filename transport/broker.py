"""Which broker, and how: the [broker] section of the configuration, checked before anything connects."""

import os
import ssl
from pathlib import Path
from typing import Annotated, Literal

import msgspec

PathText = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
ClientId = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[A-Za-z0-9._:-]*$")]
TopicPrefix = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
MQTT_PORT, MQTTS_PORT = 1883, 8883


class BrokerRefused(ValueError):
    """A broker configuration that cannot work; the text says what, where and how to mend it."""


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How to reach the broker. `nattro config example` shows it with comments.

    port: 8883, or 1883 if `plain`; plain: no TLS, for a broker on the same machine;
    ca: file of the authority that signed the broker's certificate (empty: those of the system);
    certificate, key: this device's own, PEM files, given together;
    username, password_file: for brokers that want them; the file holds the password and nothing else;
    protocol: MQTT 5, or 3.1.1 where the broker has no more;
    client_id: empty for `nattro-<site>-<device>`; it names the session, so it must stay the same;
    keepalive: seconds; a dead line is noticed within twice that;
    session_hours: how long the broker keeps commands for a device that is away (0: not at all);
    verify: read answers and alarms back from the broker before they count as arrived. For MQTT 3.1.1, which
        reports success for a publish that it denies; the broker must let the device read its own topics;
    home_assistant: Home Assistant's discovery prefix; empty for none.
    """

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    plain: bool = False
    ca: PathText | None = None
    certificate: PathText | None = None
    key: PathText | None = None
    username: str = ""
    password_file: PathText | None = None
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: ClientId = ""
    keepalive: Annotated[int, msgspec.Meta(ge=5, le=120)] = 60
    session_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24
    verify: bool = False
    home_assistant: TopicPrefix = "homeassistant"

    @property
    def resolved_port(self) -> int:
        """The port, also where none is given."""
        return self.port or (MQTT_PORT if self.plain else MQTTS_PORT)


def demand_broker(config: BrokerConfig) -> None:
    """Raise BrokerRefused unless all files are there, readable and fit together. Connects to nothing."""
    if config.plain and (config.ca or config.certificate or config.key):
        raise BrokerRefused(
            "broker.plain = true means no TLS, but ca, certificate or key are given: drop the one or the others"
        )
    if bool(config.certificate) != bool(config.key):
        raise BrokerRefused("broker.certificate and broker.key belong together: give both or neither")
    if config.password_file and not config.username:
        raise BrokerRefused("broker.password_file is given without broker.username")
    password(config)
    tls_context(config)


def password(config: BrokerConfig) -> str | None:
    """The password in `password_file`, without its line end. Raises BrokerRefused."""
    if config.password_file is None:
        return None
    path = Path(_readable("password_file", config.password_file))
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerRefused(f"broker.password_file: {path} cannot be read: {error}") from error


def tls_context(config: BrokerConfig) -> ssl.SSLContext | None:
    """TLS 1.2 or later, the server's name and chain checked, with the client certificate; None if plain.

    Raises BrokerRefused.
    """
    if config.plain:
        return None
    try:
        context = ssl.create_default_context(cafile=_readable("ca", config.ca) if config.ca else None)
    except ssl.SSLError as error:
        raise BrokerRefused(f"broker.ca: {config.ca} is no PEM file of certificates") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.certificate and config.key:
        _load_pair(context, _readable("certificate", config.certificate), _readable("key", config.key))
    return context


def _load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    asked: list[bool] = []

    def no_passphrase() -> str:
        asked.append(True)  # without this callback OpenSSL would ask at the terminal and the agent would hang
        return ""

    try:
        context.load_cert_chain(certificate, key, password=no_passphrase)
    except ssl.SSLError as error:
        why = (
            f"{key} is encrypted: a device that starts by itself needs a key without a passphrase"
            if asked
            else f"{certificate} and {key} are not a PEM certificate and its key: {error.reason or error}"
        )
        raise BrokerRefused(f"broker.key: {why}") from error


def _readable(option: str, path: str) -> str:
    try:
        with Path(path).open("rb"):
            return path
    except OSError as error:
        who = f" (as user id {os.geteuid()})" if isinstance(error, PermissionError) else ""
        raise BrokerRefused(f"broker.{option}: {path} cannot be read{who}: {error.strerror}") from error
