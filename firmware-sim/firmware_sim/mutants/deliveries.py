"""Bugs that break promise 4: alarms, messages and commands are lost, doubled, or told when they are old."""

from typing import Any

from agent.core import alarms, answering, commands, delivery, heartbeat, life, uplink
from agent.core.actions import Forget, Say
from agent.core.facts import Answer, Consent
from agent.core.orders import Command, WithdrawConsent
from agent.core.state import Check, OpenAlarm
from agent.core.turn import Turn
from agent.store import Store
from firmware_sim.mutants.planting import Planted, after, always, nothing, unless
from firmware_sim.ports import messenger
from firmware_sim.ports.messenger import OutboxCarrier
from transport.commands import read_command
from transport.outbox import Outbox

_raise_for = alarms.raise_for
_settle = answering.settle
_started = life.started
_connected = uplink.connected
_refusal_by_time = commands._refusal_by_time  # noqa: SLF001 # bugs grow inside
_acknowledge = alarms.acknowledge
_batch = Outbox.batch
_commit = Store.commit
_say = Turn.say
_beat = heartbeat.beat
_send = alarms._send  # noqa: SLF001


def _real_alarm_for_a_test(turn: Turn, done: Check, status: Any, reason: str, p: float | None = None) -> None:
    _settle(turn, done, status, reason, p)
    if done.kind == "test" and status not in ("in_bed", "paused"):
        fact = next(
            a.fact for a in reversed(turn.actions) if isinstance(a, Say) and isinstance(a.fact, Answer)
        )
        _raise_for(turn, fact)


def _alarm_for_no_consent(status: str, _reason: str) -> bool:
    return status not in ("in_bed", "paused")


def _clears_alarms(turn: Turn, *_: Any) -> None:
    alarms.clear_all(turn, "in_bed")


def _numbers_anew(turn: Turn, *_: Any) -> None:
    turn.state.sequence = 0


def _obeys_again(turn: Turn, command: Command) -> None:
    turn.state.commands.pop(command.id, None)
    _received(turn, command)


_received = commands.received


def _no_late_withdrawal(turn: Turn, command: Command) -> str | None:
    if isinstance(command.order, WithdrawConsent) and command.expires.timestamp() <= turn.now.utc:
        return "the command has expired"
    return _refusal_by_time(turn, command)


def _sent_is_arrived(outbox: Outbox, *args: Any, **named: Any) -> Any:
    """Forgotten when it is sent, not when it has arrived."""
    found = _batch(outbox, *args, **named)
    for queued in found:
        outbox.remove(queued.row.message)
    return found


def _one_commit_behind(store: Store, *args: Any) -> None:
    """What the core knows is stored one event late; what it says goes out at once."""
    held = getattr(store, "_held", None)
    store._held = args  # type: ignore[attr-defined] # noqa: SLF001
    snapshot, _, add, forget, now = args
    old = held[0] if held else snapshot
    _commit(store, old, held[1] if held else (), add, forget, now)


def _silently(turn: Turn, fact: Any, **more: Any) -> str:
    """Nobody is told of consent."""
    if isinstance(fact, Consent):
        turn.state.sequence += 1
        return f"{turn.state.epoch}-{turn.state.sequence}"
    return _say(turn, fact, **more)


def _forgets_what_waits(turn: Turn, *_: Any) -> None:
    for message in turn.state.latest.values():
        turn.ask(Forget(message))


def _never_again(_: Turn, alarm: OpenAlarm) -> None:
    alarm.next_repeat_boot = None


def _only_by_trusted_clock(turn: Turn, health: Any) -> None:
    if turn.now.trusted and turn.state.clock_untrusted_since_boot is None and turn.state.heartbeats < 3:
        _beat(turn, health)


def _not_retained(topic: str, payload: bytes, retained: bool) -> Any:
    del retained
    return read_command(topic, payload, retained=False)


