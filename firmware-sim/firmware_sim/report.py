"""What a person reads about a played night: the checks and their answers, what else was said, what differs."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from firmware_sim.comparison import camera_openings, label, pulses
from firmware_sim.letters import Letter, Letters, named, seconds_of
from firmware_sim.runner import Night
from firmware_sim.sight import Sight
from firmware_sim.windows import AgreedWindow

STYLES = {
    "in_bed": "green",
    "not_in_bed": "bold red",
    "uncertain": "yellow",
    "camera_fault": "magenta",
    "missed": "red",
    "paused": "cyan",
    "failed": "magenta",
}


def show(console: Console, night: Night) -> None:
    """Print a played night."""
    console.print(Panel(_heading(night), style="bold"))
    console.print(_checks(night))
    console.print(_also_said(night))
    console.print(_figures(night))
    console.print(verdict(night))


def verdict(night: Night) -> RenderableType:
    """As expected, or every difference and every broken promise."""
    if night.as_expected:
        return Text("✓ as expected, and all promises kept", style="green")
    lines = [Text(f"✗ {line}", style="red") for line in night.differences]
    for violation in night.violations:
        at = _clock(night, violation.at)
        lines.append(
            Text(f"✗ promise {violation.promise} broken at {at}: {violation.text}", style="bold red")
        )
    return Group(*lines)


def _heading(night: Night) -> str:
    start, end = (night.scenario.night.local(at) for at in (0.0, night.scenario.seconds))
    about = " ".join(night.scenario.about.split())
    return f"{night.scenario.title}: {start:%Y-%m-%d %H:%M} to {end:%H:%M}\n[not bold]{escape(about)}"


def _checks(night: Night) -> Table:
    table = Table(title="Checks and answers", title_justify="left")
    for column in ("check", "window", "looks", "answer", "decided", "arrived"):
        table.add_column(column)
    sight = Sight(night.scenario, night.record)
    answers = {letter.data["check"]: letter for letter in sight.letters.of("check")}
    windows = {window.check: window for window in sight.windows}
    unanswered = [window.check for window in sight.windows if window.check not in answers]
    for check in sorted({*answers, *unanswered}, key=lambda c: _begin(c, answers, windows)):
        window = windows.get(check)
        span = f"{_local(night, window.start):%H:%M}-{_local(night, window.end):%H:%M}" if window else ""
        table.add_row(label(night.scenario, check), span, *_answer_cells(night, answers.get(check)))
    return table


def _answer_cells(night: Night, letter: Letter | None) -> tuple[RenderableType, ...]:
    if letter is None:
        return "", Text("no answer", style="dim"), "", ""
    told = named(letter.data["status"], letter.data["reason"])
    looks = Text(" ").join(
        Text(look["result"] + ("+" if look["extended"] else ""), style=STYLES.get(look["result"], ""))
        for look in letter.data["looks"]
    )
    decided = f"{_local(night, letter.said_at):%H:%M:%S}" if letter.said_at else ""
    return looks, Text(told, style=STYLES.get(letter.data["status"], "")), decided, _clock(night, letter.at)


def _begin(check: str, answers: dict[str, Letter], windows: dict[str, AgreedWindow]) -> float:
    if check in answers:
        return seconds_of(answers[check].data["window_start"])
    return windows[check].start


def _also_said(night: Night) -> RenderableType:
    letters = Letters(night.record)
    lines = [
        (letter.at, line)
        for kind in ("consent", "alarm", "fault", "recovery", "reply")
        for letter in letters.of(kind)
        if (line := _in_a_line(night, letter))
    ]
    return Group(*_said(night, sorted(_without_repetition(lines), key=lambda line: line[0])))


def _in_a_line(night: Night, letter: Letter) -> str:
    """What a message says; empty for an alarm that is only repeated."""
    data = letter.data
    match letter.type:
        case "alarm" if data["state"] == "raised" and data["repeat"]:
            return ""
        case "alarm":
            who = f" by {data['acknowledged_by']}" if data["state"] == "acknowledged" else ""
            return f"alarm {data['kind']} ({label(night.scenario, data['check'])}) {data['state']}{who}"
        case "recovery":
            return f"recovery: {data['target']}, {data['step']}: {data['outcome']}"
        case "reply":
            return f"command {data['name']} {data['command']}: {data['outcome']} {data['reason']}"
        case "fault":
            return f"fault {data['kind']} {data['state']}"
        case kind:
            return f"{kind} {data['state']}"


def _without_repetition(lines: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    first: dict[str, float] = {}
    for at, line in lines:
        if line not in first or line.startswith(("recovery", "fault")):
            first.setdefault(line, at)
    return [(at, line) for line, at in first.items()]


def _said(night: Night, lines: list[tuple[float, str]], most: int = 24) -> list[Text]:
    shown = [Text(f"  {_clock(night, at)}  {line.strip()}") for at, line in lines[:most]]
    if len(lines) > most:
        shown.append(Text(f"  … and {len(lines) - most} more"))
    return [Text("What else was said", style="italic"), *(shown or [Text("  nothing", style="dim")])]


def _figures(night: Night) -> str:
    letters = Letters(night.record)
    return (
        f"{len(letters.of('heartbeat'))} heartbeats, {camera_openings(night.record)} camera openings, "
        f"{pulses(night.record, 'camera')} camera and {pulses(night.record, 'router')} router pulses, "
        f"{len(night.record.arrivals)} messages at the subscriber, {len(letters)} without repetitions"
    )


def _clock(night: Night, elapsed: float) -> str:
    return f"{night.scenario.night.local(elapsed):%H:%M:%S}"


def _local(night: Night, utc: float) -> datetime:
    return night.scenario.night.local(utc - night.scenario.night.start_utc)
