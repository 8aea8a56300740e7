"""A bench for the core: virtual time, a small world that obeys the adapters' rules, and the promises watched.

    night = Night(times=("23:00",))
    night.sees("not_in_bed", "not_in_bed", "in_bed")
    night.until("23:40")
    assert night.answer("23:00").status == "in_bed"

After every event the state goes through its snapshot and back, so whatever works here survives a restart.
"""

import heapq
from datetime import datetime, time, timedelta
from itertools import count
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from agent.core import events as ev
from agent.core.actions import (
    Action,
    AnyAction,
    ExtendLook,
    ProbeNetwork,
    Pulse,
    ReadHealth,
    ResetUsb,
    Say,
    StartLook,
    StopLook,
)
from agent.core.core import Core
from agent.core.facts import Alarm, Answer, Fact, Fault, Recovery, Reply
from agent.core.moment import Now, at
from agent.core.orders import AnyOrder, Command
from agent.core.policy import Policy
from agent.core.state import State, decode, encode
from tests.core.promises import Promises

F = TypeVar("F", bound=Fact)
A = TypeVar("A", bound=Action)

EVENING = "2026-11-21 22:00"
CHANCE = {"in_bed": 0.97, "not_in_bed": 0.02, "uncertain": 0.5}
TO_OPEN, TO_FAIL, TO_CLOSE, TO_REACH_THE_BROKER = 0.5, 5.0, 0.2, 0.05
SPINS_AT_MOST = 3


def report(seen: str) -> ev.LookReport:
    """`uncertain:low_contrast` as a worker's report."""
    verdict, *reasons = seen.split(":")
    return ev.LookReport(verdict=verdict, p_occupied=CHANCE.get(verdict), reasons=tuple(reasons))  # type: ignore[arg-type]


