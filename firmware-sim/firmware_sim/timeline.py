"""Draws a night's time line: windows, looks, verdicts, faults, restarts, alarms, outages, heartbeats."""

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from firmware_sim.comparison import label
from firmware_sim.letters import Letter, named, seconds_of
from firmware_sim.runner import Night
from firmware_sim.sight import Sight
from firmware_sim.spells import Spell
from firmware_sim.world.record import Part

INK, GRID, PAPER = "#26323a", "#dfe5e8", "#ffffff"
CALM, WINDOW, GREEN, RED, AMBER, VIOLET, GREY, BLUE = (
    "#8fb8cf",
    "#eef3f6",
    "#2e8b57",
    "#c8352b",
    "#e0a100",
    "#8a4fa8",
    "#9aa5ab",
    "#2f6fa8",
)
VERDICTS = {
    "in_bed": GREEN,
    "not_in_bed": RED,
    "uncertain": AMBER,
    "camera_fault": VIOLET,
    "failed": VIOLET,
    "missed": RED,
    "paused": BLUE,
}
PALE_RED = "#eeb4af"
RESTARTED: tuple[tuple[Part, str, str], ...] = (
    ("relay.camera", BLUE, "camera relay"),
    ("relay.router", BLUE, "router relay"),
    ("usb", CALM, "usb"),
)
LADDER_SECONDS = 600.0
LEAST_WIDTH = 120.0
"""Seconds: a pulse of ten seconds must still be seen in a night of ten hours."""
LEGEND = "shaded: agreed windows  ·  dots: looks, green in bed, red not in bed, amber uncertain, violet fault"
WORD_WIDTH = 0.0054
"""Of one letter, as a share of the picture's width."""


class Bar(msgspec.Struct, frozen=True):
    """A spell in a lane, with a word in it or beside it."""

    begin: float
    end: float
    colour: str
    word: str = ""


class Dot(msgspec.Struct, frozen=True):
    """An instant in a lane."""

    at: float
    colour: str
    marker: str = "o"
    size: float = 5.0


class Lane(msgspec.Struct):
    """One row of the picture."""

    name: str
    bars: list[Bar] = []
    dots: list[Dot] = []


