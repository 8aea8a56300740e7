"""Figures of looks at sound and ailing cameras: how surely each fault is told, and how often one falsely."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.camera_faults import FAULTS
from models.training.camera_judging import ANOTHER_CAMERA, Looked
from vision.evaluate.figures import Share, share
from vision.moved import MOVED_FROM

TOLD: dict[str, tuple[str, bool, tuple[str, ...], float]] = {
    **{name: (fault.cue, fault.rises, fault.told, fault.goal_from) for name, fault in FAULTS.items()},
    "turned": ("shift", True, ("moved",), 2.0),
    "shifted": ("shift", True, ("moved",), 0.1),
    "lamp dead": ("other_light", True, ("lit_otherwise", "lamp_dead", "dark", "covered", "hazed"), 1.0),
}
"""By fault: its cue, whether that rises, the worker's words for it, and from which strength the goal holds."""
SEED, RESAMPLES = 7, 400
NOTHING_SEEN = 10.0
NO_ANSWER = (
    "view_unknown",
    "low_contrast",
    "blurred",
    "hazed",
    "partly_covered",
    "lit_otherwise",
    "lamp_dead",
    "dark",
    "over_exposed",
)
"""Doubts that keep `not_in_bed` from being said, though they name no fault of the camera."""

Numbers = NDArray[np.float64]


def tell(looks: Sequence[Looked]) -> None:
    """Print the tables."""
    by_fault: dict[tuple[str, float], list[Looked]] = defaultdict(list)
    for look in looks:
        by_fault[look.fault, look.strength].append(look)
    sound = by_fault.pop(("sound", 0.0))
    _tell_sound("sound looks", sound)
    another = by_fault.pop((ANOTHER_CAMERA, 0.0), [])
    if another:
        _tell_sound(f"sound looks by {ANOTHER_CAMERA} than at installation", another)
    print(
        f"\n{'fault':16}{'strength':>9}{'looks':>7}  {'AUC':24}{'told':34}{'some fault':>11}{'or doubt':>9}  goal"
    )
    for (name, strength), ailing in by_fault.items():
        print(_line(name, strength, ailing, sound))


def _tell_sound(what: str, sound: Sequence[Looked]) -> None:
    false = [look for look in sound if look.faults]
    homes = {look.home for look in sound}
    print(f"{what}: {len(sound)} in {len(homes)} homes, lights {dict(Counter(look.light for look in sound))}")
    print(f"  told a fault: {_told(share([bool(look.faults) for look in sound]))}")
    print(
        f"  homes with a false fault: {_told(share([home in {x.home for x in false} for home in sorted(homes)]))}"
    )
    for name in sorted({fault for look in false for fault in look.faults}):
        print(f"    {name}: {sum(name in look.faults for look in false)}")
    for doubt in NO_ANSWER:
        print(f"  doubt {doubt}: {_told(share([doubt in look.doubts for look in sound]))}")


def _line(name: str, strength: float, ailing: Sequence[Looked], sound: Sequence[Looked]) -> str:
    cue, rises, words, goal_from = TOLD[name]
    worse, usual = _scores(ailing, cue, rises=rises), _scores(sound, cue, rises=rises)
    low, high = _interval(worse, usual)
    named = share([bool(set(words) & {*look.faults, *look.doubts}) for look in ailing])
    some = sum(bool(look.faults) for look in ailing) / len(ailing)
    careful = sum(bool(look.faults) or bool(set(NO_ANSWER) & set(look.doubts)) for look in ailing) / len(
        ailing
    )
    concerns = strength >= goal_from if _grows(name) else strength <= goal_from
    auc = f"{area(worse, usual):.4f} ({low:.4f}-{high:.4f})"
    return (
        f"{name:16}{strength:9.3g}{len(ailing):7}  {auc:24}{_told(named):34}{some:11.1%}{careful:9.1%}"
        f"  {'yes' if concerns else ''}"
    )


def _grows(name: str) -> bool:
    """Whether a larger strength is the worse fault; what is left of the light is the other way round."""
    return name not in {"dark", "capped"}


def _scores(looks: Iterable[Looked], cue: str, *, rises: bool) -> Numbers:
    """The cue, larger where it speaks for a fault."""
    scores = []
    for look in looks:
        value = look.cues.get(cue)
        scores.append(_unknown(cue, look) if value is None else value if rises else -value)
    return np.array(scores)


def _unknown(cue: str, look: Looked) -> float:
    """A view that is not recognised is nearly a moved one; where nothing is seen at all, all is changed."""
    if cue in {"hidden", "veil", "blur", "other_light"}:
        return NOTHING_SEEN if look.faults else 0.0
    return {"shift": 0.9 * MOVED_FROM}.get(cue, 0.0)


def area(worse: Numbers, usual: Numbers) -> float:
    """Chance that a look with the fault scores higher than a sound one; ties count half."""
    order = np.sort(usual)
    below = (np.searchsorted(order, worse, "left") + np.searchsorted(order, worse, "right")) / 2
    return float(below.mean() / len(order))


def _interval(worse: Numbers, usual: Numbers) -> tuple[float, float]:
    """95 %, by drawing looks anew."""
    rng = np.random.default_rng(SEED)
    areas = [area(rng.choice(worse, len(worse)), rng.choice(usual, len(usual))) for _ in range(RESAMPLES)]
    low, high = np.percentile(areas, (2.5, 97.5))
    return float(low), float(high)


def _told(found: Share) -> str:
    return f"{found.hits} of {found.of} ({found.low:.2%}-{found.high:.2%})"
