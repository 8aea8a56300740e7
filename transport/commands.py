"""Reads commands from the wire: whatever bytes come, the result is a command or a clear reason why not.

A gate before it bounds what a flood can cost; each command has its own, so that a flood of one never keeps a
withdrawal of consent out.
"""

import re

import msgspec

from agent.core.events import CommandReceived, CommandUnreadable
from agent.core.orders import Command
from transport.topics import COMMAND_NAMES, UNKNOWN_COMMAND

MAX_COMMAND = 8 * 1024
MAX_REASON = 300
PER_MINUTE = 30
MINUTE = 60.0

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_commands = msgspec.json.Decoder(Command)


class _AnyObject(msgspec.Struct):
    id: object = None


_ids = msgspec.json.Decoder(_AnyObject)


class CommandGate:
    """Lets PER_MINUTE commands of each name through a minute; the first one too many is told, the rest counted."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._seen: dict[str, int] = {}
        self.ignored = 0

    def admit(self, topic: str, now: float) -> bool | CommandUnreadable:
        """Whether what came on this topic at `now` (monotonic seconds) is to be read, or a refusal to pass on."""
        name = _sayable(topic)
        if now - self._since.get(name, now - MINUTE) >= MINUTE:
            self._since[name] = now
            self._seen[name] = 0
        self._seen[name] += 1
        if self._seen[name] <= PER_MINUTE:
            return True
        self.ignored += 1
        if self._seen[name] > PER_MINUTE + 1:
            return False
        return CommandUnreadable(
            name, f"more than {PER_MINUTE} a minute: further ones are ignored for a while"
        )


def read_command(topic: str, payload: bytes, retained: bool) -> CommandReceived | CommandUnreadable:
    """What came on a topic `…/cmd/<name>`. Never raises; reasons are in English, for whoever sent it."""
    name = topic.rsplit("/", 1)[-1]
    if len(payload) > MAX_COMMAND:
        return _refuse(name, f"{len(payload)} bytes; a command has at most {MAX_COMMAND}")
    if name not in COMMAND_NAMES:
        return _refuse(name, f"unknown command; known are {', '.join(sorted(COMMAND_NAMES))}", payload)
    if retained:
        return _refuse(name, "retained commands are refused: send it without the retain flag", payload)
    try:
        command = _commands.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refuse(name, f"not a command: {error}", payload)
    if command.name != name:
        return _refuse(name, f"the topic says {name!r}, but the order is of type {command.name!r}", payload)
    return CommandReceived(command)


def _refuse(name: str, reason: str, payload: bytes = b"") -> CommandUnreadable:
    return CommandUnreadable(name=_sayable(name), reason=reason[:MAX_REASON], id=_readable_id(payload))


def _sayable(topic: str) -> str:
    name = topic.rsplit("/", 1)[-1]
    return name if name in COMMAND_NAMES else UNKNOWN_COMMAND


def _readable_id(payload: bytes) -> str:
    """The id in a payload, so that the refusal can name it; empty if there is none worth repeating."""
    try:
        found = _ids.decode(payload).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""
