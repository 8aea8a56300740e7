"""The observer: judges a night by the five promises, from what the world saw and from nothing of the agent's own.

Each judgement is a function from a Sight to the violations that it found; JUDGEMENTS lists them all.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

from firmware_sim.letters import Letter, named
from firmware_sim.scenario import Scenario
from firmware_sim.sight import Sight, Spell, overlap
from firmware_sim.windows import MINUTE, AgreedWindow
from firmware_sim.world.record import Part, Record, Seen

CLOSE_WITHIN = 1.0
CLOCK_NOTICED_WITHIN = 31.0
DUST = 0.05
ARRIVE_WITHIN = 60.0
RETURN_WITHIN = 3600.0
LONGEST_PULSE = 60.0
BLIND_TEST_SECONDS = 30.0
SWITCHED: tuple[Part, ...] = ("relay.camera", "relay.router", "usb")
LONGEST_TEST = 1800.0
DAY = 86400.0
STALE_HEARTBEAT = 600.0
WITHOUT_ALARM = ("missed(no_consent)", "missed(consent_withdrawn)", "in_bed", "paused")


class Violation(msgspec.Struct, frozen=True):
    """A promise that was broken. at: elapsed seconds; promise: 1 to 5 as in the design."""

    at: float
    promise: int
    text: str


Judgement = Callable[[Sight], Iterator[Violation]]


def judge(scenario: Scenario, record: Record) -> list[Violation]:
    """All violations of a night, in the order of time."""
    sight = Sight(scenario, record)
    found = [violation for judgement in JUDGEMENTS for violation in judgement(sight)]
    return sorted(found, key=lambda violation: (violation.at, violation.promise))


# ---- promise 1: locked outside the window


def camera_opens_only_when_allowed(sight: Sight) -> Iterator[Violation]:
    """Every moment of an open camera lies in an agreed, a test or a blind test's window, and nothing locks it."""
    tests = _test_windows(sight)
    for spell in sight.spells("camera", "open"):
        if not _in_window(sight, spell, tests):
            yield Violation(spell[0], 1, "the camera was open outside every agreed window")
        for why, within, locked in _locks(sight):
            begun_before = spell[0] <= locked[0] and spell[1] <= locked[0] + within
            if overlap((spell[0] + DUST, spell[1]), locked) and not begun_before:
                yield Violation(max(spell[0], locked[0]), 1, f"the camera was open although {why}")


def _in_window(sight: Sight, spell: Spell, tests: list[Spell]) -> bool:
    if any(begin <= spell[0] and spell[1] <= end for begin, end in tests):
        return True
    late = CLOCK_NOTICED_WITHIN
    steps = [at for at in sight.clock_changes if spell[0] < at < spell[1]]
    noticed = [at + late for at in steps if at + late < spell[1]]
    end = [] if steps and spell[1] <= steps[-1] + late else [spell[1] - DUST]
    return all(_agreed(sight, moment) for moment in (spell[0], *noticed, *end))


def _agreed(sight: Sight, moment: float) -> bool:
    utc = sight.device_utc(moment)
    return any(window.start - DUST <= utc < window.end for window in sight.windows)


def _locks(sight: Sight) -> Iterator[tuple[str, float, Spell]]:
    """What keeps the camera shut: why, how soon an open one must be closed, and from when to when."""
    for spell in sight.spells("switch", "locked"):
        yield "the privacy switch locks it", CLOSE_WITHIN, spell
    for spell in sight.spells("clock", "untrusted"):
        yield "the clock is not trusted", CLOCK_NOTICED_WITHIN, spell
    for spell in sight.spells("consent", "withdrawn"):
        yield "consent was withdrawn", CLOSE_WITHIN, spell
    for spell in sight.spells("consent", "lost"):
        yield "the device's memory was lost", CLOSE_WITHIN, spell
    for letter in sight.letters.of("consent"):
        if letter.data["state"] == "withdrawn":
            said = sight.when_said(letter)
            yield "consent was withdrawn", CLOSE_WITHIN, (said, _given_anew(sight, said))
    given = sight.states("consent")
    yield "consent was never given", 0.0, (0.0, given[0].at if given else sight.end)


def _given_anew(sight: Sight, after: float) -> float:
    return next(
        (seen.at for seen in sight.states("consent") if seen.state == "given" and seen.at > after), sight.end
    )


def _test_windows(sight: Sight) -> list[Spell]:
    found = [
        (said - CLOSE_WITHIN, said + LONGEST_TEST)
        for letter in sight.letters.of("reply")
        if letter.data["name"] == "test-check" and letter.data["outcome"] == "done"
        for said in [sight.when_said(letter)]
    ]
    for spell in sight.spells("camera", "open") if sight.scenario.policy.blind_test_times else []:
        clock = sight.scenario.night.local(spell[0]).strftime("%H:%M")
        minute_before = sight.scenario.night.local(spell[0] - MINUTE).strftime("%H:%M")
        if {clock, minute_before} & set(sight.scenario.policy.blind_test_times):
            found.append((spell[0], spell[0] + BLIND_TEST_SECONDS))
    return found


