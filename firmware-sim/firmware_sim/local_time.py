"""Local clock readings of a night as elapsed seconds, also in the two nights in which the clocks are changed."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"\+(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d{1,3})?))?")
_READING = re.compile(r"(?:(\d{4}-\d\d-\d\d) )?([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
LONGEST_SEARCH_DAYS = 8


class LocalTimeError(Exception):
    """A time that cannot be placed in the night; the text says which and why."""


class NightClock:
    """A night that starts at a local date and time.

    Of a clock reading that occurs twice (autumn) the first occurrence at or after the start is meant; the second
    one is written as an offset from the start, "+05:30".
    """

    def __init__(self, timezone: str, start: datetime) -> None:
        self.zone = ZoneInfo(timezone)
        self.start = _existing(start, self.zone)
        self.start_utc = self.start.timestamp()

    def elapsed(self, text: str) -> float:
        """Seconds from the start to "HH:MM[:SS]", "YYYY-MM-DD HH:MM[:SS]" or "+HH:MM[:SS[.mmm]]"."""
        if offset := _OFFSET.fullmatch(text):
            hours, minutes, seconds = offset.groups()
            return int(hours) * 3600.0 + int(minutes) * 60.0 + float(seconds or 0)
        if reading := _READING.fullmatch(text):
            day, hours, minutes, seconds = reading.groups()
            clock = time(int(hours), int(minutes), int(seconds or 0))
            return self._of_day(day, clock) if day else self._next(clock)
        raise LocalTimeError(
            f'time {text!r} is none of "HH:MM[:SS]" (local), "YYYY-MM-DD HH:MM[:SS]" (local), '
            '"+HH:MM[:SS[.mmm]]" (from the start)'
        )

    def elapsed_of(self, local: datetime) -> float:
        """Seconds from the start to a naive local date and time."""
        return _existing(local, self.zone).timestamp() - self.start_utc

    def local(self, elapsed: float) -> datetime:
        """The local date and time after so many seconds."""
        return datetime.fromtimestamp(self.start_utc + elapsed, tz=self.zone)

    def utc(self, elapsed: float) -> datetime:
        return datetime.fromtimestamp(self.start_utc + elapsed, tz=UTC)

    def _of_day(self, day: str, clock: time) -> float:
        try:
            return self.elapsed_of(datetime.combine(date.fromisoformat(day), clock))
        except ValueError as error:
            raise LocalTimeError(f"{day}: {error}") from error

    def _next(self, clock: time) -> float:
        for days in range(LONGEST_SEARCH_DAYS):
            local = datetime.combine(self.start.date() + timedelta(days=days), clock)
            for fold in (0, 1):
                candidate = local.replace(tzinfo=self.zone, fold=fold)
                elapsed = candidate.timestamp() - self.start_utc
                if elapsed >= 0 and _exists(candidate):
                    return elapsed
        raise LocalTimeError(f"{clock} does not occur within {LONGEST_SEARCH_DAYS} days of the start")


def _exists(local: datetime) -> bool:
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def _existing(local: datetime, zone: ZoneInfo) -> datetime:
    placed = local.replace(tzinfo=zone)
    if not _exists(placed):
        raise LocalTimeError(f"{local} does not exist in {zone.key}: the clocks are put forward over it")
    return placed
