"""`nattro commission`: the function test's guide, from the bed's corners to the reference of the empty bed."""

import argparse
import sys

from agent.cli.command import Failed, add_config, add_language, become, configuration
from agent.cli.exits import FOUND, INTERRUPTED, OK, STATE, USAGE
from vision.protocol import Bed

HELP = """Show the device the bed once, guided step by step: its corners by four printed cards, the empty bed made,
thrown back and piled, and a person covered in it. Half a minute's work for each.

It is run at the device (over ssh) by somebody who stands in the room, with consent on record, the agent stopped
and the privacy switch unlocked. The camera is open only while a step is recorded, with the lamp lit. No picture of
a person is kept, and none is shown: `nattro commission show` prints all that is stored. That it was opened outside
the agreed times is stored before it opens, and told on the topic `commissioning` when the agent runs again."""
EXAMPLES = """  nattro commission cards --out cards.svg     four pages to print, at full size
  sudo nattro commission --lang sv
  sudo nattro commission --corners "212,96 424,92 520,388 118,396"
  sudo nattro commission --add-reference      the empty bed in the other light
  sudo nattro commission show"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", nargs="?", choices=["guide", "cards", "show"], default="guide", help="(default: guide)"
    )
    parser.add_argument("--out", default="cards.svg", metavar="FILE.svg", help="`cards`: name of the pages")
    parser.add_argument(
        "--corners",
        metavar='"x,y x,y x,y x,y"',
        help="the corners in pixels instead of the cards: head-left, head-right, foot-right, foot-left",
    )
    parser.add_argument(
        "--anew", action="store_true", help="forget the steps of an interrupted commissioning"
    )
    parser.add_argument(
        "--add-reference", action="store_true", help="only record the made, empty bed in another light"
    )
    add_config(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    if args.what == "cards":
        return become("vision.commission.sheet", ["--out", args.out])
    from agent.commission.dialogue import Dialogue, Interrupted
    from agent.commission.room import Forbidden, Room
    from agent.commission.settings import USUAL_FOLDER, Unchangeable
    from agent.commission.words import Speech
    from agent.hw.lamp import LampFault

    config = configuration(args.config)
    folder = config.camera.reference or USUAL_FOLDER
    corners = _corners(args.corners) if args.corners else None
    room = Room(config, "reference" if args.add_reference else "guide")
    dialogue = Dialogue(room, config, folder, Speech(args.lang), print, _hear)
    try:
        if args.what == "show":
            kept = dialogue.kept()
            dialogue.show(kept)
            return FOUND if kept.problem else OK
        with room:
            room.demand_permission()
            if args.add_reference:
                dialogue.add_light()
            else:
                dialogue.commission(args.config, corners, anew=args.anew)
    except (Interrupted, KeyboardInterrupt) as end:
        print(
            end if isinstance(end, Interrupted) else Speech(args.lang)("say", "interrupted"), file=sys.stderr
        )
        return INTERRUPTED
    except (Forbidden, LampFault, Unchangeable, OSError) as refusal:
        raise Failed(STATE, str(refusal)) from refusal
    return OK


def _hear(question: str) -> str | None:
    try:
        return input(question)
    except EOFError:
        return None


def _corners(text: str) -> Bed:
    """As vision.corners has it."""
    try:
        corners = [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]
    except ValueError:
        corners = []
    if len(corners) != 4:
        raise Failed(
            USAGE,
            f'{text!r} is not four corners; write "x,y x,y x,y x,y": head-left, head-right, foot-right, foot-left',
        )
    return corners[0], corners[1], corners[2], corners[3]
