"""The part that looks: opens the camera for some seconds, and says numbers. It writes nothing."""

import statistics
from pathlib import Path

from vision.capture import CaptureTrouble, EndOfFilm, Feed, Frame
from vision.commission.cards import TOGETHER, Sightings
from vision.commission.protocol import EMPTY, FIRST, FindCards, NoOutline, Outline, Record, Recorded
from vision.device import Device
from vision.integrity import measure
from vision.occupancy import OccupancyNet
from vision.protocol import Bed
from vision.reference import Reference, light_of, load_reference, reference_of
from vision.region import BedRegion, RegionError
from vision.session import SETTLE, Session, load_net, source_named
from vision.verdict import MOVES_FROM, Evidence, logit

FEWEST_FRAMES = 30
LIKE_THE_EMPTY_BED = 0.8
"""Likeness from which somebody who should lie in the bed probably does not."""


def find_cards(request: FindCards) -> Outline | NoOutline:
    """The bed's corners from its four cards. Raises CaptureTrouble, Refused."""
    source = source_named(request.source, paced=False, controls=request.controls)
    settle = SETTLE if source.live else 0.0
    sightings, last = Sightings(), None
    feed = Feed(source)
    try:
        while not sightings.enough:
            frame = feed.next(wait=0.25)
            if frame is not None and frame.at >= settle:
                sightings.add(frame.picture)
                last = frame
            if frame is not None and frame.at >= settle + request.seconds:
                break
    except EndOfFilm:
        pass
    finally:
        feed.close()
    if last is None:
        raise CaptureTrouble("unreadable", "the camera gave no picture after its first second")
    return _outline(sightings, last)


def _outline(sightings: Sightings, last: Frame) -> Outline | NoOutline:
    width, height = last.size
    reasons = sightings.complaints()
    if reasons:
        return NoOutline(
            reasons=(*reasons, *_ails(last)), width=width, height=height, seen=sightings.middles()
        )
    a, b, c, d = (tuple(round(float(v), 1) for v in corner) for corner in sightings.corners())
    bed: Bed = ((a[0], a[1]), (b[0], b[1]), (c[0], c[1]), (d[0], d[1]))
    try:
        region = BedRegion(bed, width, height)
    except RegionError as error:
        return NoOutline(reasons=(f"no_bed:{error}",), width=width, height=height, seen=sightings.middles())
    return Outline(
        bed=bed,
        width=width,
        height=height,
        tilt=round(region.tilt, 1),
        advice=region.advice(),
        frames=sightings.groups * TOGETHER,
        spread=round(sightings.spread(), 2),
        sides=sightings.sides(),
    )


def _ails(frame: Frame) -> tuple[str, ...]:
    """What is wrong with the picture as a whole, which may be why a card was not seen."""
    height, width = frame.picture.shape
    quality = measure(frame.picture, ((0, 0), (width, 0), (width, height), (0, height)))
    return quality.faults() or (("glare",) if quality.saturated > 0.05 else ())


def record(request: Record, begun: Path) -> tuple[Recorded, Reference | None]:
    """One step, judged; and of the first one, if it is good, what is kept of the empty bed.

    begun: the folder with what was kept of the first step. Raises CaptureTrouble, Refused, ReferenceRefused.
    """
    first = request.step == FIRST
    net = load_net()
    earlier = None if first else load_reference(begun)
    source = source_named(request.source, paced=False, controls=request.controls)
    if earlier is not None and isinstance(source, Device):
        source.size = earlier.size
    with Session(source, request.bed, earlier, net=net) as session:
        _watch(session, request.seconds)
        evidence, cues, last = session.evidence(), session.cues(), session.last
    if last is None:
        raise CaptureTrouble("unreadable", "the camera gave no picture")
    recorded = _judged(request, evidence, cues, last, net)
    if earlier is not None and not earlier.same_light(last) and recorded.complaint is None:
        recorded = _with_complaint(recorded, "other_light")
    keep = first and recorded.complaint is None
    return recorded, reference_of(last, request.bed) if keep else None


def _watch(session: Session, seconds: float) -> None:
    """For so long, also where a look would be sure earlier."""
    before = -1.0
    while before < session.seconds < seconds:
        before = session.seconds
        session.watch(seconds)


def _judged(
    request: Record, evidence: Evidence, cues: dict[str, float], last: Frame, net: OccupancyNet
) -> Recorded:
    odds = [logit(min(max(chance, 1e-6), 1 - 1e-6)) for chance in evidence.chances]
    log_odds = statistics.fmean(odds) if odds else None
    return Recorded(
        step=request.step,
        frames=round(evidence.watched * cues.get("frames_per_second", 0.0)),
        seconds=round(evidence.watched, 1),
        light=light_of(last),
        net=net.sha256,
        log_odds=None if log_odds is None else round(log_odds, 3),
        movement=cues.get("movement"),
        complaint=_complaint(request, evidence, cues, log_odds),
        doubts=evidence.doubts,
    )


def _complaint(
    request: Record, evidence: Evidence, cues: dict[str, float], log_odds: float | None
) -> str | None:
    if evidence.faults:
        return evidence.faults[0]
    if log_odds is None or evidence.seconds < request.seconds / 2:
        return "few_frames"
    if evidence.restless:
        return "restless"
    moves = evidence.movement is not None and evidence.movement >= MOVES_FROM
    if request.step in EMPTY and moves and log_odds > 0:
        return "somebody"
    if request.step not in EMPTY and not moves and cues.get("like_empty", 0.0) >= LIKE_THE_EMPTY_BED:
        return "nobody"
    return None


def _with_complaint(recorded: Recorded, word: str) -> Recorded:
    import msgspec

    return msgspec.structs.replace(recorded, complaint=word)
