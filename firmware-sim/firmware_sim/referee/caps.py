"""Promise 1: windows and unlocked minutes a day stay within the caps of the local configuration."""

from collections import defaultdict
from collections.abc import Iterator

from firmware_sim.referee.evidence import Evidence, Look
from firmware_sim.referee.lock import TEST_MINUTES
from firmware_sim.referee.violation import Judgement, Violation


def windows_stay_within_the_caps(night: Evidence) -> Iterator[Violation]:
    """By local day of the device's clock when a window opens. A device that lost its memory counts anew."""
    limits, length = night.policy.limits, night.policy.check.window_minutes
    known: set[tuple[str, float]] = set()
    used: dict[tuple[str, float], list[float]] = defaultdict(list)
    for look in night.looks:
        check = look.check.partition("+")[0]
        memory = night.remembers_since(look.asked)
        if check == "blind-test" or (check, memory) in known:
            continue
        known.add((check, memory))
        day = _local_day(night, _opened(night, look))
        minutes = used[day, memory]
        minutes.append(_test_minutes(night, check) if check.startswith("test-") else length)
        if len(minutes) > limits.windows_per_day:
            yield Violation(look.asked, 1, f"window {len(minutes)} of {day} opened: {check}")
        if sum(minutes) > limits.unlocked_minutes_per_day:
            yield Violation(look.asked, 1, f"{sum(minutes):.0f} minutes of {day} were unlocked")


def _opened(night: Evidence, look: Look) -> float:
    """When the window of this look opened: as soon as a process ran in it, even if it looked only later."""
    window = night.window(look.check)
    if window is None:
        return look.asked
    return next((since for since, _ in night.off.rest_of(night.begins(window), look.asked)), look.asked)


def _local_day(night: Evidence, moment: float) -> str:
    shown = night.elapsed(night.clock.shown(moment))
    return night.scenario.night.local(shown).date().isoformat()


def _test_minutes(night: Evidence, check: str) -> float:
    command = check.removeprefix("test-")
    asked = (order.asks for order in night.orders if order.id == command)
    return float(next(asked, {}).get("minutes", TEST_MINUTES))


JUDGEMENTS: tuple[Judgement, ...] = (windows_stay_within_the_caps,)
