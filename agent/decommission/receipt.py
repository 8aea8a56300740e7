"""The receipt: the shape of `nattro decommission --json`."""

from typing import Literal

import msgspec

from agent.core.orders import Instant

FORMAT = 1

Kind = Literal["consent", "memory", "reference", "key", "configuration", "lock"]
"""What a file was: `memory` is schedule, consent, journal and outbox together."""


class Deleted(msgspec.Struct, frozen=True, kw_only=True, tag="deleted"):
    """A file that is gone. bytes: its size; overwritten: its content was replaced before."""

    kind: Kind
    path: str
    bytes: int
    overwritten: bool
    at: Instant


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is still there, and why."""

    path: str
    reason: str


class AtTheBroker(msgspec.Struct, frozen=True, kw_only=True, tag="broker"):
    """What the broker keeps of the device. detail: why it was not reached; emptied, remaining: retained topics."""

    reached: bool
    detail: str = ""
    emptied: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted, what was not there, and what remains.

    consent: how it stood before; consent_reference: where the form is kept; undelivered: messages that the broker
    had not confirmed and that were deleted with the rest; kept: nattro's files that could not be deleted;
    foreign: files that are not nattro's and were left alone; complete: nothing of nattro's is left on the device.
    """

    format: int = FORMAT
    device: str
    version: str
    by: str
    begun: Instant
    finished: Instant
    clock_trusted: bool
    consent: str
    consent_reference: str
    undelivered: int | None
    deleted: tuple[Deleted, ...]
    absent: tuple[str, ...]
    kept: tuple[Kept, ...]
    foreign: tuple[str, ...]
    broker: AtTheBroker
    complete: bool
