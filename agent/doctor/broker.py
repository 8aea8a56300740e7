"""The broker: whether it lets the device in, and lets it say what it must and nothing more.

What is published is empty, not retained, and on topics that nobody uses (`alarm/doctor` is no kind of alarm), so
that no monitor takes it for news. The connection has a client id and a session of its own: the agent keeps its.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from transport.connection import (
    Acknowledged,
    Connection,
    Deaf,
    Ended,
    Happening,
    NoConnection,
    Received,
    Words,
)
from transport.topics import Address

PATIENCE = 4.0
"""Seconds for the broker to answer."""
REFUSED = 128
"""MQTT 5's reasons from here on are refusals; 135 is "not authorized"."""
NOBODY = "nattro-doctor-nobody"
"""A device that no site has: what is published in its name reaches nobody."""

T = TypeVar("T")


def login(visit: Visit) -> Outcome:
    config = replace(visit.config.broker, session_hours=0)
    client_id = f"{config.client_id or _agents_id(visit)}-doctor"
    connection = Connection(config, client_id)
    try:
        connection.open()
    except NoConnection as error:
        return fault("refused", client_id=client_id, detail=str(error))
    visit.connection = connection
    return ok(client_id=client_id)


def own_topics(visit: Visit) -> Outcome:
    """One topic of each kind that the access list must open: alarms, faults, replies."""
    topics = [
        f"{_address(visit).root}/{below}" for below in ("alarm/doctor", "fault/doctor", "cmd/doctor/reply")
    ]
    for topic in topics:
        reason = _published(visit, topic)
        if reason is None:
            return fault("unanswered", topic=topic)
        if reason >= REFUSED:
            return fault("denied", topic=topic, reason=reason)
    if visit.config.broker.protocol == "3.1.1":
        return ok("not_told")
    return ok(topics=len(topics))


def others_topics(visit: Visit) -> Outcome:
    if visit.config.broker.protocol == "3.1.1":
        return not_checked("not_told")
    other = Address(site=visit.config.site.name, device=NOBODY)
    reason = _published(visit, f"{other.root}/alarm/doctor")
    if reason is None:
        return not_checked("unanswered")
    return ok() if reason >= REFUSED else fault("open", topic=f"{other.root}/#")


def read_back(visit: Visit) -> Outcome:
    """Publish, and hear it. In MQTT 5 only the right to read can be missing; in 3.1.1 the publishing, too."""
    topic = f"{_address(visit).root}/alarm/doctor"
    connection = _connection(visit)
    connection.subscribe(topic)
    connection.publish(Words(topic, b""))
    heard = _await(connection, lambda each: each if isinstance(each, Received | Deaf) else None)
    if isinstance(heard, Received):
        return ok(topic=topic)
    broker = visit.config.broker
    if broker.protocol == "5":
        return not_checked("not_allowed", topic=topic)
    return fault("needed", topic=topic) if broker.verify else warning("unheard", topic=topic)


def _published(visit: Visit, topic: str) -> int | None:
    """The broker's reason for an empty message on `topic`; None if it says nothing."""
    connection = _connection(visit)
    packet = connection.publish(Words(topic, b""))
    return _await(
        connection,
        lambda each: each.reason if isinstance(each, Acknowledged) and each.packet == packet else None,
    )


def _await(connection: Connection, wanted: Callable[[Happening], T | None]) -> T | None:
    until = time.monotonic() + PATIENCE
    while (left := until - time.monotonic()) > 0:
        for happening in connection.serve(left):
            found = wanted(happening)
            if found is not None:
                return found
            if isinstance(happening, Ended):
                return None
    return None


def _connection(visit: Visit) -> Connection:
    if visit.connection is None:
        raise LookupError("needs broker.login")
    return visit.connection


def _agents_id(visit: Visit) -> str:
    return f"nattro-{visit.config.site.name}-{visit.config.device.id}"


def _address(visit: Visit) -> Address:
    return Address(site=visit.config.site.name, device=visit.config.device.id)
