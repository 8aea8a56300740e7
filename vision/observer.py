"""One look at a bed: frames go in one by one, evidence comes out. Numbers are kept and a few crops, no frames."""

import math
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from vision.capture import Frame, Picture
from vision.integrity import FROZEN_AFTER, TORN_FROM, Quality, Repetition, measure, torn_share
from vision.motion import Movements
from vision.moved import Stance, together
from vision.parts import Change, usual
from vision.protocol import Bed
from vision.reference import Reference
from vision.verdict import Demands, Evidence, Judgement, judge

Chance = Callable[[Picture], float]
"""The net's chance, 0..1 at even odds, that somebody is in the bed."""

FRAMES_APART = 0.09  # seconds: ten frames a second are enough
CHANCE_EVERY, QUALITY_EVERY, STANCE_EVERY = 0.5, 1.0, 4.0
FAULT_LASTS = 3.0  # seconds after which what ails the camera now counts, whatever it saw before
OFTEN = 0.5  # share of the samples that makes a fault or a doubt
TORN_OFTEN = 0.3
SLOW_BELOW, SLOW_AFTER = 2.0, 5.0  # frames a second; seconds
LONGEST_STEP = 1.0  # seconds that one frame can stand for
REPEATS = 8  # frames that make a frozen picture where there is no time for more
LIKE_EMPTY_FROM, LIKE_EMPTY_SURELY, LIKE_EMPTY_WORTH = 0.65, 0.80, -2.0


@dataclass(slots=True)
class _Counts:
    """Frames so far: taken in, torn, judged good; when the first and the last came."""

    frames: int = 0
    torn: int = 0
    first: float = 0.0
    last: float = -math.inf
    good_seconds: float = 0.0


