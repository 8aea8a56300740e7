"""The configuration file: whether it can be kept. Everything that it names is checked further down the chain."""

from agent.doctor.findings import Outcome, fault, ok
from agent.doctor.visit import Visit


def file(visit: Visit) -> Outcome:
    if visit.config_error:
        return fault("refused", detail=visit.config_error)
    return ok(file=str(visit.file), device=visit.device)
