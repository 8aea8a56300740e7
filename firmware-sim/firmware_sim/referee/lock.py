"""Promise 1: the camera is locked outside the window."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from firmware_sim.referee.commands import answer_is_due
from firmware_sim.referee.evidence import LONGEST_PULSE, Evidence, Look
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.seen_clock import NOTICED_WITHIN
from firmware_sim.spells import Spell, Spells, overlap
from firmware_sim.windows import MINUTE, first_instant

CLOSE_WITHIN = 1.0
DUST = 0.05
JUST_BEFORE = 0.01
"""What happens in one instant happens in some order: a clock may step just after it was read."""
HALF_A_SECOND = 0.5
COMMITS_BEFORE = 3
"""What locks the camera is heard after the commit that is under way, and what waited before it: a look's words."""
COMMITS_BEFORE_STUCK = 6
"""The one under way, and a clock's step noticed with it; what locks the camera; that the look has begun, how it
failed, and that its worker cannot be ended."""
STUCK_WITHIN = 5.0
"""A worker that SIGKILL does not end is given up after this long; then the camera's power is cut."""
BLIND_TEST_SECONDS = 30.0
BLIND_TEST_LATE = 600.0 + 90.0
"""A blind test may be made up for, and be followed by a second opinion, within this long."""
TEST_MINUTES = 5
LAMP_LINGERS = 60.0
OF_THE_PLUG = ("camera plugged", "camera unplugged")


def camera_opens_only_in_a_window(night: Evidence) -> Iterator[Violation]:
    """Every moment of an open camera lies in the window of the very check that it was opened for."""
    for begin, end in night.spells("camera", "open"):
        look = night.look_on(begin)
        asked = look.asked if look is not None and begin - look.asked < NOTICED_WITHIN else begin
        windows = _windows_for(night, look, begin)
        if _held_by_a_driver(night, look, (begin, end), end) and any(
            _lies_in(night, (asked, begin + 2 * DUST), x) for x in windows
        ):
            continue
        begins = (asked, begin)
        if not any(_lies_in(night, (at, end), window) for window in windows for at in begins):
            what = f" (look {look.id})" if look else ""
            yield Violation(begin, 1, f"the camera was open outside every agreed window{what}")


def _windows_for(night: Evidence, look: Look | None, begin: float) -> list[Spell]:
    """By the device's clock in UTC seconds, when this look may hold the camera open."""
    if look is None:
        return [(window.start, window.end) for window in night.windows]
    if look.check == "blind-test":
        return _blind_test_windows(night, look.asked)
    if look.check.startswith("test-"):
        return _test_windows(night, look.check.removeprefix("test-"), begin)
    window = night.window(look.check.partition("+")[0])
    return [(window.start, window.end)] if window and _is_agreed(night, window.check) else []


def _is_agreed(night: Evidence, check: str) -> bool:
    """By the configuration, by a command that was answered, or by one of which the answer could not be heard."""
    time_of_day = check.partition("T")[2]
    return time_of_day in night.agreed_times or any(
        time_of_day in order.asks.get("times", ()) and answer_is_due(night, order) > night.end
        for order in night.orders
        if order.counts
    )


def _lies_in(night: Evidence, spell: Spell, window: Spell) -> bool:
    """By the device's clock when it was decided to look."""
    begin, end = spell
    return any(_stays_in(night, moment, end, window) for moment in _decided_at(night, begin))


def _decided_at(night: Evidence, done: float) -> list[float]:
    """When it may have been decided to do this: before a slow disk was told so, or had stored it."""
    earliest = done - night.commit_seconds(done)
    commits = [seen.at for seen in night.states("disk") if earliest <= seen.at < done]
    return [done, done - JUST_BEFORE, *commits]


def _stays_in(night: Evidence, begin: float, end: float, window: Spell) -> bool:
    """A step of the clock must have been noticed after half a minute."""
    steps = [at for at in night.clock.changes if begin < at < end]
    noticed = [at + NOTICED_WITHIN for at in steps if at + NOTICED_WITHIN < end]
    noticed = [
        moment for moment in noticed if not any(moment - NOTICED_WITHIN < at <= moment for at in steps)
    ]
    moments = [begin, *noticed]
    if not steps or end > steps[-1] + NOTICED_WITHIN:
        moments.append(end - DUST)
    return all(window[0] - DUST <= night.clock.shown(moment) < window[1] for moment in moments)


def _test_windows(night: Evidence, command: str, begin: float) -> list[Spell]:
    """A window of its own from when the command was first heard, as long as it asked for."""
    found = []
    for order in night.orders:
        if order.id == command and order.name == "test-check" and order.counts and order.at <= begin:
            late = night.slowness(order.at, begin)
            heard = [order.at, *(at for at in night.clock.changes if order.at < at <= begin and late)]
            lasts = order.asks.get("minutes", TEST_MINUTES) * MINUTE + late
            found += [(opened, opened + lasts) for opened in map(night.clock.shown, heard)]
    return found


def _blind_test_windows(night: Evidence, asked: float) -> list[Spell]:
    """At the configured times of day, for some seconds, if the consent names it."""
    if not any(night.may_consent_to_blind_tests(at) for at in (asked - DUST, asked)):
        return []
    return [
        (slot, shown + BLIND_TEST_SECONDS)
        for shown in map(night.clock.shown, _decided_at(night, asked))
        for slot in _blind_test_slots(night, shown)
        if slot - DUST <= shown <= slot + BLIND_TEST_LATE
    ]


