"""Promise 5: mending is always followed by a report of how it went."""

from collections.abc import Iterator
from itertools import pairwise

from firmware_sim.letters import Letter
from firmware_sim.referee.evidence import ARRIVE_WITHIN, Evidence
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.spells import Spell
from firmware_sim.windows import MINUTE
from firmware_sim.world.record import Part

AT_ONCE = 2.0
DUST = 0.01
TARGETS: tuple[tuple[Part, str, str], ...] = (
    ("relay.camera", "camera", "relay"),
    ("usb", "camera", "usb"),
    ("relay.router", "router", "relay"),
)


def mending_is_reported(night: Evidence) -> Iterator[Violation]:
    """That it began, and how it went before anything else is tried or an hour is over."""
    for part, target, step in TARGETS:
        cuts = [seen.at for seen in night.states(part) if seen.state == "off"]
        steps = [
            (night.when_said(letter), letter)
            for letter in night.letters.of("recovery")
            if letter.data["target"] == target
        ]
        for at, following in pairwise([*cuts, night.end]):
            patience = _patience(night, target)
            went_on = max((start for start in night.starts if at < start < at + patience), default=at)
            until = min(following, went_on + patience)
            if night.told_to_cut(part, at) or not _can_be_told(night, at, until):
                continue
            at_once = AT_ONCE + night.slowness(at - AT_ONCE, at)
            began = any(
                _is(letter, step, "started") and _was_shown(night, letter.said_at or 0.0, (at - at_once, at))
                for _, letter in steps
            )
            if not began:
                yield Violation(at, 5, f"{part} was cut, and nobody was told")
            elif following > until and not _ended(steps, at, until):
                yield Violation(until, 5, f"{part} was cut, and how it went was not told")


def _was_shown(night: Evidence, utc: float, spell: Spell) -> bool:
    """Whether the device's clock, whatever became of it meanwhile, showed this at some moment of a spell."""
    begin, end = spell
    edges = [begin, *(at for at in night.clock.changes if begin < at <= end), end]
    return any(
        -DUST <= utc - night.clock.shown(since) <= until - since + DUST for since, until in pairwise(edges)
    )


def _is(letter: Letter, step: str, outcome: str) -> bool:
    return bool(letter.data["step"] == step and letter.data["outcome"] == outcome)


def _ended(steps: list[tuple[float, Letter]], at: float, until: float) -> bool:
    return any(at < said <= until and letter.data["outcome"] != "started" for said, letter in steps)


def _patience(night: Evidence, target: str) -> float:
    recovery = night.policy.recovery
    boot = recovery.router_boot_seconds if target == "router" else recovery.camera_boot_seconds
    return boot + night.policy.check.window_minutes * MINUTE + 10 * ARRIVE_WITHIN


def _can_be_told(night: Evidence, at: float, until: float) -> bool:
    """The device remembers it and is heard in time."""
    forgot = night.lost_between(at, night.end)
    undurable = night.unwritable.touch(at - 1.0, until) and night.off.touch(at, night.end)
    heard = night.heard_throughout(until - ARRIVE_WITHIN, until, "/recovery") and until < night.end
    return heard and not forgot and not undurable


def power_cuts_are_reported(night: Evidence) -> Iterator[Violation]:
    """A device that comes back from a power cut says so."""
    told = [x.said_at or 0.0 for x in night.letters.of("recovery") if x.data["target"] == "power"]
    for begin, end in night.spells("mains", "off"):
        back = next((start for start in night.starts if start >= end), night.end)
        due = night.heard_from(back, "/recovery") + 2 * ARRIVE_WITHIN
        knows = night.clock.stood(begin - 1.0, back + ARRIVE_WITHIN)
        lost = night.lost_between(begin - 1.0, due)
        ran = night.ran_throughout(begin - ARRIVE_WITHIN, begin - 1e-6) and begin > ARRIVE_WITHIN
        ran = ran and not _had_just_ended(night, begin)
        stayed = night.ran_throughout(back + 0.01, back + ARRIVE_WITHIN)
        kept = not night.unwritable.touch(begin - 1.0, due)
        must_tell = due < night.end and knows and ran and stayed and kept and not lost
        shown = night.clock.shown(back + DUST)
        if must_tell and not any(shown - 1.0 <= at <= shown + ARRIVE_WITHIN for at in told):
            yield Violation(back, 5, "power came back, and nobody was told that it had gone")


def _had_just_ended(night: Evidence, cut: float) -> bool:
    """Its process ended in the same instant, but before the power went: it was not there to miss it."""
    then = [(seen.part, seen.state) for seen in night.record.seen if seen.at == cut]
    return ("device", "down") in then[: then.index(("mains", "off"))]


JUDGEMENTS: tuple[Judgement, ...] = (mending_is_reported, power_cuts_are_reported)
