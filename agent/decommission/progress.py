"""What has been done so far, beside the configuration: one JSON object a line, synced before the next step.

After a power cut it tells the second run what the first one did. It is the last file to go.
"""

import os
from pathlib import Path

import msgspec

from agent.core.orders import Instant
from agent.decommission.erase import sync
from agent.decommission.receipt import AtTheBroker, Deleted

SUFFIX = ".decommissioning"


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun"):
    """How the device stood at the first step. lock: of its memory; it goes after all that tells where it is."""

    device: str
    lock: str
    at: Instant
    consent: str
    consent_reference: str
    undelivered: int | None


Step = Begun | Deleted | AtTheBroker
_steps = msgspec.json.Decoder(Step)


class Progress:
    """The steps done, from the file beside the configuration. Raises OSError."""

    def __init__(self, configuration: Path) -> None:
        self.path = configuration.with_name(configuration.name + SUFFIX)
        self.steps = _read(self.path)

    @property
    def begun(self) -> Begun | None:
        """None before the first step."""
        return next((step for step in self.steps if isinstance(step, Begun)), None)

    @property
    def deleted(self) -> tuple[Deleted, ...]:
        """Each file once: one that was noted and still there after a power cut was noted again."""
        told = [step for step in self.steps if isinstance(step, Deleted)]
        return tuple({step.path: step for step in reversed(told)}.values())[::-1]

    @property
    def broker(self) -> AtTheBroker | None:
        """The last that was heard of the broker; one that was reached counts for good."""
        told = [step for step in self.steps if isinstance(step, AtTheBroker)]
        return next((step for step in told if step.reached), told[-1] if told else None)

    def note(self, step: Step) -> None:
        """Make a step durable."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, msgspec.json.encode(step) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync(self.path.parent)
        self.steps.append(step)

    def forget(self) -> None:
        """All is done."""
        self.path.unlink(missing_ok=True)
        sync(self.path.parent)


def _read(path: Path) -> list[Step]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    steps = []
    for line in lines:
        try:
            steps.append(_steps.decode(line))
        except msgspec.DecodeError:
            continue  # the power went while it was written
    return steps
