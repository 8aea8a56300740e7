"""Retained faults end in the state that is true, as far as the world can see it."""

from collections.abc import Iterator

from firmware_sim.letters import Letter
from firmware_sim.referee.evidence import Evidence, Look
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.spells import Spells
from firmware_sim.windows import MINUTE
from firmware_sim.world.record import Glimpse

SETTLED = 300.0
"""So long must things have been as they are."""
OF_THE_CAMERA = (
    "camera_gone",
    "camera_stalled",
    "camera_frozen",
    "camera_covered",
    "camera_moved",
    "camera_dark",
    "camera_unusable",
    "camera_busy",
    "worker_failed",
)
VERDICTS = ("in_bed", "not_in_bed", "uncertain")


def retained_faults_are_true(night: Evidence) -> Iterator[Violation]:
    since = night.end - SETTLED
    if not night.heard_throughout(since, night.end):
        return
    for kind, truth in _truths(night, since):
        letter = night.retained(f"/fault/{kind}")
        told = _is_told(night, letter)
        if told is not None and told != truth:
            word = "present" if told else "not present"
            yield Violation(night.end, 5, f"fault/{kind} is told as {word}, which it is not")


def _is_told(night: Evidence, letter: Letter | None) -> bool | None:
    """None: a device that lost its memory does not know what an earlier life of it said."""
    if letter is None:
        return False
    if letter.epoch != night.last_epoch:
        return None
    return bool(letter.data["state"] == "present")


def _truths(night: Evidence, since: float) -> Iterator[tuple[str, bool]]:
    """What has been true or false of the device for long enough that it must be told so."""
    yield "uplink_down", False
    yield "broker_down", False
    if not night.clock.untrusted.touch(since, night.end):
        yield "clock_untrusted", False
    elif _lasts(night.clock.untrusted, since, night.end):
        yield "clock_untrusted", True
    period = 1.05 * night.policy.heartbeat_minutes * MINUTE + SETTLED
    if not night.unwritable.touch(night.end - period, night.end):
        yield "store_failed", False
    yield from _truth_of_memory(night, since)
    yield from _truth_of_camera(night, since)


def _truth_of_memory(night: Evidence, since: float) -> Iterator[tuple[str, bool]]:
    """Lost until consent is recorded anew; a withdrawal meanwhile does not bring the memory back."""
    changes = night.consent
    if any(change.at > since or change.in_doubt for change in changes):
        return
    relevant = [change.state for change in changes if change.state in ("given", "lost")]
    if not any(change.state == "none" for change in changes):
        yield "state_lost", bool(relevant) and relevant[-1] == "lost"


def _truth_of_camera(night: Evidence, since: float) -> Iterator[tuple[str, bool]]:
    """A look that saw a sound picture clears whatever was wrong; a node that is there is not gone."""
    gone = night.spells("node", "gone")
    if not gone.touch(since, night.end):
        if not _a_worker_missed_it(night):
            yield "camera_gone", False
    elif _lasts(gone, since, night.end) and not _is_told_otherwise(night):
        yield "camera_gone", True
    seen = _last_seen(night)
    if seen is not None and seen.at < since and not gone.touch(seen.at, night.end):
        for kind in OF_THE_CAMERA[1:]:
            yield kind, False


def _last_seen(night: Evidence) -> Glimpse | None:
    """The last word of all looks, if it tells of a sound picture and the look still counted when it came."""
    told = [(look, word) for look in night.looks for word in look.words if word.said != "closed"]
    if not told:
        return None
    look, word = told[-1]
    over = look.said("camera_fault", "failed", "stuck")  # before its last word was said
    return word if word.said in VERDICTS and not over and _is_heeded(night, look, word) else None


def _is_heeded(night: Evidence, look: Look, word: Glimpse) -> bool:
    """It was heard and not forgotten, and no clock had ended the look before."""
    heard = night.took_in(word.at) and night.clock.stood(look.asked, word.at)
    return heard and (night.could_store(word.at) or night.ran_throughout(word.at, night.end))


def _lasts(spells: Spells, since: float, until: float) -> bool:
    spell = spells.at(since)
    return spell is not None and spell[1] >= until


def _is_told_otherwise(night: Evidence) -> bool:
    """Another fault of the camera is present: that it is gone as well changes nothing for whoever goes there."""
    letters = [night.retained(f"/fault/{kind}") for kind in OF_THE_CAMERA[1:]]
    return any(letter is not None and letter.data["state"] == "present" for letter in letters)


def _a_worker_missed_it(night: Evidence) -> bool:
    """A worker's last word is that there is no camera; only a look that sees again says otherwise."""
    present = max((seen.at for seen in night.states("node") if seen.state == "present"), default=0.0)
    for look in reversed(night.looks):
        told = [word for word in look.words if word.said in (*VERDICTS, "camera_fault")]
        if any(_is_heeded(night, look, word) for word in told):
            return any("gone" in word.reasons for word in look.words)
        if any(word.at > present and "gone" in word.reasons for word in look.words):
            return True
    return False


JUDGEMENTS: tuple[Judgement, ...] = (retained_faults_are_true,)
