"""Real brokers for the tests: mosquitto with TLS and an access list, amqtt in this process; certificates."""

import asyncio
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from firmware_sim.full.brokers import LOCALHOST
from firmware_sim.full.certificates import Authority, Pair
from firmware_sim.full.guarded import DOCUMENTED, documented

DOCUMENTED_ACL = (DOCUMENTED / "nattro.acl").read_text(encoding="utf-8")

__all__ = ["DOCUMENTED", "LOCALHOST", "Authority", "Pair"]
"""Also found here, for the tests: what the simulator's brokers are made of."""

_PLAIN = """
listener 8883
allow_anonymous true
persistence true
persistence_location /var/lib/mosquitto/
max_queued_messages 5000
"""


def find_mosquitto() -> str:
    """The broker's program; skips the test, saying so, where there is none."""
    found = shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"
    )
    if found is None:
        pytest.skip(
            "mosquitto is not installed (Debian: apt install mosquitto); this test needs a real broker"
        )
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A mosquitto of its own, on a free port of this machine; keeps its state over a restart.

    With an authority it is the broker that docs/mosquitto describes, with TLS and its access list (or with `acl`);
    without one it lets everybody do everything.
    """

    def __init__(
        self,
        folder: Path,
        *,
        authority: Authority | None = None,
        acl: str | None = None,
        name: str = "localhost",
    ) -> None:
        self._name = name
        self._program = find_mosquitto()
        self._folder = folder
        self.port = free_port()
        self.authority = authority
        self._acl = folder / "acl"
        self._process: subprocess.Popen[bytes] | None = None
        self.set_acl(acl or DOCUMENTED_ACL)
        self._config = folder / "mosquitto.conf"
        self._config.write_text(self._settings(), encoding="utf-8")

    def set_acl(self, acl: str) -> None:
        """Replace the access list; a running broker must be told by `reload`."""
        self._acl.write_text(acl, encoding="utf-8")
        self._acl.chmod(0o644)

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        log = (self._folder / "mosquitto.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._config)], stdout=log, stderr=subprocess.STDOUT
            )
        for _ in range(200):
            if self._process.poll() is not None:
                raise RuntimeError(f"mosquitto ended: {self.log}")
            try:
                socket.create_connection((LOCALHOST, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"mosquitto does not answer: {self.log}")

    def stop(self) -> None:
        """End it in good order, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Stop answering without hanging up: to its clients the line is dead."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def reload(self) -> None:
        """Read the access list again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    @property
    def log(self) -> str:
        return (self._folder / "mosquitto.log").read_text(encoding="utf-8", errors="replace")

    def _settings(self) -> str:
        if self.authority is not None:
            return documented(self.port, self._folder, self.authority, self._acl, self._name)
        settings = _PLAIN.replace("listener 8883", f"listener {self.port} {LOCALHOST}")
        settings = settings.replace("/var/lib/mosquitto/", f"{self._folder}/")
        # started by root it would drop to another user, who cannot read the test's folder
        return f"{settings}\nlog_dest stdout\nlog_type all\nuser root\n"


@contextmanager
def mosquitto(
    folder: Path, *, authority: Authority | None = None, acl: str | None = None, name: str = "localhost"
) -> Iterator[Mosquitto]:
    """A running mosquitto, ended with the block. `name`: in its certificate."""
    broker = Mosquitto(folder, authority=authority, acl=acl, name=name)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def embedded_broker() -> Iterator[int]:
    """An amqtt broker (MQTT 3.1.1) inside this process; yields its port."""
    from amqtt import broker as amqtt

    amqtt._BROADCAST_SHUTDOWN_TIMEOUT = 0.1  # its loop waits five seconds for nothing
    port = free_port()
    loop = asyncio.new_event_loop()
    settings = {
        "listeners": {"default": {"type": "tcp", "bind": f"{LOCALHOST}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = amqtt.Broker(settings, loop=loop)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(broker.start(), loop).result(10)
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(broker.shutdown(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Heard(msgspec.Struct, frozen=True):
    """A message as a subscriber got it."""

    topic: str
    payload: bytes
    retained: bool


class Subscriber:
    """An independent MQTT 3.1.1 client that notes what it hears, in order; `lasting`: also over a restart."""

    def __init__(
        self,
        port: int,
        *filters: str,
        pair: Pair | None = None,
        authority: Authority | None = None,
        lasting: bool = False,
    ) -> None:
        self.heard: list[Heard] = []
        self.granted: list[int] = []
        self._filters = filters
        self._ready = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"test-{id(self)}", clean_session=not lasting
        )
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _client, _data, message: self.heard.append(
            Heard(message.topic, bytes(message.payload), message.retain)
        )
        if authority is not None:
            self._client.tls_set(
                ca_certs=str(authority.file),
                certfile=str(pair.certificate) if pair else None,
                keyfile=str(pair.key) if pair else None,
            )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(LOCALHOST, port)
        self._client.loop_start()
        if filters and not self._ready.wait(10):
            raise RuntimeError("the subscriber got no subscription within 10 s")

    def _subscribe(self, *_: object) -> None:
        if self._filters:
            self._client.subscribe([(each, 1) for each in self._filters])

    def say(self, topic: str, payload: bytes | str, *, retain: bool = False) -> None:
        """Publish and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def on(self, topic: str) -> list[bytes]:
        """The payloads heard on a topic, in order."""
        return [each.payload for each in list(self.heard) if each.topic == topic]

    def await_count(self, count: int, seconds: float = 20.0) -> list[Heard]:
        """What was heard, once it is at least so much. Raises TimeoutError."""
        await_that(lambda: len(self.heard) >= count, seconds, f"{count} messages")
        return list(self.heard)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def await_that(true: Callable[[], bool], seconds: float = 20.0, what: str = "it") -> None:
    """Wait until something is true. Raises TimeoutError after `seconds`."""
    patience = time.monotonic() + seconds
    while not true():
        if time.monotonic() > patience:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.01)
