"""What whoever lives there sees and touches: the lamp that tells of an open camera, and the privacy switch."""

from agent.config.sections import GpioLine
from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.lines import NotWired, demand_line
from agent.doctor.visit import Visit


def lamp(visit: Visit) -> Outcome:
    """Whether it can be lit; that it shines is for eyes to see."""
    fitted = visit.config.camera.lamp
    if fitted is None:
        return warning("none") if visit.config.camera.is_device else not_checked("recording")
    if visit.agent_runs and visit.state is not None and "lamp_failed" in visit.state.faults:
        return fault("does_not_obey", detail=visit.state.faults["lamp_failed"].detail)
    if isinstance(fitted, GpioLine):
        return _line(visit, fitted)
    led = visit.root / "sys/class/leds" / fitted
    return ok(lamp=fitted) if (led / "brightness").exists() else fault("missing", detail=f"no LED {fitted!r}")


def switch(visit: Visit) -> Outcome:
    """As the running agent last saw it: the line is its own."""
    fitted = visit.config.camera.privacy_switch
    if fitted is None:
        return not_checked("none")
    wired = _line(visit, fitted)
    if wired.state != "ok":
        return wired
    if not visit.agent_runs or visit.state is None:
        return not_checked("no_agent")
    return warning("locked") if visit.state.privacy_switch else ok()


def _line(visit: Visit, fitted: GpioLine) -> Outcome:
    try:
        demand_line(visit, fitted.chip, fitted.line)
    except NotWired as error:
        return fault("missing", detail=str(error))
    return ok(lamp=f"line {fitted.line}")
