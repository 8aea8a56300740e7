"""`nattro relay test|pulse|release`: the relays by hand, and what the unit runs when the agent has ended."""

import argparse
import signal
import threading
from typing import TYPE_CHECKING

from agent.cli.command import Failed, add_config, configuration
from agent.cli.exits import FOUND, INTERRUPTED, OK

if TYPE_CHECKING:
    from agent.hw.relays import Relays

HELP = """The relays that cut the power of camera and router.

test     says for each whether it can be switched; cuts nothing
pulse    cuts one power for some seconds, restores it, and says how long it was off
release  restores every power

A process that dies in mid-pulse leaves the power cut on some boards. systemd runs `release` whenever the agent has
ended (ExecStopPost=); the agent does the same at every start. While the agent runs, its relays are its own: stop it
first, or send it the command restart-camera or restart-router."""
EXAMPLES = """  nattro relay test
  nattro relay pulse camera --seconds 5
  nattro relay release"""

USUAL_SECONDS = 5.0


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="test|pulse|release")
    pulse = what.add_parser("pulse", help="cut one power for some seconds")
    pulse.add_argument("relay", choices=["camera", "router"])
    pulse.add_argument(
        "--seconds", type=float, default=USUAL_SECONDS, metavar="N", help="1 to 60 (default: 5)"
    )
    test = what.add_parser("test", help="say which can be switched")
    release = what.add_parser("release", help="restore every power")
    for each in (test, pulse, release):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    from agent import fittings

    relays = fittings.relays(configuration(args.config))
    try:
        if args.what == "pulse":
            return _pulse(relays, args)
        return _test(relays) if args.what == "test" else _release(relays)
    finally:
        relays.close()


def _test(relays: "Relays") -> int:
    faults = relays.faults()
    for relay in relays.fitted():
        print(f"{relay:8} {faults.get(relay, 'can be switched; its power is on')}")
    if not relays.fitted():
        print("no relays are fitted")
    return FOUND if faults else OK


def _release(relays: "Relays") -> int:
    faults = relays.restore_all()
    if faults:
        raise Failed(FOUND, "; ".join(f"{relay}: {why}" for relay, why in faults.items()))
    print(f"power restored: {', '.join(relays.fitted()) or 'no relays are fitted'}")
    return OK


def _pulse(relays: "Relays", args: argparse.Namespace) -> int:
    from agent.hw.relays import LONGEST, SHORTEST, RelayFault, off_for

    if not SHORTEST <= args.seconds <= LONGEST:
        raise Failed(FOUND, f"--seconds {args.seconds:g}: a pulse lasts {SHORTEST:g} to {LONGEST:g} seconds")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: stop.set())
    print(f"cutting the power of the {args.relay} for {args.seconds:g} s …", flush=True)
    try:
        seconds = off_for(relays, args.relay, args.seconds, stop.wait)
    except RelayFault as fault:
        raise Failed(FOUND, str(fault)) from fault
    print(f"power restored; it was off for {seconds:.1f} s")
    return INTERRUPTED if stop.is_set() else OK
