"""Faults as a table: what is seen → how it is mended → what staff read. And the faults that are present now."""

from datetime import datetime
from typing import NamedTuple

from agent.core.events import LookFailure, Relay
from agent.core.facts import Fault, FaultKind, Text
from agent.core.moment import at
from agent.core.state import OpenFault, Rung
from agent.core.turn import Turn


class Row(NamedTuple):
    """One fault. rungs: how a person would mend it, gentlest first; empty: no restart mends it, a visit does.

    by_presence: success is seen by the device node alone; otherwise it takes a look.
    """

    text: Text
    rungs: tuple[Rung, ...] = ()
    by_presence: bool = False


NOT_COUNTABLE = "the device cannot store anything, so it could not count this against the caps of a day"
"""Why no power is cut and no test made while commits fail: the caps must hold across the end of a process."""
NOT_KEPT = "the device cannot store anything, so after a power cut it would know nothing of this"
"""Why no other times are taken then: the next process would unlock the old ones as well."""

RESTART: tuple[Rung, ...] = ("reopen", "usb", "relay")

FAULTS: dict[FaultKind, Row] = {
    "camera_gone": Row(
        Text(
            sv="Kameran syns inte. Kontrollera att sladden sitter i.",
            en="The camera is not there. Check that it is plugged in.",
        ),
        rungs=("wait", "usb", "relay"),
        by_presence=True,
    ),
    "camera_stalled": Row(
        Text(sv="Kameran ger ingen bild.", en="The camera delivers no picture."),
        rungs=RESTART,
    ),
    "camera_frozen": Row(
        Text(sv="Kamerans bild står still.", en="The camera's picture is frozen."),
        rungs=RESTART,
    ),
    "camera_unusable": Row(
        Text(sv="Kamerans bild går inte att använda.", en="The camera's picture cannot be used."),
        rungs=RESTART,
    ),
    "camera_covered": Row(
        Text(
            sv="Kameran är övertäckt. Någon behöver åka dit och ta bort det som täcker.",
            en="The camera is covered. Somebody must go there and uncover it.",
        ),
    ),
    "camera_moved": Row(
        Text(
            sv="Kameran har flyttats. Någon behöver åka dit och rikta den mot sängen.",
            en="The camera has been moved. Somebody must go there and point it at the bed.",
        ),
    ),
    "camera_dark": Row(
        Text(
            sv="Bilden är mörk. Kamerans nattlampa kan vara trasig eller skymd.",
            en="The picture is dark. The camera's night lamp may be broken or hidden.",
        ),
    ),
    "camera_busy": Row(
        Text(
            sv="Kameran används av ett annat program.",
            en="Another program holds the camera.",
        ),
        rungs=("reopen", "reopen"),
    ),
    "worker_failed": Row(
        Text(
            sv="Bildtolkningen kunde inte köras.",
            en="The vision worker failed.",
        ),
        rungs=("reopen", "reopen"),
    ),
    "uplink_down": Row(
        Text(
            sv="Ingen kontakt med internet. Routern startas om.",
            en="The internet is out of reach; the router is restarted.",
        ),
        rungs=("relay",),
    ),
    "broker_down": Row(
        Text(
            sv="Internet fungerar, men servern svarar inte. Inget i hemmet startas om.",
            en="The internet works, but the broker does not answer. Nothing in the home is restarted.",
        ),
    ),
    "publish_denied": Row(
        Text(
            sv="Servern tar inte emot meddelanden från enheten. Behörigheten behöver rättas.",
            en="The broker denies the device's messages. Its access rights must be mended.",
        ),
    ),
    "clock_untrusted": Row(
        Text(
            sv="Klockan går inte att lita på. Kameran hålls låst.",
            en="The clock cannot be trusted. The camera stays locked.",
        ),
    ),
    "store_failed": Row(
        Text(
            sv="Enheten kan inte spara. Svar skickas ändå.",
            en="The device cannot store anything. Answers are still sent.",
        ),
    ),
    "state_lost": Row(
        Text(
            sv="Enhetens minne är borta. Kameran hålls låst tills samtycke registreras på nytt.",
            en="The device's memory is lost. The camera stays locked until consent is recorded anew.",
        ),
    ),
    "relay_failed": Row(
        Text(sv="Reläet kunde inte styras.", en="The relay could not be driven."),
    ),
    "lamp_failed": Row(
        Text(
            sv="Lampan som visar att kameran är öppen fungerar inte.",
            en="The lamp that shows that the camera is open does not work.",
        ),
    ),
}