class Night:
    """One device through time. Time stands still until `until` or `wait` lets it run."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        times: tuple[str, ...] = ("23:00",),
        start: str = EVENING,
        trusted: bool = True,
        consent: bool = True,
        online: bool = True,
        store: Literal["new", "resumed", "lost"] = "new",
    ) -> None:
        self.policy = policy or Policy(device="device-7", times=times)
        self.zone = ZoneInfo(self.policy.timezone)
        self.core = Core(self.policy)
        self.promises = Promises(self.policy)
        self.true = datetime.fromisoformat(start).replace(tzinfo=self.zone).timestamp()
        self.booted = self.true - 100.0
        self.clock_error = 0.0
        self.trusted = trusted
        self.online = online
        self.network = ev.NetworkProbed(link=True, gateway=True, dns=True, targets=(True, True, True))
        self.relays_work: dict[str, bool | None] = {"camera": True, "router": True, "usb": True}
        self.acknowledges = True
        self.actions: list[AnyAction] = []
        self.heard: list[tuple[float, Fact]] = []
        self._script: list[str] = []
        self._otherwise = "in_bed"
        self._coming: list[tuple[float, int, str, ev.AnyEvent]] = []
        self._number = count()
        self._boots = self._epochs = 1
        self._start_process(store, clean=False)
        if consent:
            self.grant()

    # ---- time

    @property
    def now(self) -> Now:
        return Now(self.true - self.booted, self.true + self.clock_error, self.trusted)

    @property
    def state(self) -> State:
        return self.core.state

    def instant(self, clock: str) -> float:
        """The next time that a right clock on the wall shows `clock`."""
        local = datetime.fromtimestamp(self.true, self.zone)
        day = local.date()
        while True:
            wall = datetime.combine(day, time.fromisoformat(clock), self.zone)
            if wall.timestamp() > self.true:
                return wall.timestamp()
            day += timedelta(days=1)

    def until(self, clock: str) -> "Night":
        """Let time run to `clock` (HH:MM or HH:MM:SS)."""
        return self.wait(self.instant(clock) - self.true)

    def wait(self, seconds: float) -> "Night":
        """Let time run, with everything that becomes due."""
        end, spins = self.true + seconds, 0
        while True:
            deadline = self.core.next_deadline(self.now)
            due = float("inf") if deadline is None else self.booted + deadline
            coming = self._coming[0][0] if self._coming else float("inf")
            if min(due, coming) > end:
                self.true = end
                return self
            if coming <= due:
                when, _, _, event = heapq.heappop(self._coming)
                self.true, spins = max(self.true, when), 0
                self.post(event)
            else:
                spins = spins + 1 if due - self.true < 0.01 else 0
                assert spins <= SPINS_AT_MOST, f"the core wants to be called all the time: {self.state}"
                self.true = max(self.true, due)
                self.post(ev.DeadlineReached())

    def step_clock(self, seconds: float) -> "Night":
        """UTC is set forwards or back."""
        self.clock_error += seconds
        self.post(ev.ClockStepped(seconds))
        return self

    def trust(self, trusted: bool) -> "Night":
        if trusted != self.trusted:
            self.trusted = trusted
            self.post(ev.ClockTrustChanged())
        return self

    # ---- what happens

    def post(self, event: ev.AnyEvent) -> list[AnyAction]:
        """One event into the core; its actions reach the world; the promises are checked."""
        now = self.now
        actions = self.core.handle(event, now)
        self.promises.witness(event, now, self.true, actions, self.core.state)
        remembered = decode(encode(self.core.state))
        assert remembered == self.core.state
        self.core = Core(self.policy, remembered)
        self.actions += actions
        for action in actions:
            self._react(action)
        return actions

    def sees(self, *script: str, otherwise: str = "in_bed") -> "Night":
        """What the coming looks and extensions bring: a verdict (`:reason`), `fails:why`, or `silence`."""
        self._script, self._otherwise = list(script), otherwise
        return self

    def grant(self, blind_test: bool = False) -> "Night":
        self.post(ev.ConsentGranted("form-1", "2026-11-01", person=True, blind_test=blind_test))
        return self

    def command(self, order: AnyOrder, id: str = "", lasts: float = 600.0) -> Reply:  # noqa: A002
        """Send a command; the reply to it that follows at once."""
        number = id or f"c{next(self._number)}"
        expires = at(self.true + lasts)
        actions = self.post(ev.CommandReceived(Command(number, expires, "night-team", order)))
        return [a.fact for a in actions if isinstance(a, Say) and isinstance(a.fact, Reply)][-1]

    def connect(self) -> "Night":
        self.online = True
        self.post(ev.BrokerConnected())
        return self

    def disconnect(self, targets_answer: bool) -> "Night":
        self.online = False
        self.targets_answer(targets_answer)
        self.post(ev.BrokerLost("keep alive timeout"))
        return self

    def targets_answer(self, answer: bool) -> "Night":
        self.network = ev.NetworkProbed(link=True, gateway=True, dns=answer, targets=(answer,) * 3)
        return self

    # ---- ends and beginnings

    def configure(self, times: tuple[str, ...]) -> "Night":
        """Other agreed times in the configuration; they are read at the next start."""
        self.policy = msgspec.structs.replace(self.policy, times=times)
        self.core = Core(self.policy, self.core.state)
        return self

    def restart(self, after: float = 1.0, clean: bool = False, store: str = "resumed") -> "Night":
        """The process ends (killed, unless clean) and a new one of the same boot begins."""
        if clean:
            self.post(ev.Stopping())
        self._coming.clear()
        self.true += after
        self._start_process(store, clean)
        return self

    def power_cut(
        self, seconds: float, trusted: bool = True, store: str = "resumed", up: float = 12.0
    ) -> "Night":
        """Mains gone for so long; the clock afterwards stands where it stood unless `trusted` (a real RTC).

        up: for so long of it the device was up again before its agent was.
        """
        self._coming.clear()
        self.true += seconds
        if not trusted:
            self.clock_error -= seconds
        self.trusted, self.booted = trusted, self.true - up
        self._boots += 1
        self._start_process(store, clean=False)
        return self

    def clock_is_synchronised(self) -> "Night":
        """The network's time arrives: a step, then trust."""
        error, self.clock_error, self.trusted = self.clock_error, 0.0, True
        self.post(ev.ClockStepped(-error))
        self.post(ev.ClockTrustChanged())
        return self

    def _start_process(self, store: str, clean: bool) -> None:
        if store == "lost":
            self._epochs += 1
            self.core = Core(self.policy)
            self.promises.memory_is_lost()
        self.post(
            ev.Started(
                boot_id=f"boot-{self._boots}",
                instance=f"process-{next(self._number)}",
                epoch=f"e{self._epochs}",
                store=store,  # type: ignore[arg-type]
                clean=clean,
                version="1.0.0",
            )
        )
        self.post(ev.PrivacySwitchTurned(self.promises.switch))
        if self.online:
            self.post(ev.BrokerConnected())

    # ---- the world answers

    def later(self, seconds: float, event: ev.AnyEvent, of: str = "") -> None:
        """Something of the world happens in a while."""
        heapq.heappush(self._coming, (self.true + seconds, next(self._number), of, event))

    def _react(self, action: AnyAction) -> None:
        match action:
            case Say(message=message, fact=fact):
                self.heard.append((self.true, fact))
                if self.online and self.acknowledges:
                    self.later(TO_REACH_THE_BROKER, ev.Published(message))
            case StartLook() | ExtendLook() | StopLook():
                self._work(action)
            case Pulse(relay=relay, seconds=seconds):
                works = self.relays_work[relay]
                if works is not None:
                    self.later(seconds if works else 0.1, ev.PulseDone(relay, works))
            case ResetUsb(seconds=seconds):
                self.later(seconds, ev.UsbResetDone(bool(self.relays_work["usb"])))
            case ProbeNetwork():
                self.later(1.0, self.network)
            case ReadHealth():
                self.later(0.0, ev.HealthRead(ev.Health(camera_present=True)))
            case _:
                pass

    def _work(self, order: StartLook | ExtendLook | StopLook) -> None:
        """The vision worker: opens, judges, and is gone at its deadline or when told to."""
        look = order.look
        if isinstance(order, StopLook):
            self._nothing_more_of(look)
            self.later(TO_CLOSE, ev.LookClosed(look))
            return
        opening = TO_OPEN if isinstance(order, StartLook) else 0.0
        self._look_answers(look, opening + order.seconds)
        if isinstance(order, StartLook):
            self.later(TO_OPEN, ev.LookOpened(look), look)
            self.later(order.deadline - self.now.boot, ev.LookClosed(look), look)

    def _look_answers(self, look: str, after: float) -> None:
        seen = self._script.pop(0) if self._script else self._otherwise
        if seen.startswith("fails:"):
            self._nothing_more_of(look)
            self.later(TO_FAIL, ev.LookFailed(look, seen.removeprefix("fails:")), look)  # type: ignore[arg-type]
            self.later(TO_FAIL + TO_CLOSE, ev.LookClosed(look))
        elif seen != "silence":
            self.later(after, ev.LookReported(look, report(seen)), look)

    def _nothing_more_of(self, look: str) -> None:
        self._coming = [coming for coming in self._coming if coming[2] != look]
        heapq.heapify(self._coming)

    # ---- what was asked and said

    def said(self, kind: type[F]) -> list[F]:
        """Every fact of this kind so far."""
        return [fact for _, fact in self.heard if isinstance(fact, kind)]

    def asked(self, kind: type[A]) -> list[A]:
        """Every action of this kind so far."""
        return [action for action in self.actions if isinstance(action, kind)]

    def answer(self, check: str) -> Answer:
        """The one answer of the check whose id ends so."""
        (found,) = [answer for answer in self.said(Answer) if answer.check.endswith(check)]
        return found

    def alarms(self) -> list[tuple[str, str]]:
        """(kind, state) of every alarm message, without repetitions of the same."""
        said = [(alarm.kind, alarm.state) for alarm in self.said(Alarm)]
        return [one for number, one in enumerate(said) if number == 0 or said[number - 1] != one]

    def faults(self) -> list[tuple[str, str]]:
        return [(fault.kind, fault.state) for fault in self.said(Fault)]

    def recovery(self) -> list[tuple[str, str]]:
        return [(step.step, step.outcome) for step in self.said(Recovery)]

    def clock_at(self, seconds_of: Fact) -> str:
        """When a fact was said, on a right clock on the wall."""
        (when,) = [when for when, fact in self.heard if fact is seconds_of]
        return datetime.fromtimestamp(when, self.zone).strftime("%H:%M:%S")
