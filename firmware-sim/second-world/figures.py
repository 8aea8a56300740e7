"""What the net loses from one rendered world to the other: `python figures.py FOLDER [--model FOLDER]`.

FOLDER holds what `render.py` wrote. Each picture is judged as `nattro evaluate` judges a still.
"""

import argparse
import csv
from pathlib import Path

from vision.evaluate.figures import Share, Summary, share, summarise
from vision.evaluate.judging import Result, judge_entry
from vision.evaluate.manifest import read_manifest
from vision.occupancy import OccupancyNet

_WORST = 10
_LIGHTS = ("infrared", "day")


def main() -> None:
    """Judges all pictures and prints the figures as tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    net = OccupancyNet.load(options.model)
    manifest = read_manifest(options.folder / "MANIFEST.csv")
    with (options.folder / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        told = {row["file"]: row for row in csv.DictReader(file)}
    results = [judge_entry(entry, net, seconds=1, extension=0) for entry in manifest.entries]
    print(f"Net {net.version}; {len(results)} pictures of as many rooms\n")
    _by_view(results)
    _by_state(results, told)
    _worst(results, told)


def _by_view(results: list[Result]) -> None:
    groups = sorted({result.entry.group for result in results})
    rows = [summarise(name, [r for r in results if r.entry.group == name]) for name in groups]
    rows += [
        summarise(f"all {light}", [r for r in results if r.entry.group.endswith(light)]) for light in _LIGHTS
    ]
    print(
        "| view, light | occupied, empty | AUC (95 % bootstrap) | chance ≥ 0.5: occupied | empty | in_bed: empty |"
    )
    print("|---|---|---|---|---|---|")
    for row in [*rows, summarise("all", results)]:
        print(f"| {row.name} | {row.occupied}, {row.empty} | {_area(row)} | {_told(row.recall)} | "
              f"{_told(row.false_likely)} | {_told(row.false_in_bed)} |")  # fmt: skip
    print(f"\nFalse 'occupied' where 98 of 100 occupied are found: {_false_at(results, 0.98)}\n")


def _by_state(results: list[Result], told: dict[str, dict[str, str]]) -> None:
    print("| state | chance ≥ 0.5 | mean chance | verdicts |\n|---|---|---|---|")
    states = dict.fromkeys((r.entry.occupied, told[r.entry.name]["state"]) for r in results)
    for occupied, state in sorted(states, reverse=True):
        these = [r for r in results if told[r.entry.name]["state"] == state]
        chances = [r.p_occupied for r in these if r.p_occupied is not None]
        verdicts = [str(r.verdict) for r in these]
        counted = ", ".join(f"{verdict} {verdicts.count(verdict)}" for verdict in sorted(set(verdicts)))
        kind = "occupied" if occupied else "empty"
        mean = sum(chances) / max(1, len(chances))
        print(f"| {kind}: {state} | {_told(share([r.likely for r in these]))} | {mean:.2f} | {counted} |")
    print()


def _worst(results: list[Result], told: dict[str, dict[str, str]]) -> None:
    print("Worst:")
    for result in sorted(results, key=lambda r: -r.badness)[:_WORST]:
        row = told[result.entry.name]
        chance = "-" if result.p_occupied is None else f"{result.p_occupied:.2f}"
        print(
            f"  {row['file']}  {row['label']}: {row['state']}, {row['group']}: chance {chance}, {result.verdict}"
        )


def _false_at(results: list[Result], recall: float) -> str:
    """Share of empties with at least the chance that so many of the occupied reach."""
    occupied = sorted(r.p_occupied for r in results if r.entry.occupied and r.p_occupied is not None)
    empty = [r.p_occupied for r in results if not r.entry.occupied and r.p_occupied is not None]
    if not occupied or not empty:
        return "-"
    limit = occupied[int((1 - recall) * len(occupied))]
    return f"{_told(share([chance >= limit for chance in empty]))} (chance ≥ {limit:.3f})"


def _area(row: Summary) -> str:
    if row.auc is None or row.auc_interval is None:
        return "-"
    return f"{row.auc:.3f} ({row.auc_interval[0]:.3f}-{row.auc_interval[1]:.3f})"


def _told(part: Share) -> str:
    if not part.of:
        return "-"
    return f"{part.hits}/{part.of} = {100 * part.hits / part.of:.0f} % ({100 * part.low:.0f}-{100 * part.high:.0f})"


if __name__ == "__main__":
    main()
