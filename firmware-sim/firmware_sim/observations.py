"""Recorded observations: what the real worker reported for each recording, looked up instead of run again.

The table is `recordings/observations.json`, made by `python -m firmware_sim.observe`.
"""

from functools import cache
from typing import TypeVar

import msgspec

from agent.core.events import LookReport
from firmware_sim.films import RECORDINGS

TABLE = RECORDINGS / "observations.json"
MAKE = "python -m firmware_sim.observe"
T = TypeVar("T")


class ObservationsError(Exception):
    """The table is missing, broken, or lacks a film; the text says how to mend it."""


class Observed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was reported when `wanted` seconds in all had been asked for."""

    wanted: float
    report: LookReport


class Observations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table. model: version of the occupancy net; takes: by name, in the order of growing `wanted`."""

    model: str
    takes: dict[str, tuple[Observed, ...]]
    blind: dict[str, LookReport]

    def report(self, take: str, wanted: float) -> LookReport:
        """What a look of `wanted` seconds in all at this take reports. Raises ObservationsError."""
        observed = self._of(take, self.takes)
        fitting = [each for each in observed if each.wanted <= wanted + 0.5] or observed[:1]
        return fitting[-1].report

    def integrity(self, take: str) -> LookReport:
        """What a blind test of this take reports: the camera judged, not the bed. Raises ObservationsError."""
        return self._of(take, self.blind)

    def _of(self, take: str, rows: dict[str, T]) -> T:
        if take not in rows:
            raise ObservationsError(
                f"{TABLE.name} knows no take {take!r} (it has {', '.join(sorted(rows))}); "
                f"put the recording and its side file into {RECORDINGS.name}/ and run: {MAKE}"
            )
        return rows[take]


@cache
def observations() -> Observations:
    """The committed table. Raises ObservationsError."""
    try:
        return msgspec.json.decode(TABLE.read_bytes(), type=Observations)
    except FileNotFoundError as error:
        raise ObservationsError(f"{TABLE} is missing; make it with: {MAKE}") from error
    except msgspec.DecodeError as error:
        raise ObservationsError(f"{TABLE}: {error}; make it anew with: {MAKE}") from error