OF_FAILED_LOOK: dict[LookFailure, FaultKind] = {
    "gone": "camera_gone",
    "busy": "camera_busy",
    "unreadable": "camera_unusable",
    "stalled": "camera_stalled",
    "crashed": "worker_failed",
    "hung": "camera_stalled",
    "nonsense": "worker_failed",
    "flooded": "worker_failed",
    "refused": "worker_failed",
}

OF_REASON: dict[str, FaultKind] = {
    "covered": "camera_covered",
    "lamp_dead": "camera_dark",
    "moved": "camera_moved",
    "dark": "camera_dark",
    "frozen": "camera_frozen",
    "stalled": "camera_stalled",
}

OF_THE_CAMERA: tuple[FaultKind, ...] = (
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


def of_reasons(reasons: tuple[str, ...]) -> FaultKind:
    """The fault that a report of `camera_fault` names; any other reason makes the picture unusable."""
    return next((OF_REASON[reason] for reason in reasons if reason in OF_REASON), "camera_unusable")


def present(turn: Turn, kind: FaultKind, detail: str = "") -> None:
    """The fault is there: say so, once."""
    if kind in turn.state.faults:
        return
    turn.state.faults[kind] = OpenFault(since=turn.now.utc, detail=detail)
    say(turn, kind)


def cleared(turn: Turn, *kinds: FaultKind) -> None:
    """These faults are gone: say so for each that was there."""
    for kind in kinds:
        was = turn.state.faults.pop(kind, None)
        if was is not None:
            _say_over(turn, kind, at(was.since), was.detail)


def _say_over(turn: Turn, kind: FaultKind, since: datetime, detail: str) -> None:
    word = Fault(kind=kind, state="cleared", since=since, detail=detail, text=FAULTS[kind].text)
    turn.say(word, instead_of=_over(kind))


def _over(kind: FaultKind) -> str:
    """Names the last word on a fault, while it is on its way."""
    return f"over {kind}"


def take_back(turn: Turn, told: Fault) -> None:
    """The broker tells a fault that is not there: say that it is over, unless that is on its way."""
    if told.kind not in turn.state.faults and _over(told.kind) not in turn.state.latest:
        _say_over(turn, told.kind, told.since, told.detail)


def relay_answered(turn: Turn, relay: Relay, ok: bool, detail: str) -> None:
    """A relay was driven, or could not be; its fault is cleared by its own next success."""
    fault = turn.state.faults.get("relay_failed")
    if not ok:
        present(turn, "relay_failed", f"{relay}: {detail}")
    elif fault is not None and fault.detail.startswith(f"{relay}:"):
        cleared(turn, "relay_failed")


def lamp_answered(turn: Turn, ok: bool, detail: str) -> None:
    """The lamp obeys or does not. A check is not stopped by it: a person may be lying on the floor."""
    if ok:
        cleared(turn, "lamp_failed")
    else:
        present(turn, "lamp_failed", detail)


def located(turn: Turn, kind: FaultKind, detail: str) -> None:
    """The fault is there, and where: say so, and again when it turns out to be elsewhere."""
    fault = turn.state.faults.get(kind)
    if fault is None:
        present(turn, kind, detail)
    elif fault.detail != detail:
        fault.detail = detail
        say(turn, kind)


def say(turn: Turn, kind: FaultKind) -> None:
    """Say that the fault is present (also again, to a broker that may have forgotten)."""
    fault = turn.state.faults[kind]
    turn.say(
        Fault(kind=kind, state="present", since=at(fault.since), detail=fault.detail, text=FAULTS[kind].text),
        instead_of=f"fault {kind}",
    )
