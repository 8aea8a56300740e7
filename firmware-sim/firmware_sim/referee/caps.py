"""Promise 1: windows and unlocked minutes a day stay within the caps of the local configuration."""

from collections import defaultdict
from collections.abc import Iterator

from firmware_sim.referee.evidence import Evidence
from firmware_sim.referee.lock import TEST_MINUTES
from firmware_sim.referee.violation import Judgement, Violation

BEFORE_ALL = float("-inf")


def windows_stay_within_the_caps(night: Evidence) -> Iterator[Violation]:
    """By local day of the device's clock. A device that lost its memory counts anew."""
    limits, length = night.policy.limits, night.policy.check.window_minutes
    used: dict[tuple[str, float], dict[str, float]] = defaultdict(dict)
    for look in night.looks:
        check = look.check.partition("+")[0]
        if check == "blind-test":
            continue
        day = night.scenario.night.local(night.elapsed(night.clock.shown(look.asked))).date().isoformat()
        memory = max((at for at in night.losses if at <= look.asked), default=BEFORE_ALL)
        minutes = _test_minutes(night, check) if check.startswith("test-") else length
        windows = used[day, memory]
        if check not in windows:
            windows[check] = minutes
            if len(windows) > limits.windows_per_day:
                yield Violation(look.asked, 1, f"window {len(windows)} of {day} opened: {check}")
            if sum(windows.values()) > limits.unlocked_minutes_per_day:
                yield Violation(look.asked, 1, f"{sum(windows.values()):.0f} minutes of {day} were unlocked")


def _test_minutes(night: Evidence, check: str) -> float:
    command = check.removeprefix("test-")
    asked = (order.asks for order in night.orders if order.id == command)
    return float(next(asked, {}).get("minutes", TEST_MINUTES))


JUDGEMENTS: tuple[Judgement, ...] = (windows_stay_within_the_caps,)
