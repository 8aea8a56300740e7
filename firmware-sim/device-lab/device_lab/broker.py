"""The broker, outside the device as in reality: mosquitto as docs/mosquitto describes it; and who listens there."""

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from device_lab.host import program
from device_lab.root import BROKER
from firmware_sim.full.brokers import LOCALHOST, free_port
from firmware_sim.full.certificates import Authority, Pair
from firmware_sim.full.guarded import DOCUMENTED, OPERATOR, documented


class NotHeard(Exception):
    """What was waited for did not come to the broker in time."""


@dataclass(frozen=True)
class Heard:
    """A message as it came. at: monotonic seconds of this machine."""

    at: float
    topic: str
    message: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.message["type"])

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.message["data"])


class Broker:
    """A mosquitto with TLS and access list, on this machine's loopback, where QEMU's network finds it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.authority = Authority(folder, days=400)
        self._folder = folder
        access_list = folder / "acl"
        access_list.write_bytes((DOCUMENTED / "nattro.acl").read_bytes())
        access_list.chmod(0o600)
        self._file = folder / "mosquitto.conf"
        self._file.write_text(documented(self.port, folder, self.authority, access_list, BROKER))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [program("mosquitto") or "mosquitto", "-c", str(self._file)]
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def device_pair(self, device: str, *, days: float | None = None) -> Pair:
        """The device's certificate, overwritten at each call. days: see Authority.sign."""
        return self.authority.sign(device, days=days)


class Listener:
    """An operator at the broker: notes all that is said, and gives commands. Knows nothing of the device's code."""

    def __init__(self, broker: Broker, site: str, device: str) -> None:
        self.heard: list[Heard] = []
        self._root = f"nattro/v1/{site}/{device}"
        self._news = threading.Condition()
        self._commands = 0
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=OPERATOR)
        pair = broker.authority.sign(OPERATOR)
        context = ssl.create_default_context(cafile=str(broker.authority.file))
        context.load_cert_chain(pair.certificate, pair.key)
        context.check_hostname = False  # the certificate names the broker as the device knows it
        self._client.tls_set_context(context)
        self._client.on_connect = lambda client, *_: client.subscribe("nattro/v1/#", qos=1)
        self._client.on_message = lambda _client, _data, message: self._note(message)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect_async(LOCALHOST, broker.port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def command(self, order: str, **details: object) -> None:
        """Give a command that holds for ten minutes. Raises NotHeard if it is refused or not answered."""
        self._commands += 1
        name = f"lab-{self._commands}"
        payload = {
            "id": name,
            "expires": (datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
            "requested_by": OPERATOR,
            "order": {"type": order, **details},
        }
        self._client.publish(f"{self._root}/cmd/{order}", json.dumps(payload), qos=1)
        reply = self.wait("reply", lambda data: data["command"] == name, seconds=120.0, since=0.0)
        if reply.data["outcome"] == "refused":
            raise NotHeard(f"{order} was refused: {reply.data['reason']}")

    def wait(
        self, kind: str, wanted: Callable[[dict[str, Any]], bool], *, seconds: float, since: float
    ) -> Heard:
        """The first message of a type that came after `since` and whose data is as wanted. Raises NotHeard."""

        def found() -> Heard | None:
            return next((each for each in self.all(kind, since) if wanted(each.data)), None)

        with self._news:
            heard = self._news.wait_for(found, seconds)
        if heard is None:
            raise NotHeard(f"no such {kind} within {seconds:.0f} s")
        return heard

    def all(self, kind: str, since: float = 0.0) -> list[Heard]:
        """All messages of a type that came after `since`."""
        return [each for each in list(self.heard) if each.type == kind and each.at >= since]

    def _note(self, message: MQTTMessage) -> None:
        if not message.payload or ("/cmd/" in message.topic and not message.topic.endswith("/reply")):
            return
        with self._news:
            self.heard.append(Heard(time.monotonic(), message.topic, json.loads(message.payload)))
            self._news.notify_all()
