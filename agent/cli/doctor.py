"""`nattro doctor`: what a technician would check, from the power to the broker and back."""

import argparse
import signal
import sys

from agent.cli import exits
from agent.cli.command import add_config, add_json, add_language
from agent.doctor.findings import Finding

HELP = """Check the device link by link: power, clock, disk, camera, network, broker, consent, services.

Each check is OK, a warning, a fault, or was not made (and why), with what it means and what to do. Nothing is
changed and the camera is never opened; only --pulse cuts a power. It may run beside the agent; it wants sudo.

Exit codes: 0 all is well, 1 warnings, 2 faults."""
EXAMPLES = """  sudo nattro doctor
  sudo nattro doctor --lang sv
  sudo nattro doctor --pulse
  sudo nattro doctor --json | jq '.findings[] | select(.state == "fault") | .check'"""

EXIT_BY_RESULT = {"ok": 0, "warning": 1, "fault": 2}
"""As monitoring programs have it; a configuration that cannot be used is a fault like others here."""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    add_language(parser)
    parser.add_argument(
        "--pulse",
        action="store_true",
        help="cut the camera's power by its relay, to see it go and come back",
    )


def run(args: argparse.Namespace) -> int:
    import msgspec

    from agent.doctor.chain import examine
    from agent.doctor.visit import Visit

    visit = Visit(args.config, pulse=args.pulse)
    signal.signal(signal.SIGTERM, _end)  # so that a power that was cut is restored
    try:
        if args.json:
            report = examine(visit, _nothing)
            print(msgspec.json.encode(report).decode())
        else:
            from agent.doctor.printing import printer

            page = printer(args.lang)
            page.begin(visit)
            report = examine(visit, page.tell)
            page.end(report)
    finally:
        visit.close()
    return EXIT_BY_RESULT[report.result]


def _end(_number: int, _frame: object) -> None:
    sys.exit(exits.INTERRUPTED)


def _nothing(_finding: Finding) -> None:
    """JSON is printed as a whole."""