def lamp_is_lit_while_the_camera_is_open(sight: Sight) -> Iterator[Violation]:
    lit = sight.spells("lamp", "lit")
    for begin, end in sight.spells("camera", "open"):
        if not any(on <= begin + DUST and end - DUST <= off for on, off in lit):
            yield Violation(begin, 1, "the camera was open while the lamp was dark")


# ---- promise 2: exactly one answer


def each_check_has_one_answer(sight: Sight) -> Iterator[Violation]:
    """Never two answers; one to each agreed check, in its window or, after an absence, within an hour."""
    by_check: dict[str, list[Letter]] = {}
    for letter in sight.letters.of("check"):
        by_check.setdefault(letter.data["check"], []).append(letter)
    for check, letters in by_check.items():
        if sum(letter.durable for letter in letters) > 1:
            told = " and ".join(named(x.data["status"], x.data["reason"]) for x in letters)
            yield Violation(letters[1].at, 2, f"check {check} was answered {len(letters)} times: {told}")
    for window in sight.windows:
        if _was_agreed(sight, window):
            yield from _answered_in_time(sight, window, by_check.get(window.check, [])[:1])


def _was_agreed(sight: Sight, window: AgreedWindow) -> bool:
    given = sight.states("consent")
    return bool(given) and given[0].at < sight.elapsed(window.start)


def _answered_in_time(sight: Sight, window: AgreedWindow, answer: list[Letter]) -> Iterator[Violation]:
    """By a clock that is behind, the window ends later."""
    begin, end = sight.elapsed(window.start), sight.elapsed(window.end)
    end += max(0.0, -sight.clock_error(end))
    due = end + ARRIVE_WITHIN
    undisturbed = sight.heard_throughout(begin, due) and sight.clock_was_right(begin, due)
    if answer and not sight.clock_was_right(answer[0].at - 1, answer[0].at):
        undisturbed = False  # answered in another time than the true one
    if not undisturbed:
        due = _heard_again(sight, end) + RETURN_WITHIN
    if answer:
        if answer[0].at > due:
            yield Violation(due, 2, f"the answer to {window.check} came {answer[0].at - due:.0f} s too late")
        said = answer[0].said_at
        if undisturbed and said is not None and said > window.end:
            yield Violation(end, 2, f"check {window.check} was decided after its window's end")
    elif due <= sight.end:
        yield Violation(due, 2, f"check {window.check} was never answered")


def _heard_again(sight: Sight, after: float) -> float:
    """When the device ran, heard the broker and knew the time again, at or after this instant."""
    moment = after
    hindrances = [*sight.deaf_spells(), *sight.spells("clock", "untrusted")]
    for begin, end in sorted(hindrances):
        if begin <= moment + ARRIVE_WITHIN:
            moment = max(moment, end)
    return moment


def an_empty_bed_is_never_in_bed(sight: Sight) -> Iterator[Violation]:
    """The worst error: `in_bed` although nobody was in the bed from the window's beginning to the answer."""
    away = sight.spells("person", "away")
    for letter in sight.letters.of("check"):
        if letter.data["status"] == "in_bed" and letter.said_at is not None:
            window = next((w for w in sight.windows if w.check == letter.data["check"]), None)
            answered = sight.elapsed(letter.said_at)
            if window and not sight.clock_was_right(sight.elapsed(window.start), answered):
                continue
            if window and any(on <= sight.elapsed(window.start) and answered <= off for on, off in away):
                yield Violation(answered, 2, f"check {window.check} says in_bed, but the bed was empty")


# ---- promise 4: nothing decided is lost


def messages_agree_with_themselves(sight: Sight) -> Iterator[Violation]:
    for message in sight.letters.contradictions:
        yield Violation(sight.end, 4, f"message {message} came with two different contents")
    for at, topic in sight.letters.unreadable:
        yield Violation(at, 4, f"what came on {topic} is no message")


def alarms_belong_to_answers(sight: Sight) -> Iterator[Violation]:
    """Every answer that needs somebody to act has its alarm, and no other answer has one."""
    answers = sight.letters.of("check")
    alarms = {letter.data["check"]: letter for letter in sight.letters.of("alarm")}
    for answer in answers:
        if answer.data["check"] not in alarms and _needs_alarm(answer) and _time_to_tell(sight, answer):
            told = named(answer.data["status"], answer.data["reason"])
            yield Violation(
                answer.at, 4, f"{answer.data['check']} was answered {told}, but no alarm was raised"
            )
    for check, alarm in alarms.items():
        given = [answer for answer in answers if answer.data["check"] == check]
        if not given and _time_to_tell(sight, alarm):
            yield Violation(alarm.at, 4, f"an alarm was raised for check {check}, which has no answer")
        elif given and not any(_fits(answer, alarm) for answer in given):
            yield Violation(alarm.at, 4, f"alarm {alarm.data['kind']}: the answer to {check} asks for none")


