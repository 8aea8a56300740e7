"""How well movement tells a sleeper from an empty bed: `python -m models.training.movement [--homes 20]`.

Films of rendered homes that nothing was chosen by (from 2,200,000 on), half of them with somebody who breathes
under the bedding, each with and without what disturbs a bedroom at night, through `vision.motion` as in a look. Two
renderings are mixed for each frame and noise is added; pictures are 320 pixels wide, as the worker scales them, and
their noise is half of that at 640. Scores are kept by home, so that a run goes on where the last one ended; delete
the folder when `vision/motion.py` or the scenes change.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scene.camera import place
from firmware_sim.scene.disturbance import UNDISTURBED, Disturbance
from firmware_sim.scene.disturbances import KINDS, disturb
from firmware_sim.scene.film import FRAMES_PER_SECOND, Stage, breathing
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import Floats, floats
from firmware_sim.scene.light import Light
from firmware_sim.scene.sensor import Sensor, decoded, encoded
from firmware_sim.scene.states import EMPTY, Scene, arrange
from vision.evaluate.figures import auc, share
from vision.motion import Movements
from vision.verdict import MOVES_FROM

FIRST_HOME = 2_200_000
SIZE = (320, 240)
FULL_WIDTH = 640
SIGMAS, BREATHS = (2.0, 4.0, 8.0), (1.0, 3.0, 6.0)
USUAL_SIGMA, USUAL_BREATH = 4.0, 3.0
MOMENTS = (20.0, 30.0, 60.0)  # seconds at which the movement is judged; disturbed films end before the last
NEAREST, FARTHEST = 1.5, 3.8  # metres from camera to chest
RESAMPLES = 1000
_DEEP = 12.0  # millimetres at which a breath is rendered


@dataclass(frozen=True)
class Seen:
    """What one film was judged by at one moment. breath: millimetres, 0 for an empty bed."""

    home: int
    kind: str
    sigma: float
    breath: float
    seconds: float
    score: float | None
    evidence: float | None


class Room:
    """One home at night with two scenes: somebody asleep under the bedding, and the bed without anybody."""

    def __init__(self, number: int) -> None:
        self.number, self._rng = number, np.random.default_rng(number)
        self.stage, self.asleep, self.empty = self._furnished()
        self._rest = self.stage.picture(self.asleep)
        self._swing = floats((self.stage.picture(self.asleep, _DEEP) - self._rest) / _DEEP)
        self._bare = self.stage.picture(self.empty)
        self._grain = np.random.default_rng(0).standard_normal(1 << 22, np.float32)

    def judged(self, kind: str, sigma: float, breath: float) -> Iterator[Seen]:
        """One film, judged at some moments."""
        seconds = MOMENTS[-1] if kind == "nothing" else MOMENTS[-2]
        scene = self.asleep if breath else self.empty
        disturbance = UNDISTURBED
        if kind != "nothing":
            disturbance = disturb(kind, self._rng, self.stage, scene, seconds)
        corners = [(float(x), float(y)) for x, y in self.stage.corners]
        movements = Movements((corners[0], corners[1], corners[2], corners[3]), *SIZE)
        last: bytes | None = None
        for frame, picture in enumerate(self._pictures(breath, seconds)):
            sent = self._sent(frame, picture, sigma * SIZE[0] / FULL_WIDTH, disturbance)
            if (now := sent.tobytes()) != last:  # the same bytes again are no frame (vision.observer)
                movements.add(sent, frame / FRAMES_PER_SECOND)
            last = now
            if (frame + 1) / FRAMES_PER_SECOND in MOMENTS:
                seen = movements.judge()
                yield Seen(self.number, kind, sigma, breath, (frame + 1) / FRAMES_PER_SECOND,
                           seen.score, seen.evidence)  # fmt: skip

    def _furnished(self) -> tuple[Stage, Scene, Scene]:
        rng = self._rng
        while True:
            home = Home.draw(rng)
            camera = place(rng, home.room, False, SIZE)
            if camera is None:
                continue
            state = str(rng.choice(["covered", "head_covered"], p=[0.7, 0.3]))
            asleep = arrange(rng, home.bed, state, tidy=True)
            if asleep.chest is None:
                continue
            chest = np.array([asleep.chest.x, asleep.chest.y, home.bed.top])
            if NEAREST < float(np.linalg.norm(camera.position - chest)) < FARTHEST:
                break
        empty = arrange(rng, home.bed, str(rng.choice(list(EMPTY))), tidy=True)
        light, sensor = Light.draw(rng, "infrared"), Sensor.draw(rng, "infrared")
        return Stage(home, camera, light, sensor, empty), asleep, empty

    def _pictures(self, breath: float, seconds: float) -> Iterator[Floats]:
        for depth in breathing(self._rng, seconds) * breath:
            yield floats(self._rest + depth * self._swing) if breath else self._bare

    def _sent(
        self, frame: int, picture: Floats, sigma: float, disturbance: Disturbance
    ) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        seen = disturbance.seen(frame, picture)
        begin = int(self._rng.integers(0, len(self._grain) - seen.size))
        noisy = seen + sigma * self._grain[begin : begin + seen.size].reshape(seen.shape)
        noisy[seen >= 254.5] = 255
        sent = disturbance.delivered(frame, np.clip(noisy + 0.5, 0, 255).astype(np.uint8))
        quality = disturbance.quality(frame, 100)
        whole = sent if quality == 100 else decoded(encoded(sent, quality))
        return whole.reshape(SIZE[1], SIZE[0])


def films_of_home(number: int, *, usual: bool = False) -> Iterator[Seen]:
    """All films of one home. usual: of those that nothing disturbs only the usual noise and breath."""
    room = Room(number)
    for sigma in (USUAL_SIGMA,) if usual else SIGMAS:
        for breath in (0.0, USUAL_BREATH) if usual else (0.0, *BREATHS):
            yield from room.judged("nothing", sigma, breath)
    for kind in KINDS:
        for breath in (0.0, USUAL_BREATH):
            yield from room.judged(kind, USUAL_SIGMA, breath)


def measured(folder: Path, first: int, homes: int, *, usual: bool = False) -> list[Seen]:
    """The films of so many homes; those that are in the folder already are read from there."""
    folder.mkdir(parents=True, exist_ok=True)
    films: list[Seen] = []
    for number in range(first, first + homes):
        path = folder / f"{number}.json"
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_text(json.dumps([asdict(seen) for seen in films_of_home(number, usual=usual)]))
            part.rename(path)
            print(f"home {number} measured", flush=True)
        films += [Seen(**row) for row in json.loads(path.read_text())]
    return films


def told(films: Sequence[Seen], what: str) -> None:
    """One line of the table: how these films of sleepers and empty beds are told apart; none without either."""
    if len({seen.breath > 0 for seen in films}) < 2:
        return
    known = [seen for seen in films if seen.score is not None]
    low, high = _interval(known)
    unknown = share([seen.score is None for seen in films])
    moves = [seen.evidence is not None and seen.evidence >= MOVES_FROM for seen in films]
    found = share([moving for moving, seen in zip(moves, films, strict=True) if seen.breath])
    false = share([moving for moving, seen in zip(moves, films, strict=True) if not seen.breath])
    print(
        f"{what:34} {_auc(known):.3f} [{low:.3f}, {high:.3f}]  unknown {unknown.hits:3}/{unknown.of:<4}"
        f" said to move: sleepers {found.hits:3}/{found.of:<4} empty {false.hits:3}/{false.of:<4}"
        f" [{false.low:.3f}, {false.high:.3f}]"
    )


def report(films: Sequence[Seen]) -> None:
    """All lines."""
    print(
        f"{'':34} AUC [95 % by homes]    (noise at 640 pixels' width; evidence from {MOVES_FROM} on is movement)"
    )
    for seconds in MOMENTS:
        still = [seen for seen in films if seen.kind == "nothing" and seen.seconds == seconds]
        for sigma in SIGMAS:
            for breath in BREATHS:
                which = [seen for seen in still if seen.sigma == sigma and seen.breath in {0.0, breath}]
                told(which, f"{seconds:.0f} s, noise {sigma:.0f}, breath {breath:.0f} mm")
    for seconds in MOMENTS[:-1]:
        usual = [seen for seen in films if (seen.sigma, seen.seconds) == (USUAL_SIGMA, seconds)]
        usual = [seen for seen in usual if seen.breath in {0.0, USUAL_BREATH}]
        for kind in KINDS:
            told([seen for seen in usual if seen.kind == kind], f"{seconds:.0f} s, {kind}")
        told(usual, f"{seconds:.0f} s, all of these and nothing")
        told(
            [seen for seen in usual if seen.kind != "cat_asleep"], f"{seconds:.0f} s, without the cat asleep"
        )


def _auc(films: Sequence[Seen]) -> float:
    return auc(*_scores(films))


def _scores(films: Sequence[Seen]) -> tuple[Floats, Floats]:
    """Scores, and 1 for those of a sleeper."""
    return floats([seen.score for seen in films]), floats([seen.breath > 0 for seen in films])


def _interval(films: Sequence[Seen]) -> tuple[float, float]:
    """Homes are drawn anew, each with all its films, since the films of one home are alike."""
    homes = sorted({seen.home for seen in films})
    by_home = [_scores([seen for seen in films if seen.home == home]) for home in homes]
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(RESAMPLES if homes else 0):
        some = [by_home[i] for i in rng.integers(0, len(homes), len(homes))]
        scores, truth = (np.concatenate(parts) for parts in zip(*some, strict=True))
        drawn.append(auc(scores, truth))
    known = [value for value in drawn if not np.isnan(value)]
    return (float(np.quantile(known, 0.025)), float(np.quantile(known, 0.975))) if known else (0.0, 1.0)


def main() -> None:
    """Renders, judges, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/movement"))
    parser.add_argument("--first", type=int, default=FIRST_HOME)
    parser.add_argument("--homes", type=int, default=20)
    parser.add_argument(
        "--usual",
        action="store_true",
        help="of undisturbed films only the usual noise and breath: half the time",
    )
    options = parser.parse_args()
    cv2.setNumThreads(1)
    report(measured(options.folder, options.first, options.homes, usual=options.usual))


if __name__ == "__main__":
    main()
