"""An independent subscriber: an MQTT client that writes down what arrives, and sends staff's commands."""

import threading
import time
from collections.abc import Callable

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from transport.topics import ROOT

READY_SECONDS = 10.0
BROKER_HOST = "localhost"
"""By name, as certificates want it."""
Hear = Callable[[str, bytes, bool], None]
"""Called from the client's thread with topic, payload, and whether it came as retained."""


class SubscriberLost(Exception):
    """The subscriber could not be subscribed; the text says to what."""


class Subscriber:
    """Subscribed to everything below nattro/v1 at QoS 1, in a session that the broker keeps if it can."""

    def __init__(
        self, port: int, hear: Hear, admit: Callable[[Client], None], client_id: str = "witness"
    ) -> None:
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
        admit(self._client)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_disconnect = lambda *_: self._ready.clear()
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._hear = hear
        self._port = port

    def connect(self) -> None:
        """Connect and wait until subscribed. Raises SubscriberLost."""
        self._client.connect(BROKER_HOST, self._port)
        self._client.loop_start()
        self.await_ready()

    def await_ready(self) -> None:
        """Wait until subscribed (again). Raises SubscriberLost."""
        if not self._ready.wait(READY_SECONDS):
            raise SubscriberLost(
                f"the witness is not subscribed at port {self._port} within {READY_SECONDS:.0f} s"
            )

    def await_lost(self) -> None:
        """Wait until it has noticed that the broker is gone."""
        patience = time.monotonic() + READY_SECONDS
        while self._ready.is_set() and time.monotonic() < patience:
            time.sleep(0.005)

    def send(self, topic: str, payload: bytes) -> None:
        """Publish a command as staff would, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1).wait_for_publish(READY_SECONDS)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, *_: object) -> None:
        self._client.subscribe(f"{ROOT}/#", qos=1)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._hear(message.topic, bytes(message.payload), message.retain)
