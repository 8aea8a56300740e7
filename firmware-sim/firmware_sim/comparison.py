"""Compares what was observed in a night with what its scenario expects, and says every difference in one line."""

from collections.abc import Iterable

from firmware_sim.letters import Letter, Letters, named
from firmware_sim.scenario import Expectation, Scenario
from firmware_sim.world.record import Record

DAY = 86400.0


def differences(scenario: Scenario, record: Record) -> list[str]:
    """One line per difference between expectation and observation; none if all is as expected, or nothing was."""
    if scenario.expect is None:
        return []
    expect, letters = scenario.expect, Letters(record)
    found = [
        *_answers(expect, scenario, letters),
        *_tables("alarm at", expect.alarms, alarms(scenario, letters)),
        *_tables("fault", expect.faults, faults(letters)),
        *_counts(expect, record, letters),
    ]
    if expect.recoveries is not None:
        found += _sequence("recoveries", expect.recoveries, recoveries(letters))
    if expect.consents is not None:
        found += _sequence("consents", expect.consents, [x.data["state"] for x in letters.of("consent")])
    if expect.replies is not None:
        found += _tables("reply to", expect.replies, replies(letters))
    return found


def label(scenario: Scenario, check: str) -> str:
    """A check as scenarios name it: its agreed time, with the date only if the scenario is longer than a day."""
    short = check.partition("T")[2]
    return short if short and scenario.seconds <= DAY and not check.startswith("test-") else check


def answers(scenario: Scenario, letters: Letters) -> dict[str, list[str]]:
    """All answers by check, as `status(reason)`."""
    found: dict[str, list[str]] = {}
    for letter in letters.of("check"):
        check = label(scenario, letter.data["check"])
        found.setdefault(check, []).append(named(letter.data["status"], letter.data["reason"]))
    return found


def alarms(scenario: Scenario, letters: Letters) -> dict[str, str]:
    """By check: `kind: raised, acknowledged, cleared`, repetitions of a state counted as one."""
    lives: dict[tuple[str, str], list[Letter]] = {}
    for letter in letters.of("alarm"):
        lives.setdefault((label(scenario, letter.data["check"]), letter.data["kind"]), []).append(letter)
    return {check: f"{kind}: {_states(life)}" for (check, kind), life in lives.items()}


def faults(letters: Letters) -> dict[str, str]:
    """By kind: its states in order. A life that only denies what an earlier one may have said is none."""
    lives: dict[str, list[Letter]] = {}
    for letter in letters.of("fault"):
        lives.setdefault(letter.data["kind"], []).append(letter)
    states = {kind: _states(life) for kind, life in lives.items()}
    return {kind: life for kind, life in states.items() if life != "cleared"}


def recoveries(letters: Letters) -> list[str]:
    """How each step of mending ended, `target step outcome`."""
    told = (letter.data for letter in letters.of("recovery") if letter.data["outcome"] != "started")
    return [f"{data['target']} {data['step']} {data['outcome']}" for data in told]


def replies(letters: Letters) -> dict[str, str]:
    """By command id: the outcomes in order."""
    lives: dict[str, list[str]] = {}
    for letter in letters.of("reply"):
        lives.setdefault(letter.data["command"], []).append(letter.data["outcome"])
    return {command: ", ".join(_without_repetition(outcomes)) for command, outcomes in lives.items()}


def pulses(record: Record, relay: str) -> int:
    """How often a relay cut the power."""
    return sum(1 for seen in record.seen if seen.part == f"relay.{relay}" and seen.state == "off")


def camera_openings(record: Record) -> int:
    return sum(1 for seen in record.of("camera") if seen.state == "open")


def _answers(expect: Expectation, scenario: Scenario, letters: Letters) -> list[str]:
    observed = answers(scenario, letters)
    found = []
    for check in sorted({*expect.answers, *observed}):
        wanted, got = expect.answers.get(check), observed.get(check, [])
        if wanted is None:
            found.append(f"answer at {check}: {' and '.join(got)}, none was expected")
        elif len(got) != 1 or not _fits(wanted, got[0]):
            found.append(f"answer at {check}: expected {wanted}, observed {' and '.join(got) or 'none'}")
    return found


def _fits(wanted: str, got: str) -> bool:
    return got == wanted if "(" in wanted else got.partition("(")[0] == wanted


def _tables(what: str, wanted: dict[str, str], got: dict[str, str]) -> list[str]:
    return [
        f"{what} {key}: expected {wanted.get(key, 'none')}, observed {got.get(key, 'none')}"
        for key in sorted({*wanted, *got})
        if wanted.get(key) != got.get(key)
    ]


def _sequence(what: str, wanted: Iterable[str], got: Iterable[str]) -> list[str]:
    wanted, got = list(wanted), list(got)
    if wanted == got:
        return []
    return [f"{what}: expected {', '.join(wanted) or 'none'}; observed {', '.join(got) or 'none'}"]


def _counts(expect: Expectation, record: Record, letters: Letters) -> list[str]:
    unreadable = [letter for letter in letters.of("reply") if letter.data["name"] == "unknown"]
    rows: list[tuple[str, int | None, int]] = [
        ("heartbeats", expect.heartbeats, len(letters.of("heartbeat"))),
        ("looks", expect.looks, camera_openings(record)),
        ("camera pulses", expect.camera_pulses, pulses(record, "camera")),
        ("router pulses", expect.router_pulses, pulses(record, "router")),
        ("replies to unreadable commands", expect.unreadable_commands, len(unreadable)),
    ]
    return [
        f"{what}: expected {wanted}, observed {got}"
        for what, wanted, got in rows
        if wanted is not None and wanted != got
    ]


def _states(life: list[Letter]) -> str:
    return ", ".join(_without_repetition(letter.data["state"] for letter in life))


def _without_repetition(states: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for state in states:
        if not kept or kept[-1] != state:
            kept.append(state)
    return kept
