"""Promise 5: power is cut as a person would, within the caps, with growing gaps, and for a fault that it mends."""

from collections.abc import Iterator
from itertools import pairwise

from firmware_sim.referee.evidence import LONGEST_PULSE, Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.spells import Spells
from firmware_sim.windows import MINUTE
from firmware_sim.world.record import Part, Seen

SHORTEST_PULSE = 1.0
DUST = 0.05
DAY = 86400.0
SWITCHED: tuple[Part, ...] = ("relay.camera", "relay.router", "usb")
OF_THE_CAMERA: tuple[Part, ...] = ("relay.camera", "usb")
GAPS_MINUTES = (30, 120, 360)
"""Least time after the first, second, third restart of the router in a day."""
PROBE_TAKES = 6.0
AT_ONCE = 2.0
LADDER_REMEMBERS = 15 * MINUTE
"""How long after what it saw a mending may still cut the power."""
MENDED_BY_POWER = ("stalled", "hung", "unreadable", "busy", "gone")
NOT_MENDED_BY_POWER = ("covered", "moved", "dark")


def power_is_always_restored(night: Evidence) -> Iterator[Violation]:
    """After 1 to 60 seconds, and at once when the agent dies; unless the contacts themselves do not move."""
    for part in SWITCHED:
        for seen, following in pairwise([*night.states(part), Seen(night.end, part, "end")]):
            seconds = following.at - seen.at
            if seen.state != "off" or night.told_in_vain(part, "on", seen.at, following.at + DUST):
                continue
            if seconds > LONGEST_PULSE + DUST:
                yield Violation(seen.at, 5, f"{part} stayed off for {seconds:.0f} s")
            if _was_off_without_agent(night, seen.at, following.at):
                yield Violation(seen.at, 5, f"{part} was off while no agent ran")
            late = night.told_to_cut(part, seen.at)
            killed = _a_process_ended(night, seen.at, following.at + DUST)
            if seconds < SHORTEST_PULSE - DUST and following.state == "on" and not killed and not late:
                yield Violation(seen.at, 5, f"{part} was off for {seconds:.2f} s only")


def _a_process_ended(night: Evidence, begin: float, end: float) -> bool:
    """If only to begin again in the same instant."""
    return any(seen.state == "down" and begin <= seen.at <= end for seen in night.states("device"))


def _was_off_without_agent(night: Evidence, begin: float, end: float) -> bool:
    without = night.off.between(begin, end)
    return any(min(until, end) - max(since, begin) > DUST for since, until in without)


# ---- the camera


def camera_restarts_stay_within_the_cap(night: Evidence) -> Iterator[Violation]:
    """Cutting the power of a camera whose worker cannot be ended is no restart: the cap does not hold there."""
    cap = night.policy.limits.camera_restarts_per_day
    restarts = _restarts_of_the_camera(night)
    for index, at in enumerate(restarts):
        if len(_counted(night, restarts[:index], at)) >= cap:
            yield Violation(at, 5, f"the camera was restarted more than {cap} times in a day")


def _restarts_of_the_camera(night: Evidence) -> list[float]:
    """When its power was cut for any other reason than a worker that is stuck."""
    stuck = [glimpse.at for glimpse in night.record.glimpses if glimpse.said == "stuck"]
    by_relay, by_port = (
        [seen.at for seen in night.states(part) if seen.state == "off"] for part in OF_THE_CAMERA
    )
    wanted = [at for at in by_relay if not _take(night, stuck, at) and not _cut_late_for(night, stuck, at)]
    return sorted([*wanted, *by_port])


def _counted(night: Evidence, earlier: list[float], at: float) -> list[float]:
    """Those of the last 24 hours, as the device counts, which a lost store makes forget."""
    since = night.remembers_since(at)
    return [cut for cut in earlier if cut > since and night.counted_time.most(cut, at) < DAY]


def _cut_late_for(night: Evidence, stuck: list[float], at: float) -> bool:
    """The relay was told to end what a stuck worker held open, and its contacts moved later."""
    given_up = any(at - LONGEST_PULSE - AT_ONCE <= moment <= at for moment in stuck)
    return given_up and bool(night.told_to_cut("relay.camera", at))


def camera_restarts_have_a_reason(night: Evidence) -> Iterator[Violation]:
    """A camera that is gone, stalled, frozen or unreadable, or a command. Never one that is covered or moved.

    Contacts that moved late had their reason when they were told to.
    """
    ordered = [order.at for order in night.orders if order.name == "restart-camera" and order.counts]
    for part in OF_THE_CAMERA:
        for cut in (seen.at for seen in night.states(part) if seen.state == "off"):
            told = [cut, *night.told_to_cut(part, cut)]
            if not any(_camera_may_be_cut(night, part, ordered, at) for at in told):
                yield Violation(cut, 5, f"{part} was cut although nothing was wrong that it mends")


