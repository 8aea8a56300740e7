"""Takes leave of the broker: says that no more checks come, and empties every topic that it keeps of this device.

The agent is stopped, so its own client id is free: with a clean start the broker forgets its session, too.
"""

import secrets
import time
from collections.abc import Iterator
from typing import get_args

from msgspec.structs import replace

from agent.config import Config
from agent.core.facts import AlarmKind, AnyFact, Consent, FaultKind, Schedule, Status
from agent.core.moment import Now
from agent.core.policy import MINUTE
from agent.decommission.receipt import AtTheBroker
from transport.connection import Acknowledged, Connection, Ended, NoConnection, Words
from transport.discovery import describe
from transport.messages import Message, encode
from transport.topics import Address

REFUSED = 128
"""MQTT 5's reasons from here on are refusals."""
PATIENCE = 20.0
"""Seconds for the broker to confirm all of it."""
REASON = "decommissioned"


def take_leave(config: Config, now: Now, *, consented: bool) -> AtTheBroker:
    """Never raises: a broker that cannot be reached keeps what it has, and the receipt says so."""
    topics = retained_topics(config)
    try:
        connection = Connection(replace(config.broker, session_hours=0), _client_id(config))
        connection.open()
    except NoConnection as error:
        return AtTheBroker(reached=False, detail=str(error), remaining=tuple(topics))
    for words in _last_words(config, now, consented=consented):
        connection.publish(words)
    emptied = _emptied(connection, topics)
    connection.close()
    remaining = tuple(topic for topic in topics if topic not in emptied)
    return AtTheBroker(reached=True, emptied=tuple(emptied), remaining=remaining)


def retained_topics(config: Config) -> list[str]:
    """Everything that the broker may keep of this device."""
    address = _address(config)
    kinds = [f"alarm/{kind}" for kind in get_args(AlarmKind)] + [
        f"fault/{kind}" for kind in get_args(FaultKind)
    ]
    own = [f"{address.root}/{below}" for below in ("status", "schedule", "consent", "inventory", *kinds)]
    prefix = config.broker.home_assistant
    return [*own, describe(prefix, address, "").topic] if prefix else own


def _last_words(config: Config, now: Now, *, consented: bool) -> Iterator[Words]:
    """Not retained: whoever listens shall wait for nothing more from this device."""
    facts: list[AnyFact] = [
        Schedule(
            timezone=config.site.timezone,
            times=(),
            windows=(),
            heartbeat_seconds=int(config.checks.heartbeat_minutes * MINUTE),
            consent="withdrawn" if consented else "none",
        ),
        Status(state="offline", reason=REASON),
    ]
    if consented:
        facts.insert(0, Consent(state="withdrawn", by=REASON))
    address = _address(config)
    for fact in facts:
        message = Message(
            id=f"{REASON}-{secrets.token_hex(6)}",
            device=address.device,
            time=now.calendar,
            clock_trusted=now.trusted,
            data=fact,
        )
        yield Words(address.of(fact), encode(message))


def _emptied(connection: Connection, topics: list[str]) -> list[str]:
    """The topics that the broker has confirmed to be empty."""
    waiting = {connection.publish(Words(topic, b"", retain=True)): topic for topic in topics}
    waiting.pop(None, None)
    confirmed = set()
    until = time.monotonic() + PATIENCE
    while waiting and (left := until - time.monotonic()) > 0:
        for happening in connection.serve(left):
            if isinstance(happening, Ended):
                return [topic for topic in topics if topic in confirmed]
            if isinstance(happening, Acknowledged) and happening.packet in waiting:
                topic = waiting.pop(happening.packet)
                if happening.reason < REFUSED:
                    confirmed.add(topic)
    return [topic for topic in topics if topic in confirmed]


def _client_id(config: Config) -> str:
    return config.broker.client_id or f"nattro-{config.site.name}-{config.device.id}"


def _address(config: Config) -> Address:
    return Address(site=config.site.name, device=config.device.id)
