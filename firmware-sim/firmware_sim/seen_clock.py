"""The device's clock, as somebody sees it who knows the true time."""

import math
from bisect import bisect_right
from typing import NamedTuple

from firmware_sim.spells import Spell, Spells
from firmware_sim.world.record import Part, Record, Seen

NOTICED_WITHIN = 35.0
"""An idle agent looks at its clock this often; a step that is taken back sooner may pass unnoticed."""


class _Reading(NamedTuple):
    at: float
    error: float
    trusted: bool


class _Piece(NamedTuple):
    """From `begin` to `end` the device knew the time to be at least `offset` + elapsed (-inf: not at all)."""

    begin: float
    end: float
    offset: float


class SeenClock:
    """What the device's clock showed, whether it was trusted, and what the device must have known at least.

    An untrusted clock leaves the device with the last time that it could trust and what has passed since, as far
    as it had power; lag: how much older that last time may be on its disk when it starts again.
    """

    def __init__(self, record: Record, start_utc: float, end: float, lag: float) -> None:
        self._start_utc = start_utc
        self._end = end
        readings = [_read(seen) for seen in record.of("clock")]
        self._readings = [_Reading(-math.inf, 0.0, True), *readings]
        self._moments = [reading.at for reading in self._readings]
        self.changes = tuple(self._moments[1:])
        self.errors = sorted({reading.error for reading in self._readings})
        self.untrusted = Spells(
            (this.at, following)
            for this, following in zip(readings, [*self._moments[2:], end], strict=False)
            if not this.trusted
        )
        self._pieces = _Knowledge(record, self, lag).pieces if readings else []

    def shown(self, elapsed: float) -> float:
        """What the clock showed, UTC seconds."""
        return self._start_utc + elapsed + self.error(elapsed)

    def error(self, elapsed: float) -> float:
        """How far the clock was ahead."""
        return self._reading(elapsed).error

    def had_error(self, elapsed: float, error: float) -> bool:
        """Whether it was ahead by this much then, if only for an instant. Messages tell whole milliseconds."""
        first = bisect_right(self._moments, elapsed - 0.002) - 1
        last = bisect_right(self._moments, elapsed + 0.002)
        return any(abs(each.error - error) < 0.01 for each in self._readings[first:last])

    def trusted(self, elapsed: float) -> bool:
        return self._reading(elapsed).trusted

    def comes(self, utc: float, after: float = 0.0) -> float:
        """When the device knew for good, not before `after`, that it was this late; infinity if it never did."""
        if not self._pieces:
            return max(after, utc - self._start_utc)
        for index, piece in enumerate(self._pieces):
            moment = max(piece.begin, utc - piece.offset, after)
            if moment < piece.end and not self._taken_back(index, moment, utc):
                return moment
        return math.inf

    def came(self, utc: float) -> float:
        """When the device could first take it to be this late, if only for a moment and by a clock not trusted."""
        shown = [
            (max(this.at, utc - self._start_utc - this.error), self._gone_by_until(place))
            for place, this in enumerate(self._readings)
        ]
        known = [(max(piece.begin, utc - piece.offset), piece.end) for piece in self._pieces]
        return min((moment for moment, until in (*shown, *known) if moment < until), default=math.inf)

    def known_from(self, moment: float) -> float:
        """When the device had any idea of the time again, at or after this moment."""
        knowing = (piece.begin for piece in self._pieces if piece.end > moment and piece.offset > -math.inf)
        return max(moment, next(knowing, self._end if self._pieces else moment))

    def was_right(self, begin: float, end: float) -> bool:
        """Whether the clock was trusted and right all the time from `begin` to `end`."""
        return all(each.trusted and abs(each.error) < 1.0 for each in self._between(begin, end))

    def errors_between(self, begin: float, end: float) -> list[float]:
        """How far it was ahead from `begin` to `end`, also if only for an instant."""
        return [each.error for each in self._between(begin, end)]

    def stood(self, begin: float, end: float) -> bool:
        """Whether the clock was trusted, and did not jump, all the time from `begin` to `end`."""
        last = bisect_right(self._moments, end)
        return bisect_right(self._moments, begin) == last and self._readings[last - 1].trusted

    def trusted_throughout(self, begin: float, end: float) -> bool:
        return all(each.trusted for each in self._between(begin, end))

    def _gone_by_until(self, place: int) -> float:
        """What could be trusted, if only for an instant, is gone by until another reading can be trusted."""
        following = self._readings[place + 1 :]
        if self._readings[place].trusted:
            following = [each for each in following if each.trusted]
        return following[0].at if following else self._end

    def _taken_back(self, index: int, moment: float, utc: float) -> bool:
        for piece in self._pieces[index + 1 :]:
            if piece.begin > moment + NOTICED_WITHIN:
                return False
            if piece.begin + piece.offset < utc:
                return True
        return False

    def _between(self, begin: float, end: float) -> list[_Reading]:
        first = bisect_right(self._moments, begin) - 1
        return self._readings[first : bisect_right(self._moments, end)]

    def _reading(self, elapsed: float) -> _Reading:
        return self._readings[bisect_right(self._moments, elapsed) - 1]


