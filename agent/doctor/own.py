"""What the device itself knows to be wrong, and what it could not say yet."""

from agent.core.facts import AlarmKind, Text
from agent.core.faults import FAULTS
from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from agent.hw.clock import boot_id, boot_time
from agent.onlooker import Onlooker

_ALARM_NAMES: dict[AlarmKind, Text] = {
    "not_in_bed": Text(sv="Larm: ingen i sängen.", en="Alarm: nobody in bed."),
    "uncertain": Text(sv="Larm: osäkert.", en="Alarm: uncertain."),
    "camera_fault": Text(sv="Larm: kamerafel.", en="Alarm: camera fault."),
    "missed": Text(sv="Larm: missad tillsyn.", en="Alarm: a check was missed."),
}
MANY = 20
"""Messages that wait in passing, while a connection comes back."""


def faults(visit: Visit) -> Outcome:
    state = visit.state
    if state is None:
        return ok()
    present = [_ALARM_NAMES[kind] for kind in state.alarms] + [FAULTS[kind].text for kind in state.faults]
    if not present:
        return ok()
    told = Text(sv=" ".join(each.sv for each in present), en=" ".join(each.en for each in present))
    kinds = ", ".join([*(f"alarm/{kind}" for kind in state.alarms), *state.faults])
    return Outcome("warning", "present", {"kinds": kinds}, {"faults": told})


def outbox(visit: Visit) -> Outcome:
    if visit.state is None:
        return not_checked("no_memory")
    onlooker = Onlooker(visit.config.device.state)
    try:
        waiting = len(onlooker.waiting(boot_id(), boot_time()))
        lost = onlooker.dropped().get("always", 0)
    finally:
        onlooker.close()
    if lost:
        return fault("dropped", dropped=lost)
    return warning("many", waiting=waiting) if waiting > MANY else ok(waiting=waiting)
