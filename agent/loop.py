"""The loop: inbox → core → one transaction → actions. The same under the real driver and the simulator's.

Nothing is done before what was decided is durable, but for closing the camera, which waits for nothing. If it
cannot be made durable (disk full, read-only), it is published all the same, marked so, and kept in memory for the
next commit.
"""

from collections import deque
from queue import SimpleQueue

import msgspec

from agent.core import events as ev
from agent.core.actions import (
    AnyAction,
    ExtendLook,
    Forget,
    ProbeNetwork,
    Pulse,
    ReadHealth,
    ResetUsb,
    Say,
    SetLamp,
    StartLook,
    StopLook,
)
from agent.core.commands import must_be_kept
from agent.core.core import Core
from agent.core.moment import Now
from agent.core.state import encode
from agent.ports import JournalEntry, Opening, OutboxRow, Outside, StoreError
from agent.urgency import take, take_urgent

CLOCK_STEP_SECONDS = 2.0
IDLE_SECONDS = 30.0
MARK_AGAIN_SECONDS = 1.0
OPENING_EVERY_SECONDS = 86400.0
UNSAVED_AT_MOST = 1000
UNCOUNTED = "it could not be stored"


class Loop:
    """Drives one core. `step` handles one event to its end; `run` does so until the agent is to stop."""

    def __init__(self, core: Core, outside: Outside) -> None:
        self.core = core
        self.outside = outside
        self._last: Now | None = None
        self._opened_at: float | None = None
        self._follow_ups: deque[ev.AnyEvent] = deque()
        self._unsaved = _Unsaved()
        self._handed_over: list[str] = []
        self._store_is_doubted = False
        self._inbox: SimpleQueue[ev.AnyEvent] = SimpleQueue()
        self._waiting: deque[ev.AnyEvent] = deque()
        self._mark_is_owed = False

    def run(self, inbox: SimpleQueue[ev.AnyEvent]) -> None:
        """Handle events and deadlines until `Stopping` was handled."""
        self._inbox = inbox
        while True:
            event = self._wait(inbox)
            if event is not None:
                self.step(event)
            else:
                self._idle()
            self.outside.watchdog.progress()
            if isinstance(event, ev.Stopping):
                return

    def step(self, event: ev.AnyEvent) -> list[AnyAction]:
        """Handle one event, and what follows from it at once. Returns what the core asked for, in order."""
        actions = self._try_the_disk() if must_be_kept(event) else []
        now = self.outside.clock.now()
        actions += self._notice_the_clock(now)
        actions += self._handle(event, now)
        return actions + self._follow_up()

    def next_deadline(self) -> float | None:
        """The boot-time instant at which `DeadlineReached` is wanted."""
        return self.core.next_deadline(self.outside.clock.now())

    def _idle(self) -> None:
        """Nothing happened for a while: look at the clock, and try again to store what could not be stored."""
        now = self.outside.clock.now()
        self._notice_the_clock(now)
        if self._mark_is_owed:
            self._mark_consent()
        if self._unsaved.failing:
            self._commit([], now)
        if self._follow_ups:
            self._follow_up()

    def _try_the_disk(self) -> list[AnyAction]:
        """A disk that takes nothing any more is found out before a word is given that only a disk can keep."""
        if self._unsaved.failing or self._commit([], self.outside.clock.now()):
            return []
        return self._follow_up()

    def _follow_up(self) -> list[AnyAction]:
        """Handle what followed at once from what was handled: a reading of the health, a store that failed."""
        actions: list[AnyAction] = []
        while self._follow_ups:
            event = self._urgent() or self._follow_ups.popleft()
            actions += self._handle(event, self.outside.clock.now())
        return actions

    def _urgent(self) -> ev.AnyEvent | None:
        """What has come meanwhile and closes the camera."""
        self._take_in()
        return take_urgent(self._waiting)

    def _take_in(self) -> None:
        while not self._inbox.empty():
            self._waiting.append(self._inbox.get())

    def _wait(self, inbox: SimpleQueue[ev.AnyEvent]) -> ev.AnyEvent | None:
        """The next event, `DeadlineReached`, or None after an idle while."""
        self._take_in()
        if self._waiting:
            return take(self._waiting)
        clock = self.outside.clock
        now = self._last or clock.now()
        deadline = self.core.next_deadline(now)
        idle_until = now.boot + (MARK_AGAIN_SECONDS if self._mark_is_owed else IDLE_SECONDS)
        if deadline is None or deadline > idle_until:
            return clock.wait(inbox, idle_until)
        event = clock.wait(inbox, deadline)
        return ev.DeadlineReached() if event is None and clock.now().boot >= deadline else event

    def _notice_the_clock(self, now: Now) -> list[AnyAction]:
        """A step of UTC against the boot-time clock, or a change of trust, is an event of its own."""
        last, self._last = self._last, now
        if last is None:
            return []
        actions: list[AnyAction] = []
        step = (now.utc - last.utc) - (now.boot - last.boot)
        if abs(step) > CLOCK_STEP_SECONDS:
            actions += self._handle(ev.ClockStepped(round(step, 3)), now)
        if now.trusted != last.trusted:
            actions += self._handle(ev.ClockTrustChanged(), now)
        return actions

    def _handle(self, event: ev.AnyEvent, now: Now) -> list[AnyAction]:
        self._open_the_journal(now)
        was_marked = self._consent_leaves_a_mark()
        if isinstance(event, ev.Started):
            self._store_is_doubted = event.store == "resumed" and not event.clean
        actions = self.core.handle(event, now)
        begun = [action.look for action in actions if isinstance(action, StartLook)]
        self._close_at_once(actions, begun)
        if self._mark_is_owed or self._consent_leaves_a_mark() != was_marked:
            self._mark_consent()
        self._unsaved.entries.append(
            JournalEntry(now, msgspec.json.encode(event), msgspec.json.encode(actions))
        )
        stored = self._commit(actions, now)
        if isinstance(event, ev.CommandReceived | ev.CommandUnreadable):
            self.outside.messenger.handled(event)
        for action in actions:
            if stored or not self._turned_down(action):
                self._carry_out(action)
            if isinstance(action, StopLook) and action.look in begun:
                self.outside.camera.stop(action.look)
        return actions

    def _close_at_once(self, actions: list[AnyAction], begun: list[str]) -> None:
        """A worn disk takes seconds to commit. A camera closed too early costs a look, too late a promise.

        A look that the same event has begun is not open yet: it is closed when its turn has come.
        """
        for action in actions:
            if isinstance(action, StopLook) and action.look not in begun:
                self.outside.camera.stop(action.look)

    def _mark_consent(self) -> None:
        """A disk that refuses the mark, or to let it go, is asked again until it does."""
        self._mark_is_owed = not self.outside.store.mark_consent(self._consent_leaves_a_mark())

    def _consent_leaves_a_mark(self) -> bool:
        """Consent that was lost with the store is missed until the person gives or withdraws it again."""
        return self.core.state.consent.state in ("given", "lost")

    def _open_the_journal(self, now: Now) -> None:
        """Once a process and once a day: a point from which the journal can be replayed."""
        if self._opened_at is not None and now.boot - self._opened_at < OPENING_EVERY_SECONDS:
            return
        self._opened_at = now.boot
        self._unsaved.entries.append(
            Opening(now, policy=msgspec.json.encode(self.core.policy), state=encode(self.core.state))
        )

    def _commit(self, actions: list[AnyAction], now: Now) -> bool:
        """Make state, messages and journal durable together, or publish what cannot be. False if it could not.

        What is replaced by a newer word in the same turn is never said.
        """
        unsaved, compose = self._unsaved, self.outside.stationery.compose
        forget = [action.message for action in actions if isinstance(action, Forget)]
        says = [action for action in actions if isinstance(action, Say) and action.message not in forget]
        rows = [compose(say, now) for say in says]
        late = unsaved.still_wanted(forget)
        self._take_back(forget)
        try:
            self.outside.store.commit(
                encode(self.core.state), unsaved.entries, [*late, *rows], [*unsaved.forget, *forget], now
            )
        except StoreError as error:
            volatile = [compose(say, now, durable=False) for say in says]
            if not unsaved.keep(volatile, forget):
                self._opened_at = (
                    None  # the journal has a gap: what follows is replayed from a point behind it
                )
            self.outside.messenger.send_undurable(volatile)
            handed_over = [*self._handed_over, *(row.message for row in volatile)]
            self._handed_over = handed_over[-UNSAVED_AT_MOST:]
            if not unsaved.failing:
                unsaved.failing = True
                self._follow_ups.append(ev.StoreFailed(str(error)))
            return False
        if unsaved.failing or self._store_is_doubted:
            self._store_is_doubted = False
            self._follow_ups.append(ev.StoreRecovered())
        self._unsaved = _Unsaved()
        if rows:
            self.outside.messenger.wake()
        return True

    def _turned_down(self, action: AnyAction) -> bool:
        """No power is cut that could not be counted: the process might die, and the next one exceed the caps."""
        match action:
            case Pulse(relay=relay, capped=True):
                self._follow_ups.append(ev.PulseDone(relay, ok=False, detail=UNCOUNTED))
            case ResetUsb():
                self._follow_ups.append(ev.UsbResetDone(ok=False, detail=UNCOUNTED))
            case _:
                return False
        return True

    def _take_back(self, forget: list[str]) -> None:
        """What the messenger alone holds, since no disk took it, is forgotten there."""
        if not self._handed_over:
            return
        gone = [message for message in forget if message in self._handed_over]
        self._handed_over = [message for message in self._handed_over if message not in gone]
        self.outside.messenger.withdraw(gone)

    def _carry_out(self, action: AnyAction) -> None:
        outside = self.outside
        match action:
            case Say() | Forget() | StopLook():
                pass  # the first two are done by the transaction, the third apart from it
            case StartLook():
                outside.camera.start(action)
            case ExtendLook():
                outside.camera.extend(action)
            case SetLamp(lit=lit):
                outside.lamp.set(lit)
            case Pulse():
                outside.relays.pulse(action)
            case ResetUsb():
                outside.usb.reset(action)
            case ProbeNetwork():
                outside.network.probe()
            case ReadHealth():
                self._follow_ups.append(ev.HealthRead(outside.health.read()))


class _Unsaved:
    """What could not be committed yet: it goes into the next good transaction. Bounded, oldest out first."""

    def __init__(self) -> None:
        self.failing = False
        self.entries: list[JournalEntry | Opening] = []
        self.rows: list[OutboxRow] = []
        self.forget: list[str] = []

    def still_wanted(self, forget: list[str]) -> list[OutboxRow]:
        """The rows that have neither arrived nor been replaced meanwhile."""
        gone = {*self.forget, *forget}
        return [row for row in self.rows if row.message not in gone]

    def keep(self, rows: list[OutboxRow], forget: list[str]) -> bool:
        """Keep these for the next transaction; False if the journal's entries had to be let go."""
        self.rows = [*self.still_wanted(forget), *rows][-UNSAVED_AT_MOST:]
        self.forget = [*self.forget, *forget][-UNSAVED_AT_MOST:]
        if len(self.entries) < UNSAVED_AT_MOST:
            return True
        self.entries.clear()
        return False