def _read(seen: Seen) -> _Reading:
    return _Reading(seen.at, float(seen.detail or seen.state), seen.state != "untrusted")


class _Knowledge:
    """Goes through the night once and works out what the device could know of the time."""

    WATCHED: tuple[Part, ...] = ("clock", "mains", "device", "store")

    def __init__(self, record: Record, clock: SeenClock, lag: float) -> None:
        self._clock = clock
        self._lag = lag
        self._start_utc = clock._start_utc  # noqa: SLF001 # its own half
        self._powered = self._writable = True
        self._up = False
        self._anchor = self._on_disk = -math.inf
        self._noticed, self._shows_since = math.inf, -math.inf
        self.pieces: list[_Piece] = []
        moments = sorted({seen.at for seen in record.seen if seen.part in self.WATCHED})
        self._by_moment: dict[float, list[Seen]] = {}
        for seen in record.seen:
            if seen.part in self.WATCHED:
                self._by_moment.setdefault(seen.at, []).append(seen)
        for begin, end in zip([0.0, *moments], [*moments, clock._end], strict=True):  # noqa: SLF001 # as above
            for seen in self._by_moment.get(begin, ()):
                self._take_in(seen)
            if begin < end:
                self._live_through((begin, end))

    def _take_in(self, seen: Seen) -> None:
        match seen.part, seen.state:
            case "mains", "off":
                self._powered = False
                if not self._writable:
                    self._anchor = self._on_disk
                self._anchor -= self._lag
            case "mains", "on":
                self._powered = True
            case "device", state:
                self._up, self._noticed = state == "up", math.inf
            case "clock", _:
                self._shows_since = seen.at
            case "store", ("full" | "read_only" | "works" | "slow") as state:
                self._writable = state in ("works", "slow")
            case "store", "lost" | "torn":
                self._anchor = self._on_disk = -math.inf

    def _live_through(self, spell: Spell) -> None:
        """anchor: the time that is known when the stretch begins; it goes on only while there is power."""
        begin, end = spell
        if not self._powered:
            return
        trusted = self._clock.trusted(begin)
        offset = self._start_utc + self._clock.error(begin) if trusted else self._anchor - begin
        self.pieces.append(_Piece(begin, end, offset))
        if self._up or not trusted:
            self._anchor = self._kept(offset, end) + end
            if self._writable and self._up:
                self._on_disk = self._anchor

    def _kept(self, offset: float, until: float) -> float:
        """What an agent knows at least when this is over: what was shown so shortly it may not have noticed."""
        if until - self._shows_since >= NOTICED_WITHIN:
            self._noticed = offset
        self._noticed = min(self._noticed, offset)
        return self._noticed
