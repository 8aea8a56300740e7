"""The way to the broker: is it the router, or is it the broker? The first is restarted, the second never.

Nothing is probed while the broker is connected. Without it, the independent targets are asked; only when
all of them have failed for `uplink_down_minutes` is the router's power cut, within the caps and with
growing gaps, which hold across reboots.
"""

from typing import Literal

from agent.core import alarms, faults, inventory, ledger, schedule
from agent.core.actions import ProbeNetwork, Pulse
from agent.core.events import NetworkProbed
from agent.core.facts import Recovery, Status
from agent.core.policy import MINUTE
from agent.core.schedule import DAY
from agent.core.turn import Turn

GAPS_MINUTES = (30, 120, 360)
"""Least time after the first, second, third restart of a day."""

PULSE_PATIENCE = 30.0
ACKS_ADVANCE_SECONDS = 60.0


def connected(turn: Turn) -> None:
    """The broker is there. It may have forgotten what it retained: tell it again."""
    uplink = turn.state.uplink
    uplink.connected = True
    uplink.probe_boot = uplink.broker_silent_since_boot = None
    turn.say(Status(state="online", version=turn.state.version), instead_of="status")
    _reachable(turn)
    faults.cleared(turn, "broker_down")
    schedule.publish(turn)
    inventory.say(turn)
    for kind in turn.state.faults:
        faults.say(turn, kind)
    alarms.remind(turn)


def lost(turn: Turn) -> None:
    """The broker is gone: find out why, from the next probe on."""
    uplink = turn.state.uplink
    if uplink.connected or uplink.probe_boot is None:
        uplink.connected = False
        uplink.probe_boot = turn.after(turn.policy.recovery.probe_every_seconds)


def probed(turn: Turn, answer: NetworkProbed) -> None:
    """The targets were asked."""
    uplink = turn.state.uplink
    uplink.probing = False
    if uplink.connected or uplink.step == "pulsing" or not answer.targets:
        return
    if any(answer.targets):
        _reachable(turn)
        _broker_is_silent(turn, answer)
    else:
        _unreachable(turn, answer)


def acted(turn: Turn, ok: bool, detail: str) -> None:
    """The router's pulse is over: give it time to boot."""
    uplink = turn.state.uplink
    _answer_order(turn, ok, detail)
    faults.relay_answered(turn, "router", ok, detail)
    if uplink.step != "pulsing":
        return
    if ok:
        _give_time_to_boot(turn)
    else:
        _report(turn, "failed", detail)
        uplink.step, uplink.until_boot = "watching", None


def advance(turn: Turn) -> None:
    """Probe when it is time; end the router's boot grace."""
    uplink = turn.state.uplink
    if uplink.step == "pulsing" and turn.reached(uplink.until_boot):
        acted(turn, False, "no word of the pulse")
    if uplink.step == "booting" and turn.reached(uplink.until_boot):
        uplink.step, uplink.until_boot = "watching", None
        _report(turn, "done" if uplink.down_since_boot is None else "not_mended")
        if not uplink.connected:
            _probe(turn)
    if not uplink.connected and turn.reached(uplink.probe_boot):
        _probe(turn)


def restart(turn: Turn, ordered_by: str) -> str | None:
    """Restart the router on a command. Returns the refusal, None if it is being done."""
    uplink = turn.state.uplink
    if uplink.step != "watching":
        return "the router is being restarted already"
    if "store_failed" in turn.state.faults:
        return faults.NOT_COUNTABLE
    if restarts_today(turn) >= turn.policy.limits.router_restarts_per_day:
        return "the cap of router restarts a day is reached"
    if _alarm_is_on_its_way(turn):
        return "an alarm is being delivered"
    uplink.ordered_by = ordered_by
    _pulse(turn, "command")
    return None


def restarts_today(turn: Turn) -> int:
    """Router restarts of the last 24 hours."""
    uplink = turn.state.uplink
    uplink.restarts_boot = [then for then in uplink.restarts_boot if turn.now.boot - then < DAY]
    return len(uplink.restarts_boot)


def resume(turn: Turn) -> None:
    """The agent was restarted: the connection is gone, a pulse is over, and nobody has watched meanwhile."""
    uplink = turn.state.uplink
    uplink.connected = uplink.probing = False
    uplink.probe_boot = turn.after(turn.policy.recovery.probe_every_seconds)
    uplink.broker_silent_since_boot = None
    _answer_order(turn, False, "the agent was restarted meanwhile")
    if uplink.step == "watching" or turn.reached(uplink.until_boot):
        uplink.down_since_boot = None
    if uplink.step == "pulsing":
        _give_time_to_boot(turn)


