"""`nattro evaluate`: judges a list of recordings whose truth is known, and says how right nattro was."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from vision.evaluate.figures import Share, Summary, by_group
from vision.evaluate.judging import Result, judge_entry
from vision.evaluate.manifest import Manifest, ManifestError, read_manifest
from vision.evaluate.report import html_report
from vision.occupancy import ModelRefused, OccupancyNet

WIDTH = 150
REACHED, SOME_UNJUDGED, BAD_INPUT, TROUBLE = 0, 1, 2, 3

EXPLAINED = """\
the list
  A CSV file with the columns file,label,bed,group and, if wanted, reference; further columns are left alone.
  file       a picture or a film, relative to the list
  label      occupied or empty; lines with another label are skipped and counted
  bed        the bed's corners as for `nattro look`: "x,y x,y x,y x,y"
  group      any name to sum up by: a camera, a home, a kind of light
  reference  picture of the same bed, empty, from the same camera

  file,label,bed,group
  night/0312.avi,occupied,"212,96 388,101 466,402 120,390",ward 2
  night/0415.jpg,empty,"212,96 388,101 466,402 120,390",ward 2

exit codes
  0  every recording was judged, rightly or not
  1  some files could not be judged (named at the end)
  2  bad usage, or the list cannot be used; nothing was judged
  3  the net cannot be used

Nothing is sent anywhere. --html writes pictures of the worst errors: keep the report as you keep the recordings.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    wish = _parser().parse_args(arguments)
    try:
        manifest = read_manifest(wish.manifest)
        net = OccupancyNet.load(wish.model)
    except ManifestError as error:
        return _fail(str(error), BAD_INPUT)
    except ModelRefused as error:
        return _fail(str(error), TROUBLE)
    if wish.html and not wish.html.absolute().parent.is_dir():
        return _fail(f"--html: there is no folder {str(wish.html.parent)!r}", BAD_INPUT)
    results = _judge_all(manifest, net, wish)
    summaries = by_group(results)
    if wish.json:
        print(json.dumps(_as_json(manifest, net.version, results, summaries)))
    else:
        _tell(manifest, net.version, results, summaries)
    if wish.html:
        try:
            wish.html.write_text(html_report(wish.manifest.name, net.version, summaries, results), "utf-8")
        except OSError as error:
            return _fail(f"--html: cannot write {str(wish.html)!r}: {error.strerror}", BAD_INPUT)
    return SOME_UNJUDGED if any(result.error for result in results) else REACHED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nattro evaluate",
        description="Judge recordings whose truth is known, and say how right nattro was.",
        epilog=EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("manifest", type=Path, metavar="MANIFEST.csv", help="the list of recordings")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument(
        "--html", type=Path, metavar="REPORT.html", help="write a report with pictures of errors"
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="a net other than the shipped one")
    parser.add_argument(
        "--seconds", type=float, default=20.0, metavar="N", help="how long a film is looked at (20)"
    )
    parser.add_argument(
        "--extension",
        type=float,
        default=30.0,
        metavar="N",
        help="further seconds when unsure (30)",
    )
    return parser


def _judge_all(manifest: Manifest, net: OccupancyNet, wish: argparse.Namespace) -> list[Result]:
    results = []
    for number, entry in enumerate(manifest.entries, 1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(manifest.entries)}", end="", file=sys.stderr)
        results.append(judge_entry(entry, net, seconds=wish.seconds, extension=wish.extension))
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    return results


def _as_json(
    manifest: Manifest, model: str, results: list[Result], summaries: list[Summary]
) -> dict[str, Any]:
    return {
        "model": model,
        "rows": [
            {
                "file": result.entry.name,
                "label": "occupied" if result.entry.occupied else "empty",
                "group": result.entry.group,
                "p_occupied": None if result.p_occupied is None else round(result.p_occupied, 4),
                "verdict": result.verdict,
                "reasons": result.reasons,
                "error": result.error,
            }
            for result in results
        ],
        "skipped": dict(manifest.skipped),
        "summary": [asdict(summary) for summary in summaries],
    }


def _tell(manifest: Manifest, model: str, results: list[Result], summaries: list[Summary]) -> None:
    console = Console(width=max(Console().width, WIDTH))
    for result in results:
        truth = "occupied" if result.entry.occupied else "empty"
        chance = "   –" if result.p_occupied is None else f"{result.p_occupied:.2f}"
        verdict, why = result.verdict or "not judged", ", ".join(result.reasons)
        line = f"{truth:9} {chance}  {verdict:13} {why:40} {result.entry.name}"
        console.print(line, highlight=False, markup=False)
    console.print(_table(f"{len(results)} recordings, net {model}", summaries))
    for label, count in manifest.skipped.items():
        console.print(f"skipped: {count} with the label {label!r}", markup=False)
    for result in results:
        if result.error:
            console.print(f"not judged: {result.entry.name}: {result.error}", markup=False)


def _table(title: str, summaries: list[Summary]) -> Table:
    table = Table(title=title, title_justify="left", caption="≤: upper end of the 95 % interval")
    for column in ("group", "occupied", "empty", "AUC [95 %]", "recall", "false likely", "false in_bed"):
        table.add_column(column, justify="left" if column == "group" else "right", no_wrap=True)
    for column in ("false not_in_bed", "uncertain", "fault"):
        table.add_column(column, justify="right", no_wrap=True)
    for s in summaries:
        worst = f"{_short(s.false_in_bed)} (≤ {s.false_in_bed.high:.1%})" if s.false_in_bed.of else "–"
        others = (s.false_not_in_bed, s.uncertain, s.faults)
        table.add_row(
            s.name,
            str(s.occupied),
            str(s.empty),
            _area(s),
            _short(s.recall),
            _short(s.false_likely),
            worst,
            *map(_short, others),
        )
    return table


def _area(summary: Summary) -> str:
    if summary.auc is None or summary.auc_interval is None:
        return "–"
    return f"{summary.auc:.3f} [{summary.auc_interval[0]:.2f}, {summary.auc_interval[1]:.2f}]"


def _short(share: Share) -> str:
    return f"{share.hits}/{share.of}" if share.of else "–"


def _fail(text: str, code: int) -> int:
    print(f"nattro evaluate: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
