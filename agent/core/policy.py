"""The site's policy: the numbers of the check protocol, of recovery and of the caps, checked as a whole.

Defaults follow the routines that nattro replaces (window 30 min; extension 30 s; new look after 10-15 min,
at most two). All durations are seconds unless the name says otherwise.
"""

from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from agent.core.orders import TimeOfDay

MINUTE = 60.0
STARTING_SECONDS = 5
"""What a worker may take until its camera looks; with less, the last look of a check would not be begun."""

Seconds = Annotated[float, msgspec.Meta(ge=0)]


class PolicyError(ValueError):
    """A policy that cannot be kept; the text says what, where and how to mend it."""


class CheckPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a check is done. Bounds are those of the routines; see the module's text."""

    window_minutes: Annotated[int, msgspec.Meta(ge=5, le=30)] = 30
    look_seconds: Annotated[int, msgspec.Meta(ge=10, le=30)] = 20
    extension_seconds: Annotated[int, msgspec.Meta(ge=0, le=30)] = 30
    further_looks: Annotated[int, msgspec.Meta(ge=0, le=2)] = 2
    further_look_after_minutes: Annotated[int, msgspec.Meta(ge=1, le=15)] = 10
    answer_margin_seconds: Annotated[int, msgspec.Meta(ge=30, le=300)] = 60
    alarm_repeat_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5

    @property
    def window_seconds(self) -> float:
        return self.window_minutes * MINUTE

    @property
    def longest_look(self) -> int:
        return self.look_seconds + self.extension_seconds


class LimitPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Caps that no command exceeds, per local calendar day."""

    windows_per_day: Annotated[int, msgspec.Meta(ge=1, le=24)] = 8
    unlocked_minutes_per_day: Annotated[int, msgspec.Meta(ge=5, le=720)] = 240
    camera_restarts_per_day: Annotated[int, msgspec.Meta(ge=0, le=24)] = 6
    router_restarts_per_day: Annotated[int, msgspec.Meta(ge=0, le=3)] = 3


class RecoveryPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a camera or router is restarted."""

    camera_wait_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
    camera_off_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    camera_boot_seconds: Annotated[int, msgspec.Meta(ge=5, le=300)] = 60
    usb_off_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
    router_off_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    router_boot_seconds: Annotated[int, msgspec.Meta(ge=30, le=600)] = 180
    uplink_down_minutes: Annotated[int, msgspec.Meta(ge=2, le=60)] = 5
    probe_every_seconds: Annotated[int, msgspec.Meta(ge=10, le=600)] = 60


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that the core is configured with.

    times: the agreed times, local, as agreed with the person; timezone: IANA name;
    device: pseudonym, only used to spread the heartbeats over the hour.
    """

    device: str
    timezone: str = "Europe/Stockholm"
    times: tuple[TimeOfDay, ...] = ()
    check: CheckPolicy = msgspec.field(default_factory=CheckPolicy)
    limits: LimitPolicy = msgspec.field(default_factory=LimitPolicy)
    recovery: RecoveryPolicy = msgspec.field(default_factory=RecoveryPolicy)
    heartbeat_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 60
    blind_test_times: tuple[TimeOfDay, ...] = ()


def demand_sense(policy: Policy) -> None:
    """Raise PolicyError unless the policy can be kept: worst case fits, windows apart, caps held."""
    _demand_timezone(policy.timezone)
    _demand_that_the_worst_case_fits(policy.check)
    demand_schedule(policy, policy.times)


def demand_schedule(policy: Policy, times: tuple[str, ...]) -> None:
    """Raise PolicyError unless these agreed times keep their windows apart and stay within the caps."""
    window = policy.check.window_minutes
    if len(times) > policy.limits.windows_per_day:
        raise PolicyError(
            f"{len(times)} agreed times, but limits.windows_per_day is {policy.limits.windows_per_day}: "
            "agree on fewer times, or raise the cap in the local configuration"
        )
    if len(times) * window > policy.limits.unlocked_minutes_per_day:
        raise PolicyError(
            f"{len(times)} windows of {window} min are {len(times) * window} min, but "
            f"limits.unlocked_minutes_per_day is {policy.limits.unlocked_minutes_per_day}"
        )
    minutes = sorted(int(time[:2]) * 60 + int(time[3:]) for time in times)
    for this, following in zip(minutes, [*minutes[1:], minutes[0] + 1440] if minutes else [], strict=True):
        if following - this < window:
            raise PolicyError(
                f"the windows of {_clock(this)} and {_clock(following)} overlap: they are "
                f"{following - this} min apart, a window takes {window}; move one of them"
            )


def _demand_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise PolicyError(
            f"timezone {name!r} is not known; use an IANA name such as Europe/Stockholm"
        ) from error


def _demand_that_the_worst_case_fits(check: CheckPolicy) -> None:
    looks = 1 + check.further_looks
    needed = (
        looks * (check.longest_look + STARTING_SECONDS)
        + check.further_looks * check.further_look_after_minutes * MINUTE
        + check.answer_margin_seconds
    )
    if needed > check.window_seconds:
        raise PolicyError(
            f"the worst case does not fit the window: {looks} looks of {check.look_seconds}+"
            f"{check.extension_seconds} s and {STARTING_SECONDS} s to start, {check.further_looks} waits of "
            f"{check.further_look_after_minutes} min and a margin of {check.answer_margin_seconds} s take "
            f"{needed / MINUTE:.1f} min, the window has {check.window_minutes}; "
            "shorten further_look_after_minutes or take fewer further_looks"
        )


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
