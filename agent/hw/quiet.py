"""Adapters that do nothing, for a loop that the command line steps by itself while no agent runs.

The loop decides and remembers as ever, and what it has to say waits in the outbox; but nobody opens a camera, cuts
a power line or talks to a broker in passing. The next `nattro run` begins with everything closed and goes on.
"""

from collections.abc import Sequence

from agent.core.actions import ExtendLook, Pulse, ResetUsb, StartLook
from agent.core.events import CommandReceived, CommandUnreadable, Health
from agent.ports import OutboxRow


class QuietCamera:
    """Never opens."""

    def start(self, look: StartLook) -> None: ...
    def extend(self, more: ExtendLook) -> None: ...
    def stop(self, look: str) -> None: ...


class QuietLamp:
    """Stays as it is."""

    def set(self, lit: bool) -> None: ...


class QuietRelays:
    """Never cut."""

    def pulse(self, pulse: Pulse) -> None: ...


class QuietUsb:
    """Never switches."""

    def reset(self, reset: ResetUsb) -> None: ...


class QuietNetwork:
    """Never asks."""

    def probe(self) -> None: ...


class QuietHealth:
    """Knows nothing."""

    def read(self) -> Health:
        return Health()


class QuietMessenger:
    """Leaves everything in the outbox."""

    def wake(self) -> None: ...
    def send_undurable(self, rows: Sequence[OutboxRow]) -> None: ...
    def withdraw(self, messages: Sequence[str]) -> None: ...
    def handled(self, event: CommandReceived | CommandUnreadable) -> None: ...


class QuietWatchdog:
    """Nobody waits."""

    def progress(self) -> None: ...
