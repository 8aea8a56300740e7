"""Eyes in full mode: the real worker looks at a recording, as fast as it decodes, while virtual time waits."""

from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from agent.core.actions import ExtendLook, StartLook
from agent.core.events import AnyEvent, LookClosed, LookFailed, LookReport, LookReported
from agent.hw.camera import CameraSettings, WorkerCamera
from agent.ports import Clock
from firmware_sim.films import Take, empty_bed, film_path, side_file
from vision.protocol import Bed

PATIENCE = 120.0
"""Real seconds: far more than any look takes; the worker's own guards are sooner."""


class WorkerEye:
    """One look of one worker process."""

    def __init__(self, look: StartLook, take: Take, reference: Path | None, clock: Clock) -> None:
        self._look = look
        self._heard: SimpleQueue[AnyEvent] = SimpleQueue()
        settings = CameraSettings(
            source=f"recording:{film_path(take.film)}",
            bed=side_file(take.film).bed,
            reference=reference,
            paced=False,
            start_at=take.start_at,
        )
        self._camera = WorkerCamera(settings, self._heard.put, clock)
        self._started = False

    def watch(self, seconds: float) -> LookReport | LookFailed:
        if self._started:
            self._camera.extend(ExtendLook(self._look.look, seconds))
        else:
            self._started = True
            self._camera.start(msgspec.structs.replace(self._look, seconds=seconds))
        return self._await_report()

    def close(self) -> None:
        """End the worker and wait until it is gone."""
        self._camera.close()

    def _await_report(self) -> LookReport | LookFailed:
        while True:
            try:
                event = self._heard.get(timeout=PATIENCE)
            except Empty:
                return LookFailed(self._look.look, "hung", f"no word within {PATIENCE:.0f} s of real time")
            if isinstance(event, LookReported):
                return event.report
            if isinstance(event, LookFailed):
                return event
            if isinstance(event, LookClosed):
                return LookFailed(self._look.look, "crashed", "the worker ended without a verdict")


class WorkerEyes:
    """Opens a worker process for each look. folder: where the installations' references are written."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def open(self, look: StartLook, take: Take) -> WorkerEye:
        return WorkerEye(look, take, self._reference(take.film), self._clock)

    def _reference(self, film: str) -> Path | None:
        """The reference of the film's home, written at its first look; None if it came without a picture of one."""
        picture = empty_bed(film)
        if picture is None:
            return None
        written = self._folder / picture.stem
        if not written.exists():
            _install(picture, side_file(film).bed, written)
        return written


def _install(picture: Path, bed: Bed, folder: Path) -> None:
    from vision.reference import reference_of, write_reference
    from vision.still import read_still

    write_reference(reference_of(read_still(picture), bed), folder)
