"""What looks at the camera's picture: the seam between a look's course and where its observations come from."""

from typing import Protocol

from msgspec.structs import replace

from agent.core.actions import StartLook
from agent.core.events import LookFailed, LookReport
from firmware_sim.films import Take
from firmware_sim.observations import Observations
from vision.protocol import Doubt
from vision.verdict import doubted, logit


class Eye(Protocol):
    """One look at one take."""

    def watch(self, seconds: float) -> LookReport | LookFailed:
        """What is seen after `seconds` more. Virtual time waits for the answer."""

    def close(self) -> None:
        """The look is over."""


class Eyes(Protocol):
    """Opens an eye for each look."""

    def open(self, look: StartLook, take: Take) -> Eye: ...


class RecordedEye:
    """Remembers what the worker reported for this take."""

    def __init__(self, look: StartLook, take: Take, table: Observations) -> None:
        self._look = look
        self._take = take
        self._table = table
        self._wanted = 0.0

    def watch(self, seconds: float) -> LookReport:
        self._wanted += seconds
        if self._look.integrity_only:
            return self._table.integrity(self._take.name)
        return _doubted(self._look, self._table.report(self._take.name, self._wanted))

    def close(self) -> None:
        """There is nothing to let go of."""


def _doubted(look: StartLook, report: LookReport) -> LookReport:
    """What the worker would have said of the same evidence, had it been asked for more than the usual."""
    if report.p_occupied is None:
        return report
    doubt = Doubt(look.doubt_in_bed, look.doubt_not_in_bed)
    verdict, reasons = doubted(doubt, logit(report.p_occupied), report.verdict, report.reasons)
    return replace(report, verdict=verdict, reasons=reasons)


class RecordedEyes:
    """Fast mode: a table instead of a worker."""

    def __init__(self, table: Observations) -> None:
        self._table = table

    def open(self, look: StartLook, take: Take) -> RecordedEye:
        return RecordedEye(look, take, self._table)
