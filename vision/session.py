"""A look from its source to its verdict: opens what is to be seen, watches as long as needed, judges."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from vision.capture import CaptureTrouble, EndOfFilm, Feed, Frame, Source
from vision.correction import NOTHING
from vision.device import Device
from vision.observer import Chance, Observer
from vision.occupancy import ModelRefused, OccupancyNet
from vision.protocol import Bed
from vision.recording import Recording
from vision.reference import Reference, ReferenceRefused, load_reference
from vision.region import BedRegion, RegionError
from vision.verdict import SHORTEST, Demands, Evidence, Judgement

SETTLE = 1.0  # seconds that a camera's exposure takes
SHORTEST_TEST = 0.5  # seconds of film without which not even the camera can be judged
TELL_EVERY = 1.0
JUDGE_EVERY = 1.0


class Refused(Exception):
    """The request, the model or the reference cannot be used; the text says why and how to mend it."""


def source_named(
    name: str, *, paced: bool = True, start_at: float = 0.0, controls: Mapping[str, int] | None = None
) -> Source:
    """`device:` and a camera's name (see vision.cameras), or `recording:/path/film.avi`. Raises Refused."""
    kind, _, path = name.partition(":")
    if kind == "device" and path:
        return Device(path, controls=controls)
    if kind == "recording" and path:
        return Recording(Path(path), paced=paced, start_at=start_at)
    raise Refused(f"{name!r} is no source; give device:/dev/v4l/by-id/… or recording:/path/to/film.avi")


class WrongBed(Refused):
    """The corners cannot be a bed in this picture."""


class Session:
    """One look, as a context manager: entering opens the source, leaving releases it.

    Model and reference are read first, so that no camera is opened in vain. Raises Refused, CaptureTrouble.
    reference: of the empty bed, or the folder that holds it; still: the source is a single picture;
    net: one that is loaded already, the shipped one if none; demands: what this home asks of an answer;
    advice: what to tell the installer about the camera's spot, None if it is good.
    """

    def __init__(
        self,
        source: Source,
        bed: Bed,
        reference: Reference | Path | None = None,
        *,
        integrity_only: bool = False,
        still: bool = False,
        net: OccupancyNet | None = None,
        demands: Demands | None = None,
    ) -> None:
        self._source = source
        self._bed = bed
        self._reference = _loaded(reference)
        if self._reference and isinstance(source, Device):
            source.size = self._reference.size
        self._net = None if integrity_only else net or load_net()
        self._still = still
        self._demands = demands or Demands()
        self._ended = False
        self._judgement: Judgement | None = None
        self.last: Frame | None = None
        self.advice: str | None = None

    def __enter__(self) -> Self:
        self._feed = Feed(self._source)
        try:
            first = self._first_frame()
            self.size = first.size
            self._observer = self._observe(first)
            self._take(first)
        except BaseException:
            self._feed.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._feed.close()

    @property
    def model(self) -> str:
        """Version of the occupancy net, `none` if it is not asked."""
        return self._net.version if self._net else "none"

    @property
    def frames(self) -> int:
        return self._observer.frames

    @property
    def seconds(self) -> float:
        return self._observer.seconds

    @property
    def p_occupied(self) -> float | None:
        """As last judged, None before."""
        return self._judgement.p_occupied if self._judgement else None

    @property
    def notes(self) -> Sequence[str]:
        """What people should know about how the source was opened."""
        return self._source.notes

    def evidence(self) -> Evidence:
        """All evidence so far."""
        return self._observer.evidence()

    def cues(self) -> dict[str, float]:
        return self._observer.cues() | self._source.cues()

    def watch(self, seconds: float, tell: Callable[["Session"], None] | None = None) -> Judgement:
        """Watch until `seconds` in all have been seen, or until more would hardly change the verdict.

        tell: called about once a second, frames or none. At a film's end what was seen is judged, if it is enough.
        """
        told = time.monotonic()
        due = self.seconds + JUDGE_EVERY
        while self.seconds < seconds and not self._ended:
            self._take_next()
            if tell and time.monotonic() - told >= TELL_EVERY:
                told = time.monotonic()
                tell(self)
            if self.seconds >= due:
                due = self.seconds + JUDGE_EVERY
                self._judgement = self._observer.judge()
                if self._judgement.sure:
                    return self._judgement
        self._demand_enough()
        self._judgement = self._observer.judge()
        return self._judgement

    def _first_frame(self) -> Frame:
        while True:
            try:
                frame = self._feed.next(wait=0.25)
            except EndOfFilm:
                raise CaptureTrouble("unreadable", "the source ends before its first frame") from None
            if frame is not None:
                return frame

    def _observe(self, first: Frame) -> Observer:
        try:
            region = BedRegion(self._bed, *first.size)
            self.advice = region.advice()
        except RegionError as error:
            raise WrongBed(str(error)) from error
        settle = SETTLE if self._source.live else 0.0
        chance = _asks(self._net, region, self._reference) if self._net else None
        return Observer(
            self._bed,
            first.size,
            chance,
            self._reference,
            settle=settle,
            still=self._still,
            demands=self._demands,
        )

    def _take_next(self) -> None:
        try:
            frame = self._feed.next(wait=0.25)
        except EndOfFilm:
            self._ended = True
            return
        if frame is not None:
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        self.last = frame
        self._observer.see(frame)

    def _demand_enough(self) -> None:
        needed = SHORTEST if self._net else SHORTEST_TEST
        if self._ended and not self._still and self.seconds < needed:
            raise CaptureTrouble(
                "stalled", f"the recording ends after {self.seconds:.1f} s; at least {needed:g} s are needed"
            )


def _asks(net: OccupancyNet, region: BedRegion, reference: Reference | None) -> Chance:
    """The net's chance, corrected by what was learnt about this net in this home with these corners."""
    same = reference is not None and np.array_equal(np.asarray(reference.bed, np.float32), region.corners)
    correction = reference.correction_for(net.sha256) if reference and same else NOTHING
    return lambda picture: correction.chance(net.chance(picture, region))


def _loaded(reference: Reference | Path | None) -> Reference | None:
    if not isinstance(reference, Path):
        return reference
    try:
        return load_reference(reference)
    except ReferenceRefused as error:
        raise Refused(str(error)) from error


def load_net() -> OccupancyNet:
    """The shipped net. Raises Refused."""
    try:
        return OccupancyNet.load()
    except ModelRefused as error:
        raise Refused(str(error)) from error
