"""Commands: judged, obeyed once, and answered. Whatever is refused changes nothing."""

from agent.core import (
    agenda,
    alarms,
    camera,
    confirmations,
    consent,
    faults,
    ledger,
    pauses,
    schedule,
    uplink,
    windows,
)
from agent.core.events import AnyEvent, CommandReceived, CommandUnreadable
from agent.core.facts import Reply
from agent.core.orders import (
    Acknowledge,
    AnyOrder,
    Command,
    Confirm,
    ExtraCheck,
    ForgetConfirmations,
    Pause,
    RestartCamera,
    RestartRouter,
    Resume,
    SetSchedule,
    TestCheck,
    WithdrawConsent,
)
from agent.core.policy import PolicyError, demand_schedule
from agent.core.turn import Turn

LONGEST_LIFE_SECONDS = 86400.0
REFUSALS_PER_MINUTE = 30

LASTING = (RestartCamera, RestartRouter)
"""Orders that are accepted now and done later; the others are done at once."""

UNLOCKING = (SetSchedule, TestCheck)
"""Orders that open windows of their own: a device that forgot them could not count these against its caps."""


def must_be_kept(event: AnyEvent) -> bool:
    """Whether this asks for what is refused by a device that cannot store anything."""
    return isinstance(event, CommandReceived) and isinstance(event.command.order, UNLOCKING)


def received(turn: Turn, command: Command) -> None:
    """Judge a command. A repetition of a known one is only answered again."""
    if command.id in turn.state.commands:
        ledger.reply(turn, command.id)
        return
    refusal = _refusal_by_time(turn, command) or _carry_out(turn, command, command.order)
    expires = command.expires.timestamp()
    if refusal is not None:
        ledger.record(turn, command.id, command.name, "refused", refusal, expires)
    else:
        outcome: ledger.Outcome = "accepted" if isinstance(command.order, LASTING) else "done"
        ledger.record(turn, command.id, command.name, outcome, "", expires)


def unreadable(turn: Turn, event: CommandUnreadable) -> None:
    """Something that is no command. It is refused politely, but a storm of it is only counted."""
    state = turn.state
    state.refusals_boot = [then for then in state.refusals_boot if turn.now.boot - then < 60.0]
    if len(state.refusals_boot) >= REFUSALS_PER_MINUTE:
        state.commands_ignored += 1
        return
    state.refusals_boot.append(turn.now.boot)
    turn.say(Reply(command=event.id, name=event.name, outcome="refused", reason=event.reason))


def _refusal_by_time(turn: Turn, command: Command) -> str | None:
    """A command holds until it expires; only a withdrawal of consent is obeyed even when late."""
    if isinstance(command.order, WithdrawConsent):
        return None
    if not turn.now.trusted:
        return "the device's clock cannot be trusted, so it cannot tell whether the command has expired"
    left = command.expires.timestamp() - turn.now.utc
    if left <= 0:
        return "the command has expired"
    if left > LONGEST_LIFE_SECONDS:
        return "the command expires too far ahead; at most 24 hours are allowed"
    return None


def _carry_out(turn: Turn, command: Command, order: AnyOrder) -> str | None:  # noqa: C901, PLR0911 - one case an order
    """Obey. Returns the refusal, None if it was obeyed."""
    match order:
        case Pause(end=end, start=start):
            begin = None if start is None else start.timestamp()
            return pauses.add(turn, command.id, begin, end.timestamp())
        case Resume():
            pauses.end_all(turn)
        case Acknowledge(alarm=alarm):
            if not alarms.acknowledge(turn, alarm, command.requested_by):
                return "no such alarm is open"
        case TestCheck(minutes=minutes):
            return windows.open_test(turn, command.id, minutes)
        case ExtraCheck():
            return windows.open_extra(turn)
        case RestartCamera():
            return camera.restart(turn, command.id)
        case RestartRouter():
            return uplink.restart(turn, command.id)
        case SetSchedule(times=times):
            return _set_schedule(turn, times)
        case WithdrawConsent():
            consent.withdrawn(turn, command.requested_by)
        case Confirm():
            return confirmations.confirm(turn, order)
        case ForgetConfirmations():
            confirmations.forget(turn)
    return None


def _set_schedule(turn: Turn, times: tuple[str, ...]) -> str | None:
    try:
        demand_schedule(turn.policy, times)
    except PolicyError as error:
        return str(error)
    if "store_failed" in turn.state.faults:
        return faults.NOT_KEPT
    agenda.close_the_books(turn)
    turn.state.times = times
    schedule.publish(turn)
    return None
