"""Consent: without it the camera stays locked, whatever else is well."""

from agent.core.state import ConsentState
from agent.doctor.findings import Outcome, fault, ok, warning
from agent.doctor.visit import Visit
from agent.doctor.words import needs


def recorded(visit: Visit) -> Outcome:
    if visit.state is None and visit.passed["disk.store"].state == "fault":
        return needs("disk.store")
    consent = visit.state.consent if visit.state else ConsentState()
    match consent.state:
        case "given":
            return ok(reference=consent.reference, date=consent.date)
        case "withdrawn":
            return warning("withdrawn")
        case "lost":
            return fault("lost")
        case _:
            return fault("none")