DELIVERIES: tuple[Planted, ...] = (
    Planted(
        "alarms for faults dropped",
        4,
        "nobody is called to a camera at fault",
        ((alarms, "raise_for", unless(_raise_for, lambda _, a: a.status == "camera_fault")),),
    ),
    Planted(
        "alarms for absence dropped",
        4,
        "nobody is called to an empty bed",
        ((alarms, "raise_for", unless(_raise_for, lambda _, a: a.status == "not_in_bed")),),
    ),
    Planted(
        "alarms not repeated",
        4,
        "an alarm that nobody noticed falls silent",
        ((alarms, "_send", after(_send, _never_again)),),
    ),
    Planted(
        "alarms cleared on connecting",
        4,
        "an alarm is cleared for no reason",
        ((uplink, "connected", after(_connected, _clears_alarms)),),
    ),
    Planted(
        "alarms never cleared",
        4,
        "an alarm stays though the person is in bed again",
        ((alarms, "clear_all", nothing),),
    ),
    Planted(
        "alarm for want of consent",
        4,
        "an alarm is raised for a person who does not consent",
        ((answering, "needs_alarm", _alarm_for_no_consent),),
    ),
    Planted(
        "tests raise real alarms",
        4,
        "the night patrol is called out by a test",
        ((answering, "settle", _real_alarm_for_a_test),),
    ),
    Planted(
        "acknowledgement ignored",
        4,
        "an acknowledged alarm is sent again and again",
        ((alarms, "acknowledge", always(True)),),
    ),
    Planted(
        "acknowledged by nobody",
        4,
        "an alarm says that somebody takes care, and nobody does",
        (
            (
                alarms,
                "_send",
                after(
                    _send,
                    lambda turn, alarm: _acknowledge(turn, alarm.id, "nobody") if alarm.repeat > 1 else None,
                ),
            ),
        ),
    ),
    Planted(
        "old heartbeats replayed",
        4,
        "a heartbeat of an outage is told as if it were now",
        ((heartbeat, "WORTH_SENDING_SECONDS", 1e9),),
    ),
    Planted(
        "heartbeats stop", 4, "a device that lives looks dead", ((heartbeat, "beat", _only_by_trusted_clock),)
    ),
    Planted(
        "ids reused after a restart",
        4,
        "one message id means two things",
        ((life, "started", after(_started, _numbers_anew)),),
    ),
    Planted(
        "forgotten when sent", 4, "what the broker never got is lost", ((Outbox, "batch", _sent_is_arrived),)
    ),
    Planted(
        "stored one event late",
        4,
        "a power cut takes back what was already said",
        ((Store, "commit", _one_commit_behind),),
    ),
    Planted(
        "not durable, not sent",
        4,
        "on a full disk nobody hears anything",
        ((OutboxCarrier, "send_undurable", nothing),),
    ),
    Planted(
        "outbox emptied on a lost line",
        4,
        "what waited in an outage is gone",
        ((uplink, "lost", after(uplink.lost, _forgets_what_waits)),),
    ),
    Planted(
        "expired commands obeyed",
        4,
        "a command of yesterday has its effect today",
        ((commands, "_refusal_by_time", always(None)),),
    ),
    Planted(
        "commands obeyed again",
        4,
        "a command that comes twice has its effect twice",
        ((commands, "received", _obeys_again),),
    ),
    Planted(
        "late withdrawal refused",
        1,
        "consent was withdrawn, and the camera opens",
        ((commands, "_refusal_by_time", _no_late_withdrawal),),
    ),
    Planted(
        "retained commands obeyed",
        4,
        "a retained command is obeyed at every connection",
        ((messenger, "read_command", _not_retained),),
    ),
    Planted("consent not told", 1, "nobody learns that consent was withdrawn", ((Turn, "say", _silently),)),
    Planted(
        "denied counts as arrived", 4, "what the broker refuses is lost", ((delivery, "DENIED_FROM", 256),)
    ),
)
