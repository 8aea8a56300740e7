"""`nattro bench`: what each stage of the frame path costs, against the net alone and against others' nets."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from vision.capture import Picture
from vision.device import COLOUR_EVERY
from vision.integrity import measure, torn_share
from vision.motion import Movements
from vision.moved import landmarks_of, stance
from vision.observer import CHANCE_EVERY, FRAMES_APART, QUALITY_EVERY, STANCE_EVERY
from vision.occupancy import ModelRefused, OccupancyNet, prepare
from vision.pixels import Layout, coloured, grey
from vision.protocol import Bed
from vision.region import BedRegion

DONE, BAD_INPUT, TROUBLE = 0, 2, 3
WIDTH, HEIGHT = 640, 480
BED: Bed = ((230.0, 110.0), (430.0, 110.0), (520.0, 430.0), (130.0, 430.0))
SEED = 1
LONGEST_EDGE = 4096

EXPLAINED = """\
All stages take turns within one run, so that whatever else the computer does slows all alike: compare the ratios.
One thread, a made-up textured picture of 640x480 (what is in it does not change the work), medians of all rounds.

  each time   what one such step costs
  a second    how often a look takes it
  of a core   both together

--peer takes any ONNX file of a detector (YOLO, SSD, …) and times one run of it on a picture of its input's size;
its preparation and what follows it are left out, in its favour.
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the frame path. per_second: how often a look takes it."""

    name: str
    run: Callable[[], object]
    per_second: float


@dataclass(frozen=True, slots=True)
class Cost:
    """milliseconds: median of one step; of_core: share of a core in a look; nets: in runs of the net alone."""

    name: str
    milliseconds: float
    per_second: float
    of_core: float
    nets: float


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    wish = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        net = OccupancyNet.load(wish.model)
        peers = [(path.name, _peer(path)) for path in wish.peer]
    except ModelRefused as error:
        print(f"nattro bench: {error}", file=sys.stderr)
        return TROUBLE
    except BadPeer as error:
        print(f"nattro bench: --peer: {error}", file=sys.stderr)
        return BAD_INPUT
    stages = frame_path(net)
    costs = measure_costs([*stages, *(Stage(name, run, 0.0) for name, run in peers)], wish.rounds)
    if wish.json:
        print(json.dumps({"net": net.version, "stages": [asdict(cost) for cost in costs]}))
    else:
        _tell(costs, {name for name, _ in peers}, net.version)
    return DONE


def frame_path(net: OccupancyNet) -> list[Stage]:
    """Every stage that a frame of 640×480 passes through, the net alone first."""
    rng = np.random.default_rng(SEED)
    scene = cv2.GaussianBlur(rng.normal(0, 60, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 4) * 8 + 110
    colour = np.clip(scene[:, :, None] + rng.normal(0, 3, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    jpeg = np.asarray(cv2.imencode(".jpg", colour)[1], np.uint8)
    layout = Layout("MJPG", (WIDTH, HEIGHT), 0)
    picture = grey(jpeg, layout)
    region = BedRegion(BED, WIDTH, HEIGHT)
    views = region.views(picture)
    landmarks = landmarks_of(picture, BED)
    prepared = np.stack([prepare(view.picture, view.outline()) for view in views[:1]])
    frames, chances = 1 / FRAMES_APART, 1 / CHANCE_EVERY
    return [
        Stage("net, one view", lambda: net.answer(prepared), 0.0),
        Stage("decode MJPEG", lambda: grey(jpeg, layout), frames),
        Stage("coloured?", lambda: coloured(jpeg, layout), 1 / COLOUR_EVERY),
        Stage("torn?", lambda: torn_share(picture), frames),
        Stage("movement", _Moving(picture), frames),
        Stage("views of the bed", lambda: region.views(picture), chances),
        Stage("net, all views and mirrored", lambda: net.logit(views), chances),
        Stage("quality", lambda: measure(picture, BED), 1 / QUALITY_EVERY),
        Stage("moved?", lambda: stance(landmarks, picture, BED), 1 / STANCE_EVERY),
    ]


def measure_costs(stages: Sequence[Stage], rounds: int) -> list[Cost]:
    """Medians over so many rounds, in each of which every stage has its turn."""
    spent: dict[str, list[float]] = {stage.name: [] for stage in stages}
    for _ in range(rounds):
        for stage in stages:
            begun = time.perf_counter()
            stage.run()
            spent[stage.name].append(time.perf_counter() - begun)
    medians = [statistics.median(spent[stage.name]) for stage in stages]
    return [
        Cost(stage.name, 1000 * median, stage.per_second, median * stage.per_second, median / medians[0])
        for stage, median in zip(stages, medians, strict=True)
    ]


class BadPeer(Exception):
    """The file is no net that can be timed; the text says why."""


def _peer(path: Path) -> Callable[[], object]:
    """One run of somebody else's net, on noise of its input's shape; free sizes become 1×3×640×640."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions have no common base but this
        raise BadPeer(f"{path} cannot be loaded by ONNX Runtime: {error}") from error
    inputs = session.get_inputs()
    kinds = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(float16)": np.float16}
    if len(inputs) != 1 or inputs[0].type not in kinds or len(inputs[0].shape) != 4:
        told = [(one.name, one.type, one.shape) for one in inputs]
        raise BadPeer(f"{path} takes {told}; a net with one picture as its input can be timed")
    shape = [
        side if isinstance(side, int) else (1 if index == 0 else 640)
        for index, side in enumerate(inputs[0].shape)
    ]
    if not all(0 < side <= LONGEST_EDGE for side in shape):
        raise BadPeer(f"{path} takes pictures of {shape}; at most {LONGEST_EDGE} pixels a side can be timed")
    picture = np.random.default_rng(SEED).integers(0, 255, shape).astype(kinds[inputs[0].type])
    return lambda: session.run(None, {inputs[0].name: picture})


def _size(side: int | str | None, usual: int) -> int:
    return side if isinstance(side, int) else usual


class _Moving:
    """The movement cue on frames that come ten times a second."""

    def __init__(self, grey: Picture) -> None:
        self._movements = Movements(BED, WIDTH, HEIGHT)
        self._grey = grey
        self._at = 0.0

    def __call__(self) -> None:
        self._at += FRAMES_APART
        self._movements.add(self._grey, self._at)


def _tell(costs: list[Cost], peers: set[str], version: str) -> None:
    ours = [cost for cost in costs if cost.name not in peers]
    table = Table(title=f"Frame path at {WIDTH}×{HEIGHT}, one core, net {version}", title_justify="left")
    for column in ("stage", "each time", "a second", "of a core", "× the net"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for cost in costs:
        often = f"{cost.per_second:.2f}" if cost.per_second else "–"
        share = f"{100 * cost.of_core:.1f} %" if cost.per_second else "–"
        table.add_row(cost.name, f"{cost.milliseconds:.2f} ms", often, share, f"{cost.nets:.1f}")
    console = Console(width=max(Console().width, 90))
    console.print(table)
    frames = next(cost.per_second for cost in ours if cost.per_second)
    total = sum(cost.of_core for cost in ours)
    console.print(
        f"A frame costs {1000 * total / frames:.2f} ms on average, a look {100 * total:.0f} % of a core."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nattro bench",
        description="Time each stage of a look, against the net alone and against other nets.",
        epilog=EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", type=int, default=200, metavar="N", help="how often each stage is timed (200)"
    )
    parser.add_argument(
        "--peer", type=Path, action="append", default=[], metavar="FILE.onnx", help="another net"
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="a net other than the shipped one")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
