"""Virtual time: an agenda of what will happen when, and the device's own clocks on top of it.

All of the simulator measures in `elapsed`: true seconds since the scenario began. What the device believes the
time to be is another matter (see DeviceClock).
"""

import heapq
import math
from collections.abc import Callable
from queue import SimpleQueue

from agent.core.events import AnyEvent
from agent.core.moment import Now

SECONDS_UP_AT_START = 60.0
"""The device has been up for a minute when a scenario begins: its boot-time clock never reads zero."""


class ProcessEnded(BaseException):
    """The agent's process dies here and now, wherever it is: no handler of its own runs."""


class Appointment:
    """Something on the agenda that may still be called off."""

    __slots__ = ("called_off", "what")

    def __init__(self, what: Callable[[], None]) -> None:
        self.what = what
        self.called_off = False

    def call_off(self) -> None:
        self.called_off = True


class Agenda:
    """What will happen when; things at the same instant happen in the order in which they were agreed on."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._entries: list[tuple[float, int, Appointment]] = []
        self._count = 0

    def at(self, elapsed: float, what: Callable[[], None]) -> Appointment:
        """Let `what` happen at this instant, or now if that is past."""
        appointment = Appointment(what)
        self._count += 1
        heapq.heappush(self._entries, (max(elapsed, self.elapsed), self._count, appointment))
        return appointment

    def after(self, seconds: float, what: Callable[[], None]) -> Appointment:
        """Let `what` happen this many seconds from now."""
        return self.at(self.elapsed + seconds, what)

    def next_instant(self) -> float:
        """When the next thing happens; infinity if nothing will."""
        while self._entries and self._entries[0][2].called_off:
            heapq.heappop(self._entries)
        return self._entries[0][0] if self._entries else math.inf

    def advance(self, elapsed: float) -> None:
        """Move time forwards to this instant. Time never goes back."""
        self.elapsed = max(self.elapsed, elapsed)

    def run_next(self) -> None:
        """Move to the next instant and let its first appointment happen."""
        self.advance(self.next_instant())
        _, _, appointment = heapq.heappop(self._entries)
        appointment.what()


class DeviceClock:
    """The device's clocks (the agent's Clock port): boot time, and a UTC that may be wrong or not trusted.

    Waiting is what makes virtual time go on. before_waiting: called whenever the agent has nothing to do, before
    time moves (full mode lets the real parts come to rest there).
    """

    def __init__(self, agenda: Agenda, start_utc: float) -> None:
        self._agenda = agenda
        self._start_utc = start_utc
        self._booted_at = agenda.elapsed - SECONDS_UP_AT_START
        self.boots = 1
        self.error = 0.0
        self.trusted = True
        self.before_waiting: Callable[[], None] = lambda: None
        self._death_is_due = False

    @property
    def boot_id(self) -> str:
        """The kernel's id of this boot, in the kernel's form."""
        return f"{self.boots:08x}-b007-4000-8000-000000000000"

    def now(self) -> Now:
        elapsed = self._agenda.elapsed
        return Now(
            boot=elapsed - self._booted_at, utc=self._start_utc + elapsed + self.error, trusted=self.trusted
        )

    def wait(self, inbox: SimpleQueue[AnyEvent], until_boot: float) -> AnyEvent | None:
        """The next event, or None once `until_boot` has come. Raises ProcessEnded if the process dies meanwhile."""
        until = self.elapsed_at(until_boot)
        while inbox.empty():
            self.before_waiting()
            if not inbox.empty():
                break
            if self._agenda.next_instant() > until:
                self._agenda.advance(until)
                return None
            self._agenda.run_next()
            self._die_if_due()
        return inbox.get()

    def _die_if_due(self) -> None:
        if self._death_is_due:
            self._death_is_due = False
            raise ProcessEnded

    def be_busy(self, seconds: float) -> None:
        """The process does nothing else for so long, while the world goes on. Raises ProcessEnded if it dies."""
        until = self._agenda.elapsed + seconds
        while self._agenda.next_instant() <= until:
            self._agenda.run_next()
            self._die_if_due()
        self._agenda.advance(until)

    def process_begins(self) -> None:
        """A new process does not die of what ended the last one."""
        self._death_is_due = False

    def end_process(self) -> None:
        """The process that is waiting dies as soon as all has happened that happens now."""
        self._death_is_due = True

    def boot_again(self) -> None:
        """The computer starts: another boot id, and boot time starts anew."""
        self.boots += 1
        self._booted_at = self._agenda.elapsed

    def elapsed_at(self, boot: float) -> float:
        """When the boot-time clock will read `boot`, rounded up to a whole millisecond as timers are."""
        return math.ceil(round((self._booted_at + boot) * 1000, 3)) / 1000