def _camera_may_be_cut(night: Evidence, part: Part, ordered: list[float], at: float) -> bool:
    by_command = part == "relay.camera" and _take(night, ordered, at)
    return by_command or _camera_ails(night, at)


def _take(night: Evidence, moments: list[float], at: float) -> bool:
    """One command, or one worker that is stuck, explains one pulse."""
    for moment in moments:
        if moment - DUST <= at <= moment + AT_ONCE + night.slowness(moment, at):
            moments.remove(moment)
            return True
    return False


def _camera_ails(night: Evidence, at: float) -> bool:
    begin = at - LADDER_REMEMBERS
    if night.spells("node", "gone").touch(begin, at):
        return True
    for look in reversed(night.looks):
        for word in look.words:
            if not begin <= word.at <= at:
                continue
            curable = word.said == "failed" and word.reasons and word.reasons[0] in MENDED_BY_POWER
            unfit = word.said == "camera_fault" and not set(word.reasons) & set(NOT_MENDED_BY_POWER)
            if curable or unfit or word.said == "stuck":
                return True
    return False


# ---- the router


def router_restarts_have_a_reason(night: Evidence) -> Iterator[Violation]:
    """Only after all was out of reach for long while the agent watched, or on a command. Never for a broker."""
    patience = night.policy.recovery.uplink_down_minutes * MINUTE - PROBE_TAKES
    down = _as_it_was_probed(night, night.spells("router", "down") | night.spells("internet", "down"))
    ordered = [order.at for order in night.orders if order.name == "restart-router" and order.counts]
    for at in _router_cuts(night):
        late = night.told_to_cut("relay.router", at)
        if not _take(night, ordered, at) and not late and not _was_down_for(night, down, at, patience):
            yield Violation(at, 5, "the router was restarted although the internet was not out of reach")


def _as_it_was_probed(night: Evidence, down: Spells) -> Spells:
    """What came back for less than the time between two probes was never seen to be back."""
    between = night.policy.recovery.probe_every_seconds
    spells = list(down)
    gaps = [(one[1], other[0]) for one, other in pairwise(spells) if other[0] - one[1] < between]
    return Spells([*spells, *gaps])


def _was_down_for(night: Evidence, down: Spells, at: float, patience: float) -> bool:
    """Until it was probed last: the cut waits for the probe, and for a slow disk."""
    probed = at - PROBE_TAKES - night.slowness(at - PROBE_TAKES, at)
    watching_since = max((start for start in night.starts if start <= at), default=0.0)
    return any(max(since, watching_since) + patience <= at for since, _ in down.between(probed, at))


def _router_cuts(night: Evidence) -> list[float]:
    return [seen.at for seen in night.states("relay.router") if seen.state == "off"]


def router_restarts_stay_within_the_cap(night: Evidence) -> Iterator[Violation]:
    """At most so many in any 24 hours, and those that no command asked for with growing gaps."""
    cap = night.policy.limits.router_restarts_per_day
    ordered = [order.at for order in night.orders if order.name == "restart-router" and order.counts]
    cuts = _router_cuts(night)
    for index, at in enumerate(cuts):
        used = _counted(night, cuts[:index], at)
        if len(used) >= cap:
            yield Violation(at, 5, f"the router was restarted more than {cap} times in a day")
        elif used and not _take(night, ordered, at) and _is_too_soon(night, used, at):
            moved_late = any(_take(night, ordered, told) for told in night.told_to_cut("relay.router", at))
            if not moved_late:
                yield Violation(at, 5, f"the router was restarted again after {at - used[-1]:.0f} s")


def _is_too_soon(night: Evidence, used: list[float], at: float) -> bool:
    gap = GAPS_MINUTES[min(len(used), len(GAPS_MINUTES)) - 1] * MINUTE
    return night.counted_time.most(_decided(night, used[-1]), at) < gap - 1.0


def _decided(night: Evidence, cut: float) -> float:
    """When a restart was decided, at the earliest: it was stored first, and its contacts may have moved late."""
    return min([cut, *night.told_to_cut("relay.router", cut)]) - night.commit_seconds(cut)


JUDGEMENTS: tuple[Judgement, ...] = (
    power_is_always_restored,
    camera_restarts_stay_within_the_cap,
    camera_restarts_have_a_reason,
    router_restarts_have_a_reason,
    router_restarts_stay_within_the_cap,
)
