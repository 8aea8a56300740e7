"""The ledger of commands: each id has one outcome, however often the command comes."""

from typing import Literal

from agent.core.facts import Reply
from agent.core.state import Settled
from agent.core.turn import Turn

ENTRIES = 256
REMEMBERED_SECONDS = 31 * 86400.0
"""How long beyond its expiry a command is known, so that a late repetition is answered as the first one was."""

Outcome = Literal["accepted", "refused", "done", "failed"]


def record(turn: Turn, command: str, name: str, outcome: Outcome, reason: str, expires: float) -> None:
    """Write the outcome down and reply."""
    ledger = turn.state.commands
    ledger.pop(command, None)
    if turn.now.trusted:
        for known in [known for known, entry in ledger.items() if _is_long_over(entry, turn.now.utc)]:
            _forget(turn, known)
    ledger[command] = Settled(name=name, outcome=outcome, reason=reason, expires=expires)
    while len(ledger) > ENTRIES:
        expired = (known for known, entry in ledger.items() if entry.expires < turn.now.utc)
        _forget(turn, next(expired, next(iter(ledger))))
    reply(turn, command)


def _is_long_over(entry: Settled, utc: float) -> bool:
    """Its repetition would be refused as expired. A withdrawal would be obeyed: it is known as long as may be."""
    return entry.name != "withdraw-consent" and entry.expires + REMEMBERED_SECONDS < utc


def _forget(turn: Turn, command: str) -> None:
    del turn.state.commands[command]
    turn.state.latest.pop(_word_on(command), None)


def reply(turn: Turn, command: str) -> None:
    """Say (again) how the command fared."""
    entry = turn.state.commands[command]
    turn.say(
        Reply(command=command, name=entry.name, outcome=entry.outcome, reason=entry.reason),
        instead_of=_word_on(command),
    )


def _word_on(command: str) -> str:
    return f"reply {command}"


def finished(turn: Turn, command: str, ok: bool, reason: str = "") -> None:
    """An accepted command has come to its end."""
    entry = turn.state.commands.get(command)
    if entry is not None and entry.outcome == "accepted":
        record(turn, command, entry.name, "done" if ok else "failed", reason, entry.expires)