def draw(night: Night, path: Path) -> None:
    """Write the time line as PNG. Raises OSError if the file cannot be written."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    sight = Sight(night.scenario, night.record)
    lanes = [lane for lane in _lanes(sight) if lane.bars or lane.dots]
    figure, axes = plt.subplots(figsize=(14, 1.3 + 0.46 * len(lanes)), dpi=110, facecolor=PAPER)
    axes.set_xlim(0, sight.end)
    for row, lane in enumerate(reversed(lanes)):
        _draw_lane(axes, row, lane, sight.end)
    _draw_windows(axes, sight, len(lanes))
    _draw_frame(axes, night, [lane.name for lane in reversed(lanes)])
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)


# ---- what is shown


def _lanes(sight: Sight) -> list[Lane]:
    return [
        Lane("answers", bars=[_answer(sight, letter) for letter in sight.letters.of("check")]),
        Lane("looks", bars=_looks(sight), dots=_verdicts(sight)),
        Lane("alarms", bars=_alarms(sight)),
        Lane("person", bars=_person(sight)),
        Lane("camera faults", bars=_faults(sight, "camera", "worker")),
        Lane(
            "other faults",
            bars=_faults(sight, "uplink", "broker", "publish", "clock", "store", "state", "relay"),
        ),
        Lane("restarts", bars=_restarts(sight)),
        Lane("device off", bars=_wide([x for x in sight.spells("device", "down") if x[0] < sight.end], GREY)),
        Lane("router down", bars=_wide(sight.spells("router", "down"), GREY)),
        Lane("internet down", bars=_wide(sight.spells("internet", "down"), GREY)),
        Lane("broker out", bars=_broker(sight)),
        Lane("locked", bars=_locked(sight)),
        Lane("heartbeats", dots=[Dot(letter.at, CALM, "|", 11) for letter in sight.letters.of("heartbeat")]),
    ]


def _answer(sight: Sight, letter: Letter) -> Bar:
    told = named(letter.data["status"], letter.data["reason"])
    begin = sight.elapsed(seconds_of(letter.data["window_start"]))
    end = sight.elapsed(seconds_of(letter.data["window_end"]))
    return Bar(
        begin, end, VERDICTS[letter.data["status"]], f"{label(sight.scenario, letter.data['check'])}  {told}"
    )


def _looks(sight: Sight) -> list[Bar]:
    return _wide(sight.spells("camera", "open"), CALM)


def _verdicts(sight: Sight) -> list[Dot]:
    looks = [look for letter in sight.letters.of("check") for look in letter.data["looks"]]
    return [
        Dot(sight.elapsed(seconds_of(look["at"])) + 20, VERDICTS[look["result"]], "o", 7) for look in looks
    ]


def _alarms(sight: Sight) -> list[Bar]:
    lives: dict[str, list[Letter]] = {}
    for letter in sight.letters.of("alarm"):
        lives.setdefault(letter.data["alarm"], []).append(letter)
    bars = []
    for life in lives.values():
        kind, raised = life[0].data["kind"], sight.elapsed(seconds_of(life[0].data["raised_at"]))
        ends = {letter.data["state"]: letter.at for letter in reversed(life)}
        cleared = ends.get("cleared", sight.end)
        taken_care_of = min(ends.get("acknowledged", cleared), cleared)
        if taken_care_of < cleared:
            bars.append(Bar(raised, taken_care_of, RED))
            bars.append(Bar(taken_care_of, cleared, PALE_RED, f"{kind}, acknowledged"))
        else:
            bars.append(Bar(raised, cleared, RED, kind))
    return bars


def _person(sight: Sight) -> list[Bar]:
    away = [Bar(begin, end, "#d8dee2", "away") for begin, end in sight.spells("person", "away")]
    return away + [
        Bar(begin, end, "#efe2bd", "half out") for begin, end in sight.spells("person", "half_out")
    ]


def _faults(sight: Sight, *families: str) -> list[Bar]:
    since: dict[str, float] = {}
    bars = []
    for letter in sight.letters.of("fault"):
        kind, begun = letter.data["kind"], sight.elapsed(seconds_of(letter.data["since"]))
        if not kind.startswith(families):
            continue
        if letter.data["state"] == "present":
            since.setdefault(kind, begun)
        else:
            bars.append(Bar(since.pop(kind, begun), letter.at, VIOLET, kind))
    return bars + [Bar(begun, sight.end, VIOLET, kind) for kind, begun in since.items()]


def _restarts(sight: Sight) -> list[Bar]:
    """Bars of what was switched off; those of one ladder share one word."""
    found = []
    for part, colour, word in RESTARTED:
        for begin, end in sight.spells(part, "off"):
            found.append(Bar(begin, max(end, begin + LEAST_WIDTH), colour, word))
    found.sort(key=lambda bar: bar.begin)
    bars: list[Bar] = []
    words: list[str] = []
    for bar, following in zip_longest(found, found[1:]):
        words.append(bar.word)
        last = following is None or following.begin - bar.end > LADDER_SECONDS
        bars.append(msgspec.structs.replace(bar, word=", ".join(dict.fromkeys(words)) if last else ""))
        words = [] if last else words
    return bars


def _broker(sight: Sight) -> list[Bar]:
    moods = sight.states("broker")
    ends = [*(seen.at for seen in moods[1:]), sight.end]
    return [
        Bar(seen.at, end, GREY, seen.detail)
        for seen, end in zip(moods, ends, strict=False)
        if seen.detail not in ("", "works")
    ]


def _locked(sight: Sight) -> list[Bar]:
    return [
        *(Bar(*spell, INK, "privacy switch") for spell in sight.spells("switch", "locked")),
        *(Bar(*spell, INK, "clock not trusted") for spell in sight.spells("clock", "untrusted")),
        *(Bar(*spell, INK, "memory lost") for spell in sight.spells("consent", "lost")),
        *(
            Bar(letter.at, sight.end, INK, "consent withdrawn")
            for letter in sight.letters.of("consent")
            if letter.data["state"] == "withdrawn"
        ),
    ]


def _wide(found: Iterable[Spell], colour: str) -> list[Bar]:
    return [Bar(begin, max(end, begin + LEAST_WIDTH), colour) for begin, end in found]


# ---- how it is drawn


def _draw_lane(axes: Any, row: int, lane: Lane, end: float) -> None:
    taken = 0.0
    for bar, following in zip_longest(lane.bars, lane.bars[1:]):
        width = bar.end - bar.begin
        axes.barh(
            row,
            width,
            left=bar.begin,
            height=0.52,
            color=bar.colour,
            edgecolor=PAPER,
            linewidth=0.6,
            zorder=3,
        )
        if bar.word:
            taken = _write(axes, row, bar, taken, following.begin if following else end)
    for dot in lane.dots:
        axes.plot(
            dot.at, row, dot.marker, color=dot.colour, markersize=dot.size, zorder=5, markeredgewidth=1.6
        )


def _write(axes: Any, row: int, bar: Bar, taken: float, following: float) -> float:
    """Write the bar's word inside it if it fits, else to its right, else to its left; returns where it ends."""
    end = float(axes.get_xlim()[1])
    width, gap = len(bar.word) * end * WORD_WIDTH, end * 0.004
    style: dict[str, Any] = {"va": "center", "fontsize": 8.5, "zorder": 6, "color": INK}
    if bar.end - bar.begin > width + gap:
        colour = PAPER if bar.colour in (INK, RED, GREEN, VIOLET, BLUE) else INK
        axes.text((bar.begin + bar.end) / 2, row, bar.word, **{**style, "color": colour, "ha": "center"})
        return bar.end
    if bar.end + gap + width < following or bar.begin - gap - width < taken:
        axes.text(bar.end + gap, row, bar.word, **style)
        return bar.end + gap + width
    axes.text(bar.begin - gap, row, bar.word, **{**style, "ha": "right"})
    return bar.end


def _draw_windows(axes: Any, sight: Sight, rows: int) -> None:
    for window in sight.windows:
        begin, end = sight.elapsed(window.start), sight.elapsed(window.end)
        axes.axvspan(begin, end, color=WINDOW, zorder=0, linewidth=0)
    axes.set_ylim(-0.6, rows - 0.4)


def _draw_frame(axes: Any, night: Night, names: list[str]) -> None:
    scenario = night.scenario
    hours = [hour * 3600.0 for hour in range(int(scenario.seconds // 3600) + 1)]
    step = max(1, len(hours) // 16)
    axes.set_xticks(hours[::step], [f"{scenario.night.local(at):%H:%M}" for at in hours[::step]], color=INK)
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.grid(axis="x", color=GRID, zorder=1)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    state = "as expected" if night.as_expected else "not as expected"
    title = f"{scenario.title}   ·   {scenario.night.local(0):%Y-%m-%d}   ·   {state}"
    axes.set_title(title, loc="left", color=INK, fontsize=12, pad=12)
    axes.set_xlabel(LEGEND, loc="left", color=GREY, fontsize=8.5, labelpad=8)
