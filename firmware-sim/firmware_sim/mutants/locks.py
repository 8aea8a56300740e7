"""Bugs that break promise 1: the camera is not locked when it must be, the lamp lies, caps are forgotten."""

from typing import Any

from agent.core import blind_test, check, consent, lock
from agent.core.actions import SetLamp
from agent.core.check import _close_camera
from agent.core.state import Check
from agent.core.turn import Turn
from agent.loop import Loop
from firmware_sim.mutants.planting import Planted, always, unless

_really_locked = lock.locked
_carry_out = Loop._carry_out  # noqa: SLF001 # bugs grow inside
_withdrawn = consent.withdrawn
_begin = check.begin
_notice_the_clock = Loop._notice_the_clock  # noqa: SLF001


def _blind_to(*reasons: str) -> Any:
    def locked(turn: Turn) -> lock.LockReason | None:
        reason = _really_locked(turn)
        return None if reason in reasons else reason

    return locked


def _a_look_is_on(turn: Turn, *_: Any) -> bool:
    return turn.state.check is not None and turn.state.check.look is not None


def _closes_when_the_look_is_over(turn: Turn) -> None:
    """A camera that should be closed because of a lock is only closed when its look would have ended."""
    if _really_locked(turn) is None:
        _close_camera(turn)


def _five_minutes_longer(turn: Turn, begun: Check, counts: float) -> None:
    _begin(turn, begun, counts)
    if turn.state.check is begun:
        begun.answer_by += 600
        begun.answer_by_boot += 600
        begun.end += 600


def _no_lamp(lit: bool) -> Any:
    return unless(_carry_out, lambda _loop, action: isinstance(action, SetLamp) and action.lit is lit)


def _without_consent_for_it(turn: Turn) -> bool:
    return _really_locked(turn) is None


def _trusts_any_step(loop: Loop, now: Any) -> list[Any]:
    loop._last = now  # noqa: SLF001
    return []


LOCKS: tuple[Planted, ...] = (
    Planted(
        "no lock at all",
        1,
        "the camera opens without consent, against the switch",
        ((lock, "locked", always(None)),),
    ),
    Planted(
        "consent not asked for",
        1,
        "the camera opens for a person who never consented",
        ((lock, "locked", _blind_to("no_consent")),),
    ),
    Planted(
        "withdrawal ignored",
        1,
        "the camera opens after consent was withdrawn",
        ((lock, "locked", _blind_to("consent_withdrawn")),),
    ),
    Planted(
        "withdrawal ignored in mid-look",
        1,
        "a look goes on after consent was withdrawn",
        ((consent, "withdrawn", unless(_withdrawn, _a_look_is_on)),),
    ),
    Planted(
        "privacy switch ignored",
        1,
        "the switch on the device does nothing",
        ((lock, "locked", _blind_to("privacy_switch")),),
    ),
    Planted(
        "closes late",
        1,
        "a locked camera is closed only when its look is over",
        ((check, "_close_camera", _closes_when_the_look_is_over),),
    ),
    Planted(
        "untrusted clock believed",
        1,
        "the camera opens by a clock that nobody trusts",
        ((lock, "locked", _blind_to("clock")),),
    ),
    Planted(
        "clock steps not noticed",
        1,
        "a window stays open though the clock has left it",
        ((Loop, "_notice_the_clock", _trusts_any_step),),
    ),
    Planted(
        "window ten minutes too long",
        1,
        "looks go on after the window's end",
        ((check, "begin", _five_minutes_longer),),
    ),
    Planted(
        "consent survives a lost store",
        1,
        "the camera opens though nobody knows of any consent",
        ((lock, "locked", _blind_to("state_lost")),),
    ),
    Planted(
        "lamp stays dark",
        1,
        "the camera is open, and nobody in the room can see it",
        ((Loop, "_carry_out", _no_lamp(True)),),
    ),
    Planted("lamp stays lit", 1, "the lamp tells nothing any more", ((Loop, "_carry_out", _no_lamp(False)),)),
    Planted(
        "blind test without consent",
        1,
        "the camera opens in the daytime though consent does not name it",
        ((blind_test, "_allowed", _without_consent_for_it),),
    ),
    Planted(
        "cap of windows forgotten",
        1,
        "commands open more windows a day than agreed",
        ((lock, "within_caps", always(True)),),
    ),
)