def _blind_test_slots(night: Evidence, shown: float) -> Iterator[float]:
    """The configured times of the day that the clock showed, and of the day before, UTC seconds."""
    today = night.scenario.night.local(night.elapsed(shown)).date()
    for day in (today - timedelta(days=1), today):
        for text in night.policy.blind_test_times:
            yield first_instant(datetime.combine(day, time.fromisoformat(text)), night.scenario.night.zone)


def nothing_locks_an_open_camera(night: Evidence) -> Iterator[Violation]:
    """Consent, privacy switch and clock: what locks the camera closes it at once, and keeps it closed."""
    for begin, end in night.spells("camera", "open"):
        look = night.look_on(begin)
        asked = min(begin, look.asked) if look else begin
        for why, within, locks in _locks(night):
            for locked in locks.between(begin, end):
                patience = night.commit_seconds(locked[0]) * COMMITS_BEFORE
                patience += HALF_A_SECOND if patience else 0.0
                since = asked if within > CLOSE_WITHIN or patience else begin
                begun_before = since <= locked[0] + patience
                forbidden = (locked[0] + within + patience if begun_before else locked[0], locked[1])
                held_fast = begun_before and _held_by_a_driver(night, look, (begin, end), forbidden[0])
                lasts = forbidden[0] < forbidden[1]
                if lasts and overlap((begin + DUST, end), forbidden) and not held_fast:
                    yield Violation(max(begin, locked[0]), 1, f"the camera was open although {why}")


def _locks(night: Evidence) -> Iterator[tuple[str, float, Spells]]:
    """What keeps the camera shut: why, how soon an open one must be closed, and when."""
    by_consent = night.locked_by_consent
    yield "the privacy switch locks it", CLOSE_WITHIN, night.spells("switch", "locked")
    yield "the clock is not trusted", NOTICED_WITHIN, night.clock.untrusted
    yield "consent was withdrawn", CLOSE_WITHIN, by_consent["withdrawn"]
    yield "consent was never given", 0.0, by_consent["none"]
    yield "the device's memory was lost", CLOSE_WITHIN, by_consent["lost"]
    yield "the agent does not run", CLOSE_WITHIN, night.off


def _held_by_a_driver(night: Evidence, look: Look | None, spell: Spell, due: float) -> bool:
    """The worker could not be ended; its camera's power was cut as soon as that was clear, if the relay moved.

    due: when the camera had to be closed; soon after that it must be clear.
    On a slow disk that is when it was counted: no power is cut before. It may lose its power before it is clear.
    """
    stuck = [word.at for word in look.words if word.said == "stuck"] if look else []
    if not stuck and spell[1] <= due + STUCK_WITHIN:
        return _is_stuck(night, spell[1]) and _loses_its_power(night, spell)
    return any(_held_since(night, at, spell[1]) for at in stuck if at <= due + STUCK_WITHIN)


def _loses_its_power(night: Evidence, spell: Spell) -> bool:
    """With the whole device, or since somebody unplugs it."""
    unplugged = any(
        seen.state == "camera unplugged" and abs(seen.at - spell[1]) < DUST for seen in night.states("fault")
    )
    return unplugged or not night.ran_throughout(spell[0], spell[1] + DUST)


def _held_since(night: Evidence, stuck_at: float, closed_at: float) -> bool:
    by = stuck_at + CLOSE_WITHIN + COMMITS_BEFORE_STUCK * night.commit_seconds(stuck_at)
    return closed_at <= by or bool(night.told_in_vain("relay.camera", "off", stuck_at - LONGEST_PULSE, by))


def _is_stuck(night: Evidence, at: float) -> bool:
    """The last that ailed the camera by this moment is that its driver hangs; pulling its plug may have mended it.

    Putting in a plug that was in its place does nothing.
    """
    befell = [seen for seen in night.states("fault") if seen.at < at and seen.state.startswith("camera ")]
    ills = [place for place, seen in enumerate(befell) if seen.state not in OF_THE_PLUG]
    if not ills or befell[ills[-1]].state != "camera stuck":
        return False
    unplugged = any(seen.state == "camera unplugged" for seen in befell[ills[-1] :])
    return not unplugged or befell[ills[-1]].detail == "nothing"


def lamp_tells_whether_the_camera_is_open(night: Evidence) -> Iterator[Violation]:
    """Lit while it is open; a lamp that is lit for long without a camera tells nothing.

    It goes out when the closing is counted: on a slow disk after the commands that came before.
    """
    lit, opened = night.spells("lamp", "lit"), night.spells("camera", "open")
    for begin, end in opened:
        on = lit.at(min(begin + DUST, (begin + end) / 2))
        if on is None or on[1] < end - DUST:
            yield Violation(begin, 1, "the camera was open while the lamp was dark")
    for spell in lit:
        for since, until in opened.rest_of(*spell):
            lingers = LAMP_LINGERS + night.slowness(since, until)
            if until - since > lingers and night.ran_throughout(since, until):
                yield Violation(since, 1, "the lamp was lit, but the camera was not open")


JUDGEMENTS: tuple[Judgement, ...] = (
    camera_opens_only_in_a_window,
    nothing_locks_an_open_camera,
    lamp_tells_whether_the_camera_is_open,
)
