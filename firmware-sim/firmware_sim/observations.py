"""Recorded observations: what the real worker reported for each recording, looked up instead of run again.

The table is `recordings/observations.json`, made by `python -m firmware_sim.observe`.
"""

from functools import cache
from pathlib import Path

import msgspec

from agent.core.events import LookReport
from firmware_sim.world.bedroom import Bedroom

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
TABLE = RECORDINGS / "observations.json"


class ObservationsError(Exception):
    """The table is missing, broken, or lacks a film; the text says how to mend it."""


class Film(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the worker reported for one recording, after each length of looking (seconds, growing)."""

    reports: tuple[LookReport, ...]
    integrity: LookReport


class Observations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table. made_with: version of the occupancy net and of nattro."""

    made_with: str
    films: dict[str, Film]

    def report(self, film: str, seconds: float) -> LookReport:
        """What a look of `seconds` at this film reports."""
        reports = self._film(film).reports
        fitting = [report for report in reports if report.seconds <= seconds + 0.5] or reports[:1]
        return msgspec.structs.replace(fitting[-1], seconds=seconds)

    def integrity(self, film: str) -> LookReport:
        """What a blind test of this film reports: the camera judged, not the bed."""
        return self._film(film).integrity

    def _film(self, name: str) -> Film:
        if name not in self.films:
            raise ObservationsError(
                f"{TABLE.name} knows no film {name!r} (it has {', '.join(sorted(self.films))}); "
                "put the recording into the folder and run: python -m firmware_sim.observe"
            )
        return self.films[name]


@cache
def observations() -> Observations:
    """The committed table. Raises ObservationsError."""
    try:
        return msgspec.json.decode(TABLE.read_bytes(), type=Observations)
    except FileNotFoundError as error:
        raise ObservationsError(f"{TABLE} is missing; make it with: python -m firmware_sim.observe") from error
    except msgspec.DecodeError as error:
        raise ObservationsError(f"{TABLE}: {error}; make it anew with: python -m firmware_sim.observe") from error


def film_of(bedroom: Bedroom, frozen: bool) -> str:
    """Name of the recording that shows the bedroom as it is now."""
    if bedroom.film:
        return bedroom.film
    if frozen:
        return "frozen"
    if bedroom.view != "clear":
        return bedroom.view
    if bedroom.bedding == "one_shade":
        return "one_shade"
    return {"in_bed": "asleep", "away": "empty", "half_out": "half_out"}[bedroom.person]
