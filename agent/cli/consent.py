"""`nattro consent grant|withdraw|show`: recorded at the device, by somebody who stands there."""

import argparse
import time
from datetime import date
from pathlib import Path

from agent.cli.command import Failed, add_config, add_json, configuration
from agent.cli.exits import FOUND, OK, STATE
from agent.core.events import ConsentGranted, ConsentWithdrawn
from agent.core.state import ConsentState, Incompatible
from agent.hw.control import NobodyListens, Refused, deliver
from agent.onlooker import NothingToSee, Onlooker

HELP = """Record or withdraw the consent that unlocks the camera.

Without consent the camera never opens. Consent is recorded here, at the device, from the signed form; it can be
withdrawn here and by command, at any time and at once. Never write a name: a reference tells where the form is.
The form names when the camera opens: in the agreed windows, for a test check, while somebody commissions the device
in the room and, only if it says so, for the blind test by day."""
EXAMPLES = """  nattro consent grant --reference form-2031 --date 2026-11-02 --person --alone
  nattro consent grant --reference form-2031 --date 2026-11-02 --person --cohabitant --blind-test
  nattro consent withdraw --by person
  nattro consent show"""

PATIENCE = 10.0
"""Seconds to wait until the running agent has made it durable."""
_OUTCOMES = {"grant": "given", "withdraw": "withdrawn"}


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="grant|withdraw|show")
    grant = what.add_parser("grant", help="record consent from the signed form")
    grant.add_argument("--reference", required=True, help="where the form is kept, for example a case number")
    grant.add_argument("--date", required=True, type=_date, help="the date on the form, 2026-11-02")
    grant.add_argument("--person", required=True, action="store_true", help="the person has consented")
    home = grant.add_mutually_exclusive_group(required=True)
    home.add_argument("--alone", action="store_true", help="nobody else lives there")
    home.add_argument("--cohabitant", action="store_true", help="whoever lives there too has consented")
    grant.add_argument(
        "--blind-test", action="store_true", help="consent includes the test of the closed camera"
    )
    withdraw = what.add_parser("withdraw", help="lock the camera at once")
    withdraw.add_argument(
        "--by", default="person", help="who withdraws: a role, never a name (default: person)"
    )
    show = what.add_parser("show", help="what is recorded")
    add_json(show)
    for each in (grant, withdraw, show):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    config = configuration(args.config)
    state = config.device.state
    if args.what == "show":
        return _show(_recorded(state), as_json=args.json)
    event = _granted(args) if args.what == "grant" else ConsentWithdrawn(by=args.by)
    before = _changed_at(state)
    try:
        deliver(state, event)
    except NobodyListens:
        _record_without_agent(args.config, event)
    except Refused as error:
        raise Failed(STATE, str(error)) from error
    return _confirm(state, _OUTCOMES[args.what], before)


def _granted(args: argparse.Namespace) -> ConsentGranted:
    return ConsentGranted(
        reference=args.reference,
        date=args.date,
        person=True,
        cohabitant=True if args.cohabitant else None,
        blind_test=args.blind_test,
    )


def _record_without_agent(file: Path, event: ConsentGranted | ConsentWithdrawn) -> None:
    from agent import app
    from agent.store import StoreRefused

    try:
        app.step_alone(configuration(file), event)
    except (StoreRefused, Incompatible) as error:
        raise Failed(STATE, str(error)) from error


def _changed_at(state: Path) -> float | None:
    try:
        return _recorded(state).changed_at
    except Failed:  # no store yet: the first consent makes it
        return None


def _confirm(state: Path, wanted: str, before: float | None) -> int:
    """Said only when it is durable: the agent's store is asked, not its word taken."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        recorded = _recorded(state)
        if recorded.state == wanted and (wanted == "withdrawn" or recorded.changed_at != before):
            return _show(recorded, as_json=False)
        time.sleep(0.05)
    raise Failed(
        STATE,
        f"not recorded: {state} may be full or read-only. A running agent obeys until it ends, and no longer; "
        "make room and say it again",
    )


def _recorded(state: Path) -> ConsentState:
    try:
        onlooker = Onlooker(state)
        try:
            found = onlooker.state()
        finally:
            onlooker.close()
    except (NothingToSee, Incompatible) as error:
        raise Failed(STATE, str(error)) from error
    return found.consent if found else ConsentState()


def _show(consent: ConsentState, *, as_json: bool) -> int:
    if as_json:
        import msgspec

        print(msgspec.json.encode(consent).decode())
    else:
        print(_sentence(consent))
    return OK if consent.state in {"given", "withdrawn"} else FOUND


def _sentence(consent: ConsentState) -> str:
    match consent.state:
        case "given":
            whose = (
                "the person and whoever lives there" if consent.cohabitant else "the person, who lives alone"
            )
            blind = ", blind test included" if consent.blind_test else ""
            return f"Consent given by {whose}; form {consent.reference} of {consent.date}{blind}."
        case "withdrawn":
            return "Consent withdrawn: the camera is locked."
        case "lost":
            return "The record of consent is lost: the camera is locked until consent is recorded anew."
        case "none":
            return "No consent recorded: the camera is locked."


def _date(text: str) -> str:
    try:
        given = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it like 2026-11-02") from None
    if given > date.today():  # noqa: DTZ011 - the date on a form is local
        raise argparse.ArgumentTypeError(f"{text} is in the future")
    return text
