"""Random nights: whatever happens, in whatever order, the promises hold.

Every event goes through the bench, which checks the promises and the snapshot after each of them (see promises.py).
At the end time runs on calmly, and what was agreed must have been answered.
"""

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from agent.core import events as ev
from agent.core.actions import StartLook
from agent.core.facts import Alarm, Answer, Fault
from agent.core.moment import at
from agent.core.orders import (
    Acknowledge,
    AnyOrder,
    ExtraCheck,
    Pause,
    RestartCamera,
    RestartRouter,
    Resume,
    SetSchedule,
    TestCheck,
    WithdrawConsent,
)
from agent.core.policy import LimitPolicy, Policy
from agent.core.schedule import DAY, next_slot, slots
from tests.core.bench import Night, report

WINDOW = 1800.0
TIMES = ("22:10", "23:00", "23:30", "02:30", "03:00")
STARTS = ("2026-11-21 22:00", "2026-10-24 22:55", "2027-03-27 22:20", "2026-11-21 12:00")

seen = st.sampled_from(
    [
        *("in_bed", "not_in_bed", "uncertain:low_contrast", "silence"),
        *("camera_fault:covered", "camera_fault:frozen", "camera_fault:nonsense"),
        *("fails:stalled", "fails:gone", "fails:crashed", "fails:refused", "fails:busy"),
    ]
)
often = st.sampled_from([True, True, True, True, False])
seconds = st.one_of(
    st.sampled_from([0.0, 0.1, 1.0, 20.5, 59.0, 600.0, 1739.9, 1800.0, 3600.0, 6 * 3600.0]),
    st.floats(0, 2400),
)
steps = st.sampled_from([-90000.0, -7200.0, -1900.0, -600.0, -1.5, 1.5, 300.0, 1200.0, 3700.0, 90000.0])
orders: st.SearchStrategy[AnyOrder] = st.one_of(
    st.sampled_from([Resume(), Acknowledge("none"), ExtraCheck(), RestartCamera(), RestartRouter()]),
    st.builds(TestCheck, minutes=st.integers(1, 30)),
    st.lists(st.sampled_from(TIMES), max_size=4).map(lambda times: SetSchedule(tuple(times))),
)


