"""`nattro look`: one look at a picture, a video or a camera, by hand."""

import argparse
import json
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from vision.capture import CaptureTrouble, Source
from vision.corners import NotCorners, read_corners
from vision.device import Device
from vision.overlay import write_overlay
from vision.protocol import Bed
from vision.recorded import recorded
from vision.reference import Reference, reference_of
from vision.session import Refused, Session, WrongBed
from vision.still import read_still
from vision.verdict import Judgement
from vision.words import CUES, REASONS, VERDICTS

REACHED, BAD_INPUT, TROUBLE = 0, 2, 3
LONGEST = 600.0

EXPLAINED = """\
the bed
  --bed takes the mattress's four corners in pixels, in this order, as seen by somebody who stands at the foot end:
  head-left, head-right, foot-right, foot-left. For example --bed "212,96 388,101 466,402 120,390".

the answer
  verdict     in_bed, not_in_bed, uncertain or camera_fault
  p_occupied  chance 0..1 that the bed is occupied, at even odds beforehand; none if the camera is at fault.
              The verdict weighs it by what each mistake costs: a wrong in_bed 200 times a needless visit.
  reasons     why, most important first
  cues        measured values; a picture has no movement cue
  advice      about the camera's spot, null if it is good

exit codes
  0  a verdict was reached, whatever it is
  2  bad usage or input: no such file, no picture or video, corners that cannot be a bed
  3  the camera or the model failed: no such device, busy, stalled, model missing or damaged

a camera
  is named by its node, by usb:VENDOR:PRODUCT[:SERIAL] as lsusb shows it, or by the word `only`. It is looked
  through by hand only at its installation, with consent: say --installing. Its picture is never written. On a
  device the agent must be stopped; the lamp is lit, and the privacy switch ends the look.
"""


class BadInput(Exception):
    """What was given cannot be used; the text says what, where and how to mend it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n(see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    wish = _parser().parse_args(arguments)
    try:
        source, still = _source(wish.source)
        if isinstance(source, Device) and not wish.installing:
            raise BadInput("a camera is looked through by hand only at its installation: --installing")
        if wish.overlay and isinstance(source, Device):
            raise BadInput("--overlay never writes a camera's picture; take a recording or a picture file")
        with Session(source, wish.bed, _reference(wish.reference, wish.bed), still=still) as session:
            judgement = session.watch(wish.seconds)
            _tell(session, judgement, as_json=wish.json, source=wish.source)
            if wish.overlay:
                _write_overlay(session, wish.bed, judgement, wish.overlay)
    except CaptureTrouble as trouble:
        return _fail(trouble.detail, TROUBLE if isinstance(source, Device) else BAD_INPUT)
    except (BadInput, WrongBed) as bad:
        return _fail(str(bad), BAD_INPUT)
    except Refused as refusal:
        return _fail(str(refusal), TROUBLE)
    return REACHED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nattro look",
        description="Look once at a bed in a picture, a video or through a camera, and say whether it is occupied.",
        epilog=EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source", metavar="SOURCE", help="picture file, video file, or device such as /dev/video0"
    )
    parser.add_argument(
        "--bed", required=True, type=_bed, metavar='"x,y x,y x,y x,y"', help="the bed's corners"
    )
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="IMAGE",
        help="picture of the empty bed from the same camera, without people",
    )
    parser.add_argument("--seconds", type=_seconds, default=20.0, metavar="N", help="how long to look (20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--installing",
        action="store_true",
        help="a camera is being installed, and everybody there has agreed",
    )
    parser.add_argument(
        "--overlay",
        type=_png,
        metavar="OUT.png",
        help="write the picture with the bed's outline and the verdict",
    )
    return parser


def _bed(text: str) -> Bed:
    try:
        return read_corners(text)
    except NotCorners as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1.0 <= seconds <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no length of a look; give seconds from 1 to {LONGEST:g}"
        )
    return seconds


def _png(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .png")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(
            f"there is no folder {str(path.parent)!r} to write {path.name!r} into"
        )
    return path


def _source(name: str) -> tuple[Source, bool]:
    """The source that a name means, and whether it is a single picture."""
    path = Path(name)
    if name == "only" or name.startswith("usb:"):
        return Device(name), False
    try:
        kind = path.stat().st_mode
    except OSError as error:
        if path.is_relative_to("/dev"):
            return Device(path), False  # says itself what is wrong
        raise BadInput(f"cannot read {name!r}: {error.strerror}") from error
    if stat.S_ISCHR(kind):
        return Device(path), False
    if not stat.S_ISREG(kind):
        raise BadInput(f"{name!r} is neither a picture, nor a video, nor a camera")
    return recorded(path)


def _reference(image: Path | None, bed: Bed) -> Reference | None:
    if image is None:
        return None
    try:
        return reference_of(read_still(image), bed)
    except CaptureTrouble as trouble:
        raise BadInput(f"--reference: {trouble.detail}") from trouble


def _tell(session: Session, judgement: Judgement, *, as_json: bool, source: str) -> None:
    if as_json:
        answer = {
            "verdict": judgement.verdict,
            "p_occupied": None if judgement.p_occupied is None else round(judgement.p_occupied, 4),
            "reasons": judgement.reasons,
            "cues": session.cues(),
            "seconds": round(session.seconds, 2),
            "frames": session.frames,
            "model": session.model,
            "source": source,
            "advice": session.advice,
        }
        print(json.dumps(answer))
        return
    chance = "" if judgement.p_occupied is None else f"  (chance {judgement.p_occupied:.2f} at even odds)"
    print(f"{VERDICTS[judgement.verdict]}{chance}")
    for reason in judgement.reasons:
        print(f"  {REASONS[reason]}")
    if session.advice:
        print(f"\nadvice: {session.advice}")
    print(f"\nlooked {session.seconds:.1f} s at {session.frames} frames, net {session.model}")
    for name, value in session.cues().items():
        print(f"  {name:<18} {value:>9.3f}  {CUES[name]}")


def _write_overlay(session: Session, bed: Bed, judgement: Judgement, path: Path) -> None:
    if session.last is None:
        return
    chance = "" if judgement.p_occupied is None else f" {judgement.p_occupied:.2f}"
    try:
        write_overlay(session.last.picture, bed, judgement.verdict + chance, path)
    except OSError as error:
        raise BadInput(f"--overlay: cannot write {str(path)!r}: {error.strerror}") from error


def _fail(text: str, code: int) -> int:
    print(f"nattro look: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # a driver that hangs in its thread must not keep the process, nor abort it