class Observer:
    """Looks at one bed.

    chance: the net, or None to judge the camera alone; settle: seconds at the beginning that a camera needs for
    its exposure and that count for nothing; still: a single picture;
    demands: what this home asks of an answer.
    """

    def __init__(
        self,
        bed: Bed,
        size: tuple[int, int],
        chance: Chance | None,
        reference: Reference | None = None,
        *,
        settle: float = 0.0,
        still: bool = False,
        demands: Demands | None = None,
    ) -> None:
        self._bed = bed
        self._size = size
        self._chance = chance
        self._reference = reference
        self._quiet = reference.learnt.quiet if reference and reference.learnt else None
        self._settle = settle
        self._still = still
        self._demands = demands or Demands()
        self._movements = Movements(bed, *size)
        self._repetition = Repetition()
        self._repeated = 0.0
        self._repeats = 0
        self._counts = _Counts()
        self._qualities: list[tuple[float, Quality]] = []
        self._chances: list[tuple[float, float]] = []
        self._stances: list[Stance] = []
        self._changes: list[Change] = []
        self._likeness: float | None = None
        self._in_other_light = False
        self._wrong_size = False
        self._next = {"chance": -math.inf, "quality": -math.inf, "stance": -math.inf}

    @property
    def frames(self) -> int:
        """How many frames were judged."""
        return self._counts.frames

    @property
    def seconds(self) -> float:
        """How long was looked."""
        return self._counts.last - self._counts.first if self._counts.frames else 0.0

    def see(self, frame: Frame) -> None:
        """Take in one frame; frames that come faster than ten a second are left out."""
        counts = self._counts
        if frame.at < self._settle or frame.at - counts.last < FRAMES_APART:
            return
        if not counts.frames:
            counts.first = counts.last = frame.at
        since, counts.last = frame.at - counts.last, frame.at
        counts.frames += 1
        self._notice_repetition(frame)
        fits = frame.size == self._size and (self._reference is None or self._reference.fits(frame))
        self._wrong_size = not fits
        if torn_share(frame.picture) >= TORN_FROM:
            counts.torn += 1
        elif not self._wrong_size and not self._repeats:  # the same bytes again are no new evidence
            self._judge_frame(frame, since)

    def judge(self) -> Judgement:
        """The verdict so far. Without a net only a fault is ever told; else `uncertain`, with that reason."""
        evidence = self.evidence()
        if self._chance is None and not evidence.faults:
            return Judgement("uncertain", None, ("bed_not_judged",))
        return judge(evidence)

    def evidence(self) -> Evidence:
        """All evidence so far."""
        movement = self._movements.judge()
        return Evidence(
            seconds=self._counts.good_seconds,
            watched=self.seconds,
            chances=tuple(chance for _, chance in self._chances),
            latest=sum(at >= self._counts.last - movement.settled for at, _ in self._chances),
            settled=movement.settled,
            restless=movement.restless,
            movement=None if self._still else movement.against(self._quiet),
            likeness=None if self._likeness is None else _worth_of_likeness(self._likeness),
            faults=self._faults(),
            doubts=self._doubts(),
            still=self._still,
            doubt=self._demands.doubt,
            stakes=self._demands.stakes,
        )

    def cues(self) -> dict[str, float]:
        """The measured values behind the verdict, by name."""
        cues: dict[str, float] = {}
        measured = [quality.cues() for _, quality in self._qualities]
        for name in ("brightness", "saturated", "structure", "contrast", "sharpness"):
            values = [cues[name] for cues in measured if name in cues]
            if values:
                cues[name] = statistics.median(values)
        if self._chances:
            cues["appearance"] = statistics.fmean(chance for _, chance in self._chances)
        if self._stances:
            stance = together(self._stances)
            cues["landmarks"] = stance.agreeing
            cues |= {} if stance.shift is None else {"shift": stance.shift}
        cues |= usual(self._changes).cues()
        if self._likeness is not None:
            cues["like_empty"] = self._likeness
        if not self._still:
            cues |= self._cues_of_time()
        return {name: round(value, 4) for name, value in cues.items() if math.isfinite(value)}

    def _cues_of_time(self) -> dict[str, float]:
        counts, movement = self._counts, self._movements.judge()
        cues = {
            "frames_per_second": (counts.frames - 1) / self.seconds if self.seconds > 0 else 0.0,
            "same_bytes_seconds": self._repeated,
            "torn": counts.torn / max(1, counts.frames),
            "coarse_movement": movement.coarse,
            "usable": movement.usable,
        }
        return cues if movement.score is None else cues | {"movement": movement.score}

    def _judge_frame(self, frame: Frame, since: float) -> None:
        if self._due("quality", frame.at, QUALITY_EVERY):
            self._qualities.append((frame.at, self._quality(frame)))
        if not self._qualities or self._qualities[-1][1].faults():
            return
        self._counts.good_seconds += min(since, LONGEST_STEP)
        if self._reference is not None and self._due("stance", frame.at, STANCE_EVERY):
            self._compare(frame, self._reference)
        if self._chance is None:
            return
        if not self._still:
            self._movements.add(frame.picture, frame.at)
        if self._due("chance", frame.at, CHANCE_EVERY):
            self._chances.append((frame.at, self._chance(frame.picture)))

    def _quality(self, frame: Frame) -> Quality:
        """The picture's measures; one that shows the room as it was can only be doubtful."""
        quality = measure(frame.picture, self._bed)
        if not quality.faults() or self._reference is None:
            return quality
        return replace(quality, room_seen=self._reference.change(frame).none)

    def _compare(self, frame: Frame, reference: Reference) -> None:
        self._likeness = reference.likeness(frame)
        self._changes.append(reference.change(frame))
        if reference.has_landmarks(frame):
            self._stances.append(reference.stance(frame))
            self._in_other_light = not reference.same_light(frame)

    def _due(self, what: str, at: float, every: float) -> bool:
        if at < self._next[what]:
            return False
        self._next[what] = at + every - FRAMES_APART / 2
        return True

    def _notice_repetition(self, frame: Frame) -> None:
        self._repeated = self._repetition.add(frame.picture, frame.at)
        self._repeats = self._repeats + 1 if self._repeated > 0 else 0

    def _faults(self) -> tuple[str, ...]:
        counts = self._counts
        too_short_for_more = self._chance is None and self._repeats + 1 == counts.frames >= REPEATS
        found = {
            "resolution": self._wrong_size,
            "frozen": self._repeated >= FROZEN_AFTER or too_short_for_more,
            "torn": counts.frames > 0 and counts.torn / counts.frames >= TORN_OFTEN,
        }
        faults = [name for name, present in found.items() if present] + self._lasting_faults()
        if self._stances and together(self._stances).moved:
            faults.append("moved")
        return (*faults, *(fault for fault in usual(self._changes).faults() if fault not in faults))

    def _lasting_faults(self) -> list[str]:
        """Faults of the picture that were there half of the time, or are there now for some seconds."""
        if not self._qualities:
            return []
        seen = Counter(fault for _, quality in self._qualities for fault in quality.faults())
        now = [q for at, q in self._qualities if at >= self._counts.last - FAULT_LASTS - QUALITY_EVERY]
        lasts = len(now) >= FAULT_LASTS / QUALITY_EVERY and all(quality.faults() for quality in now)
        often = seen.total() >= OFTEN * len(self._qualities)
        return [fault for fault, _ in seen.most_common()] if seen and (lasts or often) else []

    def _doubts(self) -> tuple[str, ...]:
        good = [quality for _, quality in self._qualities if not quality.faults()]
        seen = Counter(doubt for quality in good for doubt in quality.doubts())
        doubts = [doubt for doubt, times in seen.most_common() if times >= OFTEN * len(good)]
        if self._stances and together(self._stances).shift is None and not self._in_other_light:
            doubts.append("view_unknown")
        doubts += [doubt for doubt in usual(self._changes).doubts() if doubt not in doubts]
        if self.seconds >= SLOW_AFTER and self.frames < SLOW_BELOW * self.seconds:
            doubts.append("few_frames")
        return tuple(doubts)


def _worth_of_likeness(likeness: float) -> float:
    """A bed that looks as the empty one did speaks for empty; one that looks otherwise says nothing."""
    share = (likeness - LIKE_EMPTY_FROM) / (LIKE_EMPTY_SURELY - LIKE_EMPTY_FROM)
    return LIKE_EMPTY_WORTH * max(0.0, min(1.0, share))
