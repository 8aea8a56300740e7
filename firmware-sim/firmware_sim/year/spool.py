"""The record of a long run, put aside month by month: what the simulator remembers must not look like growth."""

from pathlib import Path

import msgspec

from firmware_sim.world.record import Arrival, Glimpse, HandedOver, Record, Seen, Sent

Lists = tuple[list[Seen], list[Arrival], list[Sent], list[HandedOver], list[Glimpse]]
_lists = msgspec.msgpack.Decoder(Lists)


class Spool:
    """Parts of one record, in the order of time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._parts = 0

    def put_aside(self, record: Record) -> Record:
        """Move everything that the record holds to disk; returns what it held, to be looked at and let go."""
        held = (record.seen, record.arrivals, record.commands, record.handed_over, record.glimpses)
        self._part(self._parts).write_bytes(msgspec.msgpack.encode(held))
        part = self._read(self._parts)
        self._parts += 1
        for each in held:
            each.clear()
        return part

    def whole(self) -> Record:
        """Everything that was put aside, as one record."""
        record = Record()
        for number in range(self._parts):
            part = self._read(number)
            record.seen += part.seen
            record.arrivals += part.arrivals
            record.commands += part.commands
            record.handed_over += part.handed_over
            record.glimpses += part.glimpses
        return record

    def _read(self, number: int) -> Record:
        record = Record()
        (
            record.seen,
            record.arrivals,
            record.commands,
            record.handed_over,
            record.glimpses,
        ) = _lists.decode(self._part(number).read_bytes())
        return record

    def _part(self, number: int) -> Path:
        return self._directory / f"record-{number:03}.msgpack"
