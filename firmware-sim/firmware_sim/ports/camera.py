"""The camera port in fast mode: looks at the simulated camera that report what the real worker once reported."""

from collections.abc import Callable

from agent.core.actions import ExtendLook, StartLook
from agent.core.events import (
    AnyEvent,
    LookClosed,
    LookFailed,
    LookFailure,
    LookOpened,
    LookReported,
    LookStuck,
)
from agent.ports import Post
from firmware_sim.clock import Appointment
from firmware_sim.eyes import Eye, Eyes
from firmware_sim.films import showing
from firmware_sim.ports.lies import lying
from firmware_sim.world.record import Glimpse
from firmware_sim.world.world import World

WORKER_STARTS = 1.0
WORKER_ENDS = 0.2
NO_FRAME_FOR = 5.0
NO_WORD_FOR = 10.0
SIGKILL_GIVEN_UP = 3.0


def overheard(world: World, post: Post) -> Post:
    """The same post, with what it says about looks written into the record."""

    def tell(event: AnyEvent) -> None:
        glimpse = _glimpse(world.agenda.elapsed, event)
        if glimpse is not None:
            world.record.glimpses.append(glimpse)
        post(event)

    return tell


def _glimpse(at: float, event: AnyEvent) -> Glimpse | None:
    match event:
        case LookReported(look=look, report=report):
            return Glimpse(at, look, report.verdict, report.reasons)
        case LookFailed(look=look, why=why):
            return Glimpse(at, look, "failed", (why,))
        case LookStuck(look=look):
            return Glimpse(at, look, "stuck")
        case LookClosed(look=look):
            return Glimpse(at, look, "closed")
    return None


class Worker:
    """One worker process: it lives until stopped, until it has failed, or until its deadline."""

    def __init__(
        self, world: World, post: Post, look: StartLook, eyes: Eyes, gone: Callable[[], None]
    ) -> None:
        self._world = world
        self._camera = world.camera
        self._post = lying(world, overheard(world, post))
        self.look = look
        self._eyes = eyes
        self._eye: Eye | None = None
        self._gone = gone
        self._watched = 0.0
        self._plans: list[Appointment] = []
        self._later(WORKER_STARTS, self._open)
        self._plans.append(world.agenda.at(world.clock.elapsed_at(look.deadline), self.close))

    def extend(self, seconds: float) -> None:
        self._watch(seconds)

    def stop(self) -> None:
        """The agent closes the socket; the worker exits a moment later."""
        self._drop_plans()
        self._later(WORKER_ENDS, self.close)

    def close(self) -> None:
        """The worker is gone, unless the driver holds it fast."""
        self._drop_plans()
        if self._camera.ailment == "stuck" and self._camera.open:
            self._later(SIGKILL_GIVEN_UP, lambda: self._post(LookStuck(self.look.look)))
            return
        self.vanish()
        self._post(LookClosed(self.look.look))

    def vanish(self) -> None:
        """The process is gone without a word, and the camera with it closed."""
        self._drop_plans()
        if self._eye is not None:
            self._eye.close()
            self._eye = None
        self._camera.set_open(False)
        self._gone()

    def lose_camera(self) -> None:
        """The device node vanishes in mid-look; a stuck driver lets go at last."""
        if not self._camera.open:
            return
        if self._camera.ailment != "stuck":
            self._post(LookFailed(self.look.look, "gone", "the camera vanished in mid-look"))
        self.vanish()
        self._post(LookClosed(self.look.look))

    def _open(self) -> None:
        sick = self._world.sick_workers
        if sick is not None:
            self._fail(sick, NO_WORD_FOR if sick == "hung" else WORKER_ENDS)
        elif not self._camera.present:
            self._fail("gone", 0.0)
        else:
            self._begin()

    def _begin(self) -> None:
        self._camera.set_open(True)
        self._post(LookOpened(self.look.look))
        if self._camera.ailment in ("hangs", "stuck"):
            self._fail("stalled", NO_FRAME_FOR)
            return
        take = showing(self._world.bedroom, frozen=self._camera.ailment == "freezes")
        self._eye = self._eyes.open(self.look, take)
        self._watch(self.look.seconds)

    def _watch(self, seconds: float) -> None:
        """Watch `seconds` more; an eye that is sure sooner reports sooner."""
        if self._eye is None:
            return
        seen = self._eye.watch(seconds)
        if isinstance(seen, LookFailed):
            self._fail(seen.why, 0.0, seen.detail)
            return
        took = min(max(seen.seconds - self._watched, 0.0), seconds)
        self._watched += took
        self._later(took, lambda: self._post(LookReported(self.look.look, seen)))

    def _fail(self, why: LookFailure, after: float, detail: str = "") -> None:
        def fail() -> None:
            self._post(LookFailed(self.look.look, why, detail))
            self._later(WORKER_ENDS, self.close)

        self._later(after, fail)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self._plans.append(self._world.agenda.after(seconds, what))

    def _drop_plans(self) -> None:
        for plan in self._plans:
            plan.call_off()
        self._plans.clear()


class Looks:
    """Carries out looks, one worker at a time."""

    def __init__(self, world: World, post: Post, eyes: Eyes) -> None:
        self._world = world
        self._untold = post
        self._post = overheard(world, post)
        self._eyes = eyes
        self._worker: Worker | None = None
        world.camera.when_present_changes.append(self._presence_changed)

    def start(self, look: StartLook) -> None:
        self._world.cuts.about_to_act()
        doubt = (look.doubt_in_bed, look.doubt_not_in_bed)
        self._world.record.glimpses.append(
            Glimpse(self._world.agenda.elapsed, look.look, "asked", doubt=doubt)
        )
        if self._worker is not None:
            self._post(LookFailed(look.look, "busy", "another look holds the camera"))
            self._post(LookClosed(look.look))
            return
        self._worker = Worker(self._world, self._untold, look, self._eyes, self._worker_is_gone)

    def extend(self, more: ExtendLook) -> None:
        self._world.cuts.about_to_act()
        if self._worker is not None and self._worker.look.look == more.look:
            self._worker.extend(more.seconds)

    def stop(self, look: str) -> None:
        self._world.cuts.about_to_act()
        if self._worker is not None and self._worker.look.look == look:
            self._worker.stop()

    def process_died(self) -> None:
        """The agent is gone: its worker sees the socket close and exits."""
        self._world.camera.when_present_changes.remove(self._presence_changed)
        if self._worker is not None:
            self._worker.vanish()

    def _worker_is_gone(self) -> None:
        self._worker = None

    def _presence_changed(self, present: bool) -> None:
        if self._worker is not None and not present:
            self._worker.lose_camera()