def _needs_alarm(answer: Letter) -> bool:
    told = named(answer.data["status"], answer.data["reason"])
    return answer.data["kind"] != "test" and told not in WITHOUT_ALARM


def _fits(answer: Letter, alarm: Letter) -> bool:
    return bool(answer.data["kind"] != "test" and answer.data["status"] == alarm.data["kind"])


def alarms_are_repeated(sight: Sight) -> Iterator[Violation]:
    """An alarm that nobody acknowledges is sent again, as often as agreed."""
    longest = sight.scenario.policy.check.alarm_repeat_minutes * MINUTE + ARRIVE_WITHIN
    lives: dict[str, list[Letter]] = {}
    for letter in sight.letters.of("alarm"):
        lives.setdefault(letter.data["alarm"], []).append(letter)
    for alarm, life in lives.items():
        moments = [letter.at for letter in life]
        if life[-1].data["state"] == "raised":
            moments.append(sight.end)
        for before, after in pairwise(moments):
            raised = next(x for x in life if x.at == before).data["state"] == "raised"
            if raised and after - before > longest and sight.heard_throughout(before, after):
                yield Violation(before + longest, 4, f"alarm {alarm} was not repeated")


def _time_to_tell(sight: Sight, letter: Letter) -> bool:
    return (
        sight.heard_throughout(letter.at, letter.at + ARRIVE_WITHIN) and letter.at + ARRIVE_WITHIN < sight.end
    )


def heartbeats_tell_of_now(sight: Sight) -> Iterator[Violation]:
    """No heartbeat is sent when it is old, and none counts twice."""
    beats = sight.letters.of("heartbeat")
    for before, after in pairwise(beats):
        forgotten = not before.durable or bool(sight.spells("consent", "lost"))
        if after.data["sequence"] <= before.data["sequence"] and not forgotten:
            yield Violation(
                after.at, 4, f"heartbeat {after.data['sequence']} follows {before.data['sequence']}"
            )
    for beat in beats:
        if beat.said_at is None or not sight.clock_was_right(beat.at - STALE_HEARTBEAT, beat.at):
            continue
        age = beat.at - sight.elapsed(beat.said_at)
        if age > STALE_HEARTBEAT:
            yield Violation(
                beat.at, 4, f"heartbeat {beat.data['sequence']} arrived {age:.0f} s after it was said"
            )


# ---- promise 5: it mends itself, politely


def power_is_always_restored(sight: Sight) -> Iterator[Violation]:
    for part in SWITCHED:
        states = sight.states(part)
        for seen, following in pairwise([*states, Seen(sight.end, part, "end")]):
            if seen.state == "off" and following.at - seen.at > LONGEST_PULSE + DUST:
                yield Violation(seen.at, 5, f"{part} stayed off for {following.at - seen.at:.0f} s")


def restarts_stay_within_caps(sight: Sight) -> Iterator[Violation]:
    limits = sight.scenario.policy.limits
    stuck = any(seen.state == "camera stuck" for seen in sight.states("fault"))
    caps: list[tuple[Part, int]] = [("relay.router", limits.router_restarts_per_day)]
    if not stuck:  # a worker that nothing else ends has its camera's power cut whatever the cap says
        caps.append(("relay.camera", limits.camera_restarts_per_day))
    for part, cap in caps:
        cuts = [seen.at for seen in sight.states(part) if seen.state == "off"]
        for index in range(cap, len(cuts)):
            if cuts[index] - cuts[index - cap] < DAY:
                yield Violation(cuts[index], 5, f"{part} was used more than {cap} times in a day")


def router_restarts_have_a_reason(sight: Sight) -> Iterator[Violation]:
    """The router is restarted only after all was out of reach for long, or on a command. Never for a broker."""
    patience = sight.scenario.policy.recovery.uplink_down_minutes * MINUTE - ARRIVE_WITHIN
    down = sorted([*sight.spells("router", "down"), *sight.spells("internet", "down")])
    ordered = [sent.at for sent in sight.record.commands if sent.name == "restart-router"]
    for seen in sight.states("relay.router"):
        if seen.state != "off":
            continue
        by_command = any(at <= seen.at for at in ordered)
        if not by_command and not any(begin + patience <= seen.at <= end for begin, end in down):
            yield Violation(seen.at, 5, "the router was restarted although the internet was not out of reach")


JUDGEMENTS: tuple[Judgement, ...] = (
    camera_opens_only_when_allowed,
    lamp_is_lit_while_the_camera_is_open,
    each_check_has_one_answer,
    an_empty_bed_is_never_in_bed,
    messages_agree_with_themselves,
    alarms_belong_to_answers,
    alarms_are_repeated,
    heartbeats_tell_of_now,
    power_is_always_restored,
    restarts_stay_within_caps,
    router_restarts_have_a_reason,
)
