"""What time it is, as the core is told it: the core itself never reads a clock."""

from datetime import UTC, datetime

import msgspec


class Now(msgspec.Struct, frozen=True):
    """One reading of the device's clocks.

    boot: seconds on the boot-time clock (CLOCK_BOOTTIME): never steps, runs on in suspend,
        starts anew at every boot. All durations are measured on it.
    utc: seconds since 1970-01-01 UTC; may step. Agreed times are measured on it.
    trusted: whether `utc` may be believed (synchronised in this boot, or a valid RTC, with holdover).
    """

    boot: float
    utc: float
    trusted: bool = True

    @property
    def calendar(self) -> datetime:
        """`utc` as an aware datetime, for messages."""
        return at(self.utc)


def at(utc: float) -> datetime:
    """Seconds since 1970 as an aware UTC datetime (whole milliseconds, so that it survives the wire)."""
    return datetime.fromtimestamp(round(utc * 1000) / 1000, tz=UTC)