class Nights(RuleBasedStateMachine):
    """A device, its world, and everything that can go wrong between them."""

    night: Night

    @initialize(
        start=st.sampled_from(STARTS),
        times=st.sets(st.sampled_from(TIMES), min_size=1, max_size=4),
        trusted=often,
        blind=st.booleans(),
        spare=st.integers(0, 2),
    )
    def a_device_is_installed(
        self, start: str, times: set[str], trusted: bool, blind: bool, spare: int
    ) -> None:
        policy = Policy(
            device="device-7",
            times=tuple(sorted(times)),
            limits=LimitPolicy(windows_per_day=len(times) + spare, camera_restarts_per_day=2),
            blind_test_times=("12:30", "22:05", "23:40") if blind else (),
        )
        self.night = Night(policy, start=start, trusted=trusted, consent=False)
        self.night.grant(blind_test=blind)
        self.since = self.night.true
        self.calm = trusted

    # ---- time and the world

    @rule(how_long=seconds)
    def time_passes(self, how_long: float) -> None:
        self.night.wait(how_long)

    @rule(after=st.sampled_from([0.0, 5.0, 25.0, 300.0, 700.0, 1735.0]))
    def the_next_window_opens(self, after: float) -> None:
        night, state = self.night, self.night.state
        coming = next_slot(night.policy, state, night.true)
        night.wait(0.0 if coming is None else coming.start - night.true + after)

    @rule()
    def somebody_sets_everything_right(self) -> None:
        night = self.night
        if night.state.consent.state != "given":
            night.grant(blind_test=True)
        night.clock_is_synchronised()
        night.post(ev.PrivacySwitchTurned(locked=False))
        night.post(ev.CameraAppeared())

    @rule(script=st.lists(seen, max_size=6), otherwise=seen)
    def the_camera_will_see(self, script: list[str], otherwise: str) -> None:
        self.night.sees(*script, otherwise=otherwise)

    @rule(what=seen, which=st.integers(-3, -1), foreign=st.booleans())
    def a_look_is_reported_late_or_twice_or_is_foreign(self, what: str, which: int, foreign: bool) -> None:
        looks = [look.look for look in self.night.asked(StartLook)]
        look = looks[which] if len(looks) >= -which and not foreign else "2026-11-20T23:00/7"
        if what.startswith("fails:"):
            self.night.post(ev.LookFailed(look, "stalled"))
        elif what != "silence":
            self.night.post(ev.LookReported(look, report(what)))

    @precondition(lambda self: self.night.state.camera.open_look is not None)
    @rule(stuck=st.booleans())
    def the_worker_dies(self, stuck: bool) -> None:
        look = self.night.state.camera.open_look
        assert look is not None
        self.night._nothing_more_of(look)
        if stuck:
            self.night.post(ev.LookStuck(look))
            self.night.later(15, ev.LookClosed(look))
        else:
            self.night.post(ev.LookClosed(look))

    @rule(there=st.booleans())
    def the_camera_comes_or_goes(self, there: bool) -> None:
        self.night.post(ev.CameraAppeared() if there else ev.CameraVanished())

    @rule(relay=st.sampled_from(["camera", "router", "usb"]), works=st.sampled_from([True, False, None]))
    def a_relay_works_or_not(self, relay: str, works: bool | None) -> None:
        self.night.relays_work[relay] = works

    @rule(seconds=steps)
    def the_clock_steps(self, seconds: float) -> None:
        self.calm = False
        self.night.step_clock(seconds)

    @rule(trusted=st.booleans())
    def trust_in_the_clock_changes(self, trusted: bool) -> None:
        self.calm = self.calm and trusted
        self.night.trust(trusted)

    @rule()
    def the_clock_is_synchronised(self) -> None:
        self.night.clock_is_synchronised()

    # ---- ends and beginnings

    @rule(after=st.sampled_from([0.5, 10.0, 1900.0]), clean=st.booleans())
    def the_agent_is_restarted(self, after: float, clean: bool) -> None:
        self.night.restart(after, clean)

    @rule(after=st.sampled_from([20.0, 300.0, 4000.0, 100000.0]), trusted=st.booleans())
    def power_is_cut(self, after: float, trusted: bool) -> None:
        self.calm = self.calm and trusted
        self.night.power_cut(after, trusted)

    @rule(spared=often)
    def the_store_is_lost(self, spared: bool) -> None:
        if not spared:
            self.night.restart(store="lost")
            self.since = self.night.true

    # ---- people

    @rule(order=orders, lasts=st.sampled_from([-60.0, 600.0, 100000.0]))
    def a_command_comes(self, order: AnyOrder, lasts: float) -> None:
        if isinstance(order, SetSchedule):
            self.since = self.night.true + WINDOW
        self.night.command(order, lasts=lasts)

    @rule(begins=st.floats(0, 7200), lasts=st.floats(1, 20000))
    def a_pause_is_planned(self, begins: float, lasts: float) -> None:
        start = self.night.now.utc + begins
        self.night.command(Pause(start=at(start), end=at(start + lasts)))

    @rule()
    def an_alarm_is_acknowledged(self) -> None:
        for alarm in list(self.night.state.alarms.values()):
            self.night.command(Acknowledge(alarm.id))

    @rule(number=st.integers(0, 3))
    def a_command_comes_again(self, number: int) -> None:
        self.night.command(RestartCamera(), id=f"again-{number}")

    @rule(late=st.booleans())
    def consent_is_withdrawn(self, late: bool) -> None:
        if late:
            self.night.command(WithdrawConsent(), lasts=-86400)
        else:
            self.night.post(ev.ConsentWithdrawn("the person"))

    @rule(blind=st.booleans())
    def consent_is_given(self, blind: bool) -> None:
        self.night.grant(blind_test=blind)

    @rule(locked=st.booleans())
    def the_privacy_switch_is_turned(self, locked: bool) -> None:
        self.night.post(ev.PrivacySwitchTurned(locked))

    # ---- the network

    @rule(targets_answer=st.booleans())
    def the_broker_is_lost(self, targets_answer: bool) -> None:
        self.night.disconnect(targets_answer)

    @rule(acknowledges=st.booleans())
    def the_broker_is_back(self, acknowledges: bool) -> None:
        self.night.acknowledges = acknowledges
        self.night.connect()

    @rule(reason=st.sampled_from([0, 16, 0x87]))
    def the_broker_answers_for_some_message(self, reason: int) -> None:
        message = max(self.night.promises.messages, default="none")
        self.night.post(ev.Published(message, reason))

    @rule(which=st.integers(-4, -1))
    def the_broker_still_tells_an_old_word(self, which: int) -> None:
        told = [fact for _, fact in self.night.heard if isinstance(fact, Alarm | Fault)]
        if len(told) >= -which and not self._was_emptied(told[which]):
            self.night.post(ev.StillTold(told[which]))

    def _was_emptied(self, word: Alarm | Fault) -> bool:
        """Once `cleared` has arrived the broker holds nothing of an alarm any more."""
        if not isinstance(word, Alarm) or self.night.promises.alarms.get(word.alarm) != "cleared":
            return False
        return f"over {word.alarm}" not in self.night.core.state.latest

    @rule()
    def garbage_comes(self) -> None:
        self.night.post(ev.CommandUnreadable("pause", "not JSON"))

    @rule(failing=st.booleans())
    def the_disk_fills_or_empties(self, failing: bool) -> None:
        self.night.post(ev.StoreFailed("disk full") if failing else ev.StoreRecovered())

    # ---- and then it is quiet

    def teardown(self) -> None:
        if not hasattr(self, "night") or not self.night.promises.kept:
            return  # a promise was broken on the way: that is the failure to be shown
        night = self.night
        night.clock_is_synchronised()
        night.connect()
        night.relays_work = dict.fromkeys(night.relays_work, True)
        begin = night.true
        night.sees().wait(DAY + WINDOW)
        self._nothing_hangs()
        self._everything_agreed_was_answered(begin)

    def _nothing_hangs(self) -> None:
        state = self.night.state
        assert state.check is None or self.night.true - state.check.start < WINDOW
        assert state.camera.ladder is None
        assert state.uplink.step == "watching" or not state.uplink.connected
        assert all(deadline > self.night.now.boot for deadline in self.night.promises.open.values())
        assert state.camera.open_look in (None, *self.night.promises.open)

    def _everything_agreed_was_answered(self, quiet_since: float) -> None:
        """In a run whose clock was right all the time: every slot. Else those of the quiet day at its end."""
        night, state = self.night, self.night.state
        times = night.policy.times if state.times is None else state.times
        begin = self.since if self.calm else quiet_since
        asked = slots(times, night.policy.timezone, begin, night.true - WINDOW)
        answered = {answer.check for answer in night.said(Answer)}
        assert {slot.id for slot in asked} <= answered


TestNights = Nights.TestCase
TestNights.settings = settings(  # a broken night can be read as it is; shrinking it would take minutes
    stateful_step_count=40, phases=[Phase.explicit, Phase.reuse, Phase.generate], report_multiple_bugs=False
)
