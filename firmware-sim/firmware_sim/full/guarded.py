"""The broker as docs/mosquitto describes it for production: TLS, a certificate for each client, the access list."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from paho.mqtt.client import Client

from firmware_sim.full.brokers import LOCALHOST, BrokerMissing, Mosquitto
from firmware_sim.full.certificates import Authority, Pair
from transport.broker import BrokerConfig

DOCUMENTED = Path(__file__).parents[3] / "docs" / "mosquitto"
BROKER = "localhost"
OPERATOR = "operator"
"""The user that the access list lets read everything and send commands."""


def documented(port: int, folder: Path, authority: Authority, access_list: Path, name: str = BROKER) -> str:
    """The documented configuration with files of one's own. Raises ValueError if it does not name them any more."""
    pair = authority.sign(name, server=True)
    text = (DOCUMENTED / "nattro.conf").read_text(encoding="utf-8")
    for written, own in {
        "/etc/mosquitto/certs/ca.pem": authority.file,
        "/etc/mosquitto/certs/broker.pem": pair.certificate,
        "/etc/mosquitto/certs/broker.key": pair.key,
        "/etc/mosquitto/nattro.acl": access_list,
        "listener 8883": f"listener {port} {LOCALHOST}",
        "/var/lib/mosquitto/": f"{folder}/",
    }.items():
        if written not in text:
            raise ValueError(f"docs/mosquitto/nattro.conf does not name {written} any more")
        text = text.replace(written, str(own))
    # started by root it would drop to another user, who cannot read this folder
    return f"{text}\nuser root\nlog_dest stderr\nlog_type all\n"


class GuardedMosquitto(Mosquitto):
    """A mosquitto that lets nobody in without a certificate. when_started: called after every start."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.name = "mosquitto with TLS and access list, MQTT 5"
        self.authority = Authority(folder)
        self.when_started: list[Callable[[], None]] = []

    def start(self) -> None:
        super().start()
        for call in self.when_started:
            call()

    def deny(self, topic: str) -> None:
        if topic:
            raise BrokerMissing(
                "the guarded broker's access list is the documented one; take --broker mosquitto"
            )

    def entry(self, device: str, port: int) -> BrokerConfig:
        """What the device is configured with: its own certificate."""
        pair = self.authority.sign(device)
        return BrokerConfig(
            host=BROKER,
            port=port,
            ca=str(self.authority.file),
            certificate=str(pair.certificate),
            key=str(pair.key),
        )

    def admit(self, client: Client) -> None:
        """Give the subscriber the operator's certificate."""
        pair = self.authority.sign(OPERATOR)
        client.tls_set(str(self.authority.file), str(pair.certificate), str(pair.key))

    def client(self, program: str, pair: Pair | None, *arguments: str) -> list[str]:
        """The command line of mosquitto_pub or mosquitto_sub, with a certificate or without."""
        proof = ["--cert", str(pair.certificate), "--key", str(pair.key)] if pair else []
        command = [program, "-h", BROKER, "-p", str(self.port), "--cafile", str(self.authority.file)]
        return [*command, *proof, *arguments]

    def log(self) -> str:
        """What the broker has written so far."""
        return (self._folder / "mosquitto.log").read_text(encoding="utf-8", errors="replace")

    def _write_configuration(self, denied: str) -> None:
        del denied
        access_list = self._folder / "acl"
        access_list.write_bytes((DOCUMENTED / "nattro.acl").read_bytes())
        access_list.chmod(0o600)
        text = documented(self.port, self._folder, self.authority, access_list)
        self._configuration.write_text(text, encoding="utf-8")


def tried(command: list[str]) -> str:
    """What a client's attempt came to: its exit status, and what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    said = " ".join((done.stdout + done.stderr).split())
    return f"exit status {done.returncode}: {said or 'nothing said'}"