def deadlines(turn: Turn) -> list[float | None]:
    """When to probe, or when the router has had time to boot."""
    uplink = turn.state.uplink
    return [None if uplink.connected else uplink.probe_boot, uplink.until_boot]


def _answer_order(turn: Turn, ok: bool, detail: str) -> None:
    uplink = turn.state.uplink
    if uplink.ordered_by is not None:
        ledger.finished(turn, uplink.ordered_by, ok, detail)
        uplink.ordered_by = None


def _give_time_to_boot(turn: Turn) -> None:
    uplink = turn.state.uplink
    uplink.step = "booting"
    uplink.until_boot = turn.after(turn.policy.recovery.router_boot_seconds)


def _probe(turn: Turn) -> None:
    uplink = turn.state.uplink
    uplink.probe_boot = turn.after(turn.policy.recovery.probe_every_seconds)
    uplink.probing = True
    turn.ask(ProbeNetwork())


def _reachable(turn: Turn) -> None:
    uplink = turn.state.uplink
    if uplink.down_since_boot is not None:
        if uplink.step == "booting":
            _report(turn, "mended")
            uplink.step, uplink.until_boot = "watching", None
        uplink.down_since_boot = None
    faults.cleared(turn, "uplink_down")


def _broker_is_silent(turn: Turn, answer: NetworkProbed) -> None:
    uplink = turn.state.uplink
    if uplink.broker_silent_since_boot is None:
        uplink.broker_silent_since_boot = turn.now.boot
    if turn.reached(uplink.broker_silent_since_boot + turn.policy.recovery.uplink_down_minutes * MINUTE):
        faults.located(turn, "broker_down", _what_of_the_broker(answer))


def _unreachable(turn: Turn, answer: NetworkProbed) -> None:
    uplink = turn.state.uplink
    uplink.broker_silent_since_boot = None
    if uplink.down_since_boot is None:
        uplink.down_since_boot = turn.now.boot
    if not turn.reached(uplink.down_since_boot + turn.policy.recovery.uplink_down_minutes * MINUTE):
        return
    faults.located(turn, "uplink_down", _where(answer))
    if uplink.step == "watching" and _may_restart(turn) and not _alarm_is_on_its_way(turn):
        _pulse(turn, "uplink_down")


def _where(answer: NetworkProbed) -> str:
    """The nearest link of the chain that is broken."""
    if not answer.link:
        return "no carrier on the network interface"
    if not answer.gateway:
        return "the router does not answer"
    return "the router answers, the internet does not"


def _what_of_the_broker(answer: NetworkProbed) -> str:
    """The internet answers: what is missing between it and a session with the broker."""
    if answer.broker:
        return "its port answers, but no session comes about: certificate, password or protocol"
    if not answer.dns:
        return "names do not resolve"
    return "its port does not answer"


def _may_restart(turn: Turn) -> bool:
    """Within the caps; and not while they cannot be remembered."""
    if "store_failed" in turn.state.faults:
        return False
    used = restarts_today(turn)
    if used >= turn.policy.limits.router_restarts_per_day:
        return False
    if used == 0:
        return True
    gap = GAPS_MINUTES[min(used, len(GAPS_MINUTES)) - 1] * MINUTE
    return turn.now.boot - turn.state.uplink.restarts_boot[-1] >= gap


def _alarm_is_on_its_way(turn: Turn) -> bool:
    last_ack = turn.state.uplink.last_ack_boot
    advancing = last_ack is not None and turn.now.boot - last_ack < ACKS_ADVANCE_SECONDS
    return advancing and alarms.waiting(turn)


def _pulse(turn: Turn, fault: str) -> None:
    uplink = turn.state.uplink
    seconds = turn.policy.recovery.router_off_seconds
    uplink.restarts_boot.append(turn.now.boot)
    uplink.restarting_for = fault
    uplink.step, uplink.until_boot = "pulsing", turn.after(seconds + PULSE_PATIENCE)
    _report(turn, "started")
    turn.ask(Pulse("router", seconds))


def _report(
    turn: Turn, outcome: Literal["started", "mended", "not_mended", "done", "failed"], detail: str = ""
) -> None:
    fault = turn.state.uplink.restarting_for
    turn.say(Recovery(target="router", step="relay", outcome=outcome, fault=fault, detail=detail))
