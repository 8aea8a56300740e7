"""The report as one HTML file: figures by group, how chances spread, and the worst errors with their pictures."""

import base64
from collections.abc import Sequence
from html import escape

from vision.evaluate.figures import Share, Summary
from vision.evaluate.judging import Result
from vision.words import REASONS, VERDICTS

WORST = 24
DOT_HEIGHT, STRIP_WIDTH = 14, 420
OCCUPIED_COLOUR, EMPTY_COLOUR = "#1f6f8b", "#c8553d"

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .3rem .7rem; text-align: right }
th:first-child, td:first-child { text-align: left } thead th { border-bottom: 2px solid #222; font-weight: 600 }
tbody tr { border-bottom: 1px solid #ddd } small { color: #666 }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem }
figure { margin: 0; border: 1px solid #ddd; padding: .6rem } figure img { width: 100% }
figcaption { font-size: 13px } .bad { color: #b00020; font-weight: 600 }
"""

PRIVACY = (
    "This file holds pictures from the recordings. Treat it as you treat the recordings themselves, "
    "and delete it when it has served."
)


EXPLANATION = (
    "<p><small>Recall and false likely: chance of 0.5 and more at even odds among occupied and empty beds. "
    "Brackets: 95&nbsp;% intervals (AUC: bootstrap; shares: Wilson).</small></p>"
)


def html_report(manifest: str, model: str, summaries: Sequence[Summary], results: Sequence[Result]) -> str:
    """The whole page; needs nothing beside it."""
    pictured = sorted((r for r in results if r.picture), key=lambda r: r.badness, reverse=True)
    unjudged = [result for result in results if result.error]
    return "\n".join(
        [
            "<!doctype html><html lang='en'><meta charset='utf-8'><title>nattro evaluate</title>",
            f"<style>{STYLE}</style><h1>nattro on {escape(manifest)}</h1>",
            f"<p>Net {escape(model)}. {len(results)} recordings. <b>{PRIVACY}</b></p>",
            _table(summaries),
            EXPLANATION,
            "<h2>How the chances spread</h2>",
            _strips(summaries, results),
            f"<h2>The worst errors and doubts, {min(WORST, len(pictured))} of {len(pictured)}</h2>",
            "<div class='worst'>",
            *(_figure(result) for result in pictured[:WORST]),
            "</div>",
            *(["<h2>Could not be judged</h2><ul>"] if unjudged else []),
            *(f"<li>{escape(r.entry.name)}: {escape(r.error or '')}</li>" for r in unjudged),
            *(["</ul>"] if unjudged else []),
            "</html>",
        ]
    )


def _table(summaries: Sequence[Summary]) -> str:
    head = "".join(
        f"<th>{name}</th>"
        for name in (
            "group",
            "occupied / empty",
            "AUC",
            "recall",
            "false likely",
            "false in_bed",
            "false not_in_bed",
            "uncertain",
            "camera fault",
        )
    )
    rows = "".join(
        f"<tr><td>{escape(s.name)}</td><td>{s.occupied} / {s.empty}</td><td>{_area(s)}</td>"
        f"<td>{_share(s.recall)}</td><td>{_share(s.false_likely)}</td><td>{_share(s.false_in_bed)}</td>"
        f"<td>{_share(s.false_not_in_bed)}</td><td>{_share(s.uncertain)}</td><td>{_share(s.faults)}</td></tr>"
        for s in summaries
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _area(summary: Summary) -> str:
    if summary.auc is None or summary.auc_interval is None:
        return "–"
    low, high = summary.auc_interval
    return f"{summary.auc:.3f} <small>[{low:.2f}, {high:.2f}]</small>"


def _share(share: Share) -> str:
    if not share.of:
        return "–"
    return f"{share.hits} of {share.of} <small>[{share.low:.2f}, {share.high:.2f}]</small>"


def _strips(summaries: Sequence[Summary], results: Sequence[Result]) -> str:
    """One strip a group and label: a dot a recording, from chance 0 on the left to 1 on the right."""
    lines = []
    for group in [summary.name for summary in summaries if summary.name != "all"] or ["all"]:
        for occupied, colour in ((True, OCCUPIED_COLOUR), (False, EMPTY_COLOUR)):
            chances = [
                r.p_occupied
                for r in results
                if r.entry.group == group and r.entry.occupied == occupied and r.p_occupied is not None
            ]
            if chances:
                lines.append((f"{group}, {'occupied' if occupied else 'empty'}", colour, chances))
    height = DOT_HEIGHT * (len(lines) + 1)
    drawn = "".join(
        f"<text x='{STRIP_WIDTH + 12}' y='{y + 4}' font-size='11'>{escape(name)} ({len(chances)})</text>"
        + "".join(
            f"<circle cx='{4 + c * (STRIP_WIDTH - 8):.1f}' cy='{y}' r='3.5' fill='{colour}' fill-opacity='.45'/>"
            for c in chances
        )
        for y, (name, colour, chances) in zip(
            range(DOT_HEIGHT, height + DOT_HEIGHT, DOT_HEIGHT), lines, strict=False
        )
    )
    middle = STRIP_WIDTH / 2
    return (
        f"<svg width='{STRIP_WIDTH + 320}' height='{height}' role='img'>"
        f"<line x1='{middle}' x2='{middle}' y1='0' y2='{height}' stroke='#bbb'/>{drawn}</svg>"
    )


def _figure(result: Result) -> str:
    picture = base64.b64encode(result.picture or b"").decode()
    verdict = VERDICTS[result.verdict] if result.verdict else "not judged"
    wrong = result.badness > 1 or result.verdict == ("not_in_bed" if result.entry.occupied else "in_bed")
    chance = "" if result.p_occupied is None else f", chance {result.p_occupied:.2f}"
    truth = "occupied" if result.entry.occupied else "empty"
    reasons = "; ".join(REASONS[reason] for reason in result.reasons)
    return (
        f"<figure><img alt='' src='data:image/jpeg;base64,{picture}'>"
        f"<figcaption><span class='{'bad' if wrong else ''}'>{verdict}{chance}</span>; truth: {truth}<br>"
        f"{escape(result.entry.name)} <small>({escape(result.entry.group)})</small><br>{reasons}"
        "</figcaption></figure>"
    )
