"""One recording: looked at as a check would, and compared with the truth."""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.capture import CaptureTrouble, Picture
from vision.evaluate.manifest import Entry
from vision.occupancy import OccupancyNet
from vision.protocol import Verdict
from vision.recorded import recorded
from vision.reference import Reference, reference_of
from vision.session import Session, WrongBed
from vision.still import read_still

LIKELY = 0.5
THUMBNAIL_WIDTH = 360


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one recording.

    p_occupied: at even odds, None if the camera was at fault or the file could not be judged; verdict: None if the
    file could not be judged, `error` then says why; picture: JPEG of the last frame where nattro erred or doubted.
    """

    entry: Entry
    p_occupied: float | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    error: str | None = None
    picture: bytes | None = None

    @property
    def likely(self) -> bool:
        """The chance speaks for somebody in the bed."""
        return self.p_occupied is not None and self.p_occupied >= LIKELY

    @property
    def badness(self) -> float:
        """How far the chance is from the truth, 0..1; a wrong `in_bed` is worse than any other error."""
        if self.p_occupied is None:
            return 0.0
        distance = 1 - self.p_occupied if self.entry.occupied else self.p_occupied
        return distance + (1.0 if self.verdict == "in_bed" and not self.entry.occupied else 0.0)


def judge_entry(entry: Entry, net: OccupancyNet, *, seconds: float, extension: float) -> Result:
    """Look for `seconds`, and for `extension` more if unsure, as far as the recording goes. No file raises."""
    try:
        source, still = recorded(entry.path)
        with Session(source, entry.bed, _reference(entry), still=still, net=net) as session:
            judgement = session.watch(seconds)
            if judgement.verdict == "uncertain" and not still:
                judgement = session.watch(seconds + extension)
            result = Result(entry, judgement.p_occupied, judgement.verdict, judgement.reasons)
            wrong = result.likely != entry.occupied or judgement.verdict in ("uncertain", "camera_fault")
            if not wrong or session.last is None:
                return result
            picture = _thumbnail(np.asarray(session.last.picture, np.uint8), entry)
    except CaptureTrouble as trouble:
        return Result(entry, error=trouble.detail)
    except WrongBed as error:
        return Result(entry, error=str(error))
    return Result(entry, result.p_occupied, result.verdict, result.reasons, picture=picture)


def _reference(entry: Entry) -> Reference | None:
    return None if entry.reference is None else reference_of(read_still(entry.reference), entry.bed)


def _thumbnail(picture: Picture, entry: Entry) -> bytes:
    drawn = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    corners = np.round(np.asarray(entry.bed, np.float32)).astype(np.int32)
    cv2.polylines(
        drawn, [corners], isClosed=True, color=(80, 220, 255), thickness=max(1, drawn.shape[1] // 400)
    )
    height = round(drawn.shape[0] * THUMBNAIL_WIDTH / drawn.shape[1])
    small = cv2.resize(drawn, (THUMBNAIL_WIDTH, height), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return bytes(np.asarray(encoded, np.uint8).tobytes())
