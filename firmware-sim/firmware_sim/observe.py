"""`python -m firmware_sim.observe`: runs the real worker over every recording and writes the table of fast mode.

Each take is looked at as a check does (20 s, then 30 s more) and as a blind test does (1 s, camera only).
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from rich.console import Console

from agent.core.actions import StartLook
from agent.core.events import LookFailed, LookReport
from agent.core.moment import Now
from firmware_sim.films import FilmError, Take, all_takes, side_file
from firmware_sim.full.worker import WorkerEyes
from firmware_sim.observations import TABLE, Observations, Observed
from vision.occupancy import OccupancyNet

LOOK, EXTENSION, BLIND = 20.0, 30.0, 1.0
DEADLINE = 300.0
DIGITS = 4


class RealClock:
    """The worker's deadline is on the real boot-time clock here."""

    def now(self) -> Now:
        return Now(boot=time.clock_gettime(time.CLOCK_BOOTTIME), utc=time.time())

    def wait(self, *_: object) -> None:
        """Nobody waits on this clock."""


def observe(console: Console) -> Observations:
    """Look at everything. Raises FilmError."""
    takes: dict[str, tuple[Observed, ...]] = {}
    blind: dict[str, LookReport] = {}
    with tempfile.TemporaryDirectory(prefix="nattro-observe-") as folder:
        eyes = WorkerEyes(Path(folder), RealClock())
        for take in all_takes():
            takes[take.name] = _looks(eyes, take)
            blind[take.name] = _blind_test(eyes, take)
            last = takes[take.name][-1].report
            truth = ", ".join(dict.fromkeys(str(spell.get("state")) for spell in side_file(take.film).truth))
            chance = "" if last.p_occupied is None else f" p={last.p_occupied:.3f}"
            console.print(f"{take.name:20} {truth:16} {last.verdict}{chance} {' '.join(last.reasons)}")
    return Observations(model=OccupancyNet.load().version, takes=takes, blind=blind)


def _looks(eyes: WorkerEyes, take: Take) -> tuple[Observed, ...]:
    eye = eyes.open(_look(LOOK, integrity_only=False), take)
    try:
        seen = [(LOOK, eye.watch(LOOK))]
        if isinstance(seen[0][1], LookReport):
            seen.append((LOOK + EXTENSION, eye.watch(EXTENSION)))
    finally:
        eye.close()
    return tuple(Observed(wanted, _rounded(_report(take, report))) for wanted, report in seen)


def _blind_test(eyes: WorkerEyes, take: Take) -> LookReport:
    eye = eyes.open(_look(BLIND, integrity_only=True), take)
    try:
        return _rounded(_report(take, eye.watch(BLIND)))
    finally:
        eye.close()


def _look(seconds: float, *, integrity_only: bool) -> StartLook:
    deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + DEADLINE
    return StartLook("observe", seconds, deadline=deadline, integrity_only=integrity_only)


def _report(take: Take, seen: LookReport | LookFailed) -> LookReport:
    if isinstance(seen, LookFailed):
        raise FilmError(f"the worker could not look at {take.name}: {seen.why}: {seen.detail}")
    return seen


def _rounded(report: LookReport) -> LookReport:
    """Enough digits for a decision, and few enough that processors agree."""
    chance = None if report.p_occupied is None else round(report.p_occupied, DIGITS)
    cues = {name: round(value, DIGITS) for name, value in sorted(report.cues.items())}
    return msgspec.structs.replace(report, p_occupied=chance, cues=cues, seconds=round(report.seconds, 2))


def main(arguments: list[str] | None = None) -> int:
    """Returns 0, or 2 if a recording could not be looked at."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.observe", description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE, help="where to write it")
    options = parser.parse_args(arguments)
    try:
        table = observe(Console())
    except FilmError as error:
        print(error, file=sys.stderr)
        return 2
    options.table.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
