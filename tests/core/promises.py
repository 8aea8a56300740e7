"""The five promises as far as the core can keep or break them, checked after every event."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.core import events as ev
from agent.core.actions import AnyAction, Pulse, ResetUsb, Say, SetLamp, StartLook, StopLook
from agent.core.answers import needs_alarm
from agent.core.facts import Alarm, Answer
from agent.core.moment import Now
from agent.core.orders import WithdrawConsent
from agent.core.policy import Policy
from agent.core.state import State

DAY = 86400.0
DUST = 0.01


class Promises:
    """Watches one device. What it knows of consent, switch and camera it has from events and actions alone."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.consent = self.blind_consent = self.switch = False
        self.lamp = False
        self.open: dict[str, float] = {}
        self.stopped: set[str] = set()
        self.answers: dict[str, Answer] = {}
        self.messages: set[str] = set()
        self.alarms: dict[str, str] = {}
        self.restarts: list[tuple[str, float]] = []
        self.windows: Counter[str] = Counter()
        self.minutes: Counter[str] = Counter()
        self.check: str | None = None
        self.kept = True

    def memory_is_lost(self) -> None:
        """The store is gone: the camera stays locked until consent is recorded anew."""
        self.consent = self.blind_consent = False
        for forgotten in (self.answers, self.alarms, self.restarts, self.windows, self.minutes):
            forgotten.clear()

    def witness(
        self, event: ev.AnyEvent, now: Now, true: float, actions: list[AnyAction], state: State
    ) -> None:
        """Judge one turn."""
        self.kept = False
        self._hear(event)
        self._count_window(state, now)
        for action in actions:
            match action:
                case Say():
                    self._message(action, now)
                case SetLamp(lit=lit):
                    assert lit or not self.open, "the lamp goes out while the camera is open"
                    self.lamp = lit
                case StartLook():
                    self._camera_opens(action, now, state)
                case StopLook(look=look):
                    self.stopped.add(look)
                case Pulse(relay=relay, seconds=seconds):
                    assert 1 <= seconds <= 60
                    if not isinstance(event, ev.LookStuck):
                        self._restart(relay, true)
                case ResetUsb(seconds=seconds):
                    assert 1 <= seconds <= 60
                    self._restart("camera", true)
                case _:
                    pass
        self._camera_is_closed_when_locked(now)
        self._alarm_goes_with_its_answer(actions)
        self.kept = True

    def _hear(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.ConsentGranted(person=True, cohabitant=None | True, blind_test=blind):
                self.consent, self.blind_consent = True, blind
            case ev.ConsentWithdrawn():
                self.consent = False
            case ev.CommandReceived(command=command) if isinstance(command.order, WithdrawConsent):
                self.consent = False
            case ev.PrivacySwitchTurned(locked=locked):
                self.switch = locked
            case ev.LookClosed(look=look):
                self.open.pop(look, None)
            case ev.Started():
                self.open.clear()
            case ev.StillTold(fact=Alarm(alarm=alarm, state=state)):
                self.alarms.setdefault(alarm, state)
            case _:
                pass

    # ---- promise 1: locked outside the window

    def _camera_opens(self, look: StartLook, now: Now, state: State) -> None:
        assert self.consent, "opened without consent"
        assert not self.switch, "opened against the privacy switch"
        assert now.trusted, "opened on a clock that cannot be trusted"
        assert self.lamp, "opened in the dark: the lamp is not lit"
        assert not self.open, "two looks at a time"
        self.open[look.look] = look.deadline
        if look.integrity_only:
            assert self.blind_consent, "a blind test that nobody consented to"
            assert look.deadline - now.boot <= 30
            return
        check = state.check
        assert check is not None, "a look without a check"
        assert look.look.startswith(check.id)
        assert check.start - 1 <= now.utc, "before its window"
        assert now.boot + look.seconds <= look.deadline + DUST, "no time for the look"
        assert now.utc + (look.deadline - now.boot) <= check.end + DUST, "beyond its window"
        assert look.deadline <= check.answer_by_boot + DUST
        assert check.end - check.start <= 1800
        if check.kind == "agreed":
            self._starts_when_agreed(check.id, check.start)

    def _starts_when_agreed(self, check: str, start: float) -> None:
        local = datetime.fromtimestamp(start, ZoneInfo(self.policy.timezone)).strftime("%Y-%m-%dT%H:%M")
        assert local >= check, (
            f"{check} opened at {local}"
        )  # later only where the spring night has no such time

    def _camera_is_closed_when_locked(self, now: Now) -> None:
        if self.consent and not self.switch and now.trusted:
            return
        for look in self.open:
            assert look in self.stopped, "locked, and the camera stays open"

    def _count_window(self, state: State, now: Now) -> None:
        """Windows and unlocked minutes a local day stay within the caps, whoever asks for them."""
        check, before = state.check, self.check
        self.check = None if check is None else check.id
        if check is None or check.id == before or check.kind == "extra":
            return
        day = datetime.fromtimestamp(now.utc, ZoneInfo(self.policy.timezone)).date().isoformat()
        self.windows[day] += 1
        self.minutes[day] += round((check.end - check.start) / 60)
        assert self.windows[day] <= self.policy.limits.windows_per_day
        assert self.minutes[day] <= self.policy.limits.unlocked_minutes_per_day

    # ---- promise 2: exactly one answer

    def _message(self, say: Say, now: Now) -> None:
        assert say.message not in self.messages, "a message id used twice"
        self.messages.add(say.message)
        fact = say.fact
        if isinstance(fact, Answer):
            assert fact.check not in self.answers, f"a second answer for {fact.check}"
            assert not now.trusted or fact.late == (now.utc >= fact.window_end.timestamp() - 0.001)
            self.answers[fact.check] = fact
        elif isinstance(fact, Alarm):
            self._alarm(fact)

    # ---- promise 4, the core's share: an alarm lives one life

    def _alarm(self, alarm: Alarm) -> None:
        before = self.alarms.get(alarm.alarm)
        assert before != "cleared", "a word about an alarm that was over"
        assert (before, alarm.state) != ("acknowledged", "raised")
        assert before is not None or alarm.state == "raised"
        self.alarms[alarm.alarm] = alarm.state

    def _alarm_goes_with_its_answer(self, actions: list[AnyAction]) -> None:
        facts = [action.fact for action in actions if isinstance(action, Say)]
        raised = {fact.check for fact in facts if isinstance(fact, Alarm) and fact.state == "raised"}
        for answer in facts:
            if isinstance(answer, Answer):
                wanted = answer.kind != "test" and needs_alarm(answer.status, answer.reason)
                assert not wanted or answer.check in raised, f"no alarm for {answer.check}"
                assert wanted or answer.check not in raised, f"a needless alarm for {answer.check}"

    # ---- promise 5: it mends itself politely

    def _restart(self, target: str, true: float) -> None:
        self.restarts.append((target, true))
        recent = sum(1 for what, then in self.restarts if what == target and true - then < DAY - 1)
        limits = self.policy.limits
        cap = limits.camera_restarts_per_day if target == "camera" else limits.router_restarts_per_day
        assert recent <= cap, f"{recent} restarts of the {target} within a day"
