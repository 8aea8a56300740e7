"""Workers that lie.

`contradicts`: says the opposite a moment after its verdict; `doubles`: says everything twice; `shuffles`: gives
its verdict before it says that the camera is open; `repeats_late`: gives a verdict again minutes later, when
another look may be under way; `stranger`: gives it for a look that nobody asked for.
"""

import msgspec

from agent.core.events import AnyEvent, LookFailed, LookOpened, LookReport, LookReported
from agent.ports import Post
from firmware_sim.world.world import Lie, World

MOMENT = 0.3
LATE_SECONDS = (5.0, 90.0, 630.0)
STRANGER = "no-such-look/1"
_OPPOSITE = {
    "in_bed": "not_in_bed",
    "not_in_bed": "in_bed",
    "uncertain": "not_in_bed",
    "camera_fault": "in_bed",
}


def lying(world: World, post: Post) -> Post:
    """The same post, used as a worker uses it that lies as the world has it just now."""
    held: list[AnyEvent] = []

    def tell(event: AnyEvent) -> None:
        lie = world.lie
        if lie is None and not held:
            post(event)
        elif lie == "shuffles" and isinstance(event, LookOpened):
            held.append(event)
        else:
            _tell_falsely(world, post, event, lie)
            while held:
                post(held.pop())

    return tell


def _tell_falsely(world: World, post: Post, event: AnyEvent, lie: Lie | None) -> None:
    later = world.agenda.after
    match event:
        case LookReported(look=look, report=report) if lie == "contradicts":
            post(event)
            later(MOMENT, lambda: post(LookReported(look, _opposite(report))))
        case LookReported() if lie == "repeats_late":
            post(event)
            for seconds in LATE_SECONDS:
                later(seconds, lambda: post(event))
        case LookReported(report=report) if lie == "stranger":
            post(LookReported(STRANGER, report))
            post(event)
        case LookOpened() | LookReported() | LookFailed() if lie == "doubles":
            post(event)
            post(event)
        case _:
            post(event)


def _opposite(report: LookReport) -> LookReport:
    return msgspec.structs.replace(report, verdict=_OPPOSITE[report.verdict], p_occupied=0.5, reasons=())
