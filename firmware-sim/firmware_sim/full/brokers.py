"""Real brokers on a free port of this machine: an amqtt or a mosquitto of our own, each a child process."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal, Protocol

from paho.mqtt.client import Client

from transport.broker import BrokerConfig

LOCALHOST = "127.0.0.1"
START_SECONDS = 20.0
RELOAD_SECONDS = 0.3
"""mosquitto says nowhere that it has read its access list again."""
BrokerName = Literal["amqtt", "mosquitto", "guarded"]


class BrokerMissing(Exception):
    """The broker cannot be started; the text says why and what to do."""


class RealBroker(Protocol):
    """A broker that can be started and stopped again and again on the same port."""

    name: str
    port: int

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def deny(self, topic: str) -> None:
        """Deny publishing on topics that end so; with "" nothing is denied. Raises BrokerMissing."""

    def entry(self, device: str, port: int) -> BrokerConfig:
        """What a device is configured with to reach this broker through `port`."""

    def admit(self, client: Client) -> None:
        """Give a client that reads everything and sends commands what it needs to be let in."""


def real_broker(name: BrokerName, folder: Path) -> RealBroker:
    """A broker that is not yet started; `folder` is for what it keeps."""
    if name == "guarded":
        from firmware_sim.full.guarded import GuardedMosquitto

        return GuardedMosquitto(folder)
    return Mosquitto(folder) if name == "mosquitto" else EmbeddedBroker()


class EmbeddedBroker:
    """amqtt (MQTT 3.1.1). It keeps nothing over a stop."""

    def __init__(self) -> None:
        self.name = "amqtt, MQTT 3.1.1"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "firmware_sim.full.embedded", str(self.port)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _await_listener(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_SECONDS)
            self._process = None

    def deny(self, topic: str) -> None:
        if topic:
            raise BrokerMissing("amqtt has no access list; take --broker mosquitto")

    def entry(self, device: str, port: int) -> BrokerConfig:
        del device
        return BrokerConfig(host=LOCALHOST, port=port, plain=True, protocol="3.1.1")

    def admit(self, client: Client) -> None:
        """Everybody may come in."""


class Mosquitto:
    """A mosquitto process (MQTT 5) that keeps sessions and retained messages over a stop."""

    def __init__(self, folder: Path) -> None:
        path = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"
        program = shutil.which("mosquitto", path=path)
        if program is None:
            raise BrokerMissing(
                "mosquitto is not installed (Debian: apt install mosquitto); or take --broker amqtt"
            )
        self.name = "mosquitto, MQTT 5"
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._configuration = folder / "mosquitto.conf"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_configuration(denied="")
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._configuration)], stdout=log, stderr=log
            )
        _await_listener(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_SECONDS)
            self._process = None

    def deny(self, topic: str) -> None:
        self._write_configuration(topic)
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)
            time.sleep(RELOAD_SECONDS)

    def entry(self, device: str, port: int) -> BrokerConfig:
        del device
        return BrokerConfig(host=LOCALHOST, port=port, plain=True)

    def admit(self, client: Client) -> None:
        """Everybody may come in."""

    def _write_configuration(self, denied: str) -> None:
        """An access list only while something is denied.

        With one, mosquitto 2.0.11 drops after a restart what it should queue for subscribers that are still away.
        """
        lines = [
            f"listener {self.port} {LOCALHOST}",
            "allow_anonymous true",
            "user root",
            "persistence true",
            f"persistence_location {self._folder}/",
            "max_queued_messages 0",
        ]
        if denied:
            access_list = self._folder / "acl"
            access_list.write_text(f"topic deny nattro/v1/+/+{denied}\ntopic readwrite #\n", encoding="utf-8")
            access_list.chmod(0o600)
            lines.append(f"acl_file {access_list}")
        self._configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


def _await_listener(port: int) -> None:
    patience = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((LOCALHOST, port), timeout=1).close()
        except OSError as error:
            if time.monotonic() > patience:
                raise BrokerMissing(f"the broker does not listen on port {port}: {error}") from error
            time.sleep(0.02)
        else:
            return
