"""What whoever lives there sees and touches: the lamp that tells of an open camera, and the privacy switch."""

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit


def lamp(visit: Visit) -> Outcome:
    name = visit.config.camera.lamp
    if name is None:
        return warning("none") if visit.config.camera.is_device else not_checked("recording")
    led = visit.root / "sys/class/leds" / name
    return ok(lamp=name) if (led / "brightness").exists() else fault("missing", lamp=name)


def switch(visit: Visit) -> Outcome:
    """As the running agent last saw it: the line is its own."""
    if visit.config.camera.privacy_switch is None:
        return not_checked("none")
    if not visit.agent_runs or visit.state is None:
        return not_checked("no_agent")
    return warning("locked") if visit.state.privacy_switch else ok()
